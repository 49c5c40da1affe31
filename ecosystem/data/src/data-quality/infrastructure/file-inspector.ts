import { MortarError } from 'mortar';
import type { Inspector, PageWanted } from '../application/inspector.js';
import type { Assessment, Finding, Rule } from '../contract/report.js';
import type { Source } from '../contract/source.js';
import type { Outcome } from '../domain/dataset.js';
import { derivedRules } from '../domain/derived-rules.js';
import { columnsOf } from '../domain/expectations.js';
import { overallOf, scoresOf } from '../domain/scoring.js';
import { countIn, type Engine, type Session } from './engine.js';
import { judge, judgeWhole } from './judging.js';
import { profile } from './profiling.js';
import { lookAt } from './source-file.js';
import { identifier, numeric } from './sql.js';
import { type Table, Tables } from './tables.js';

/** Looks into files with the analytical engine, by way of copies in a folder. */
export class FileInspector implements Inspector {
  readonly #engine: Engine;
  readonly #tables: Tables;

  constructor(engine: Engine, folder: string) {
    this.#engine = engine;
    this.#tables = new Tables(engine, folder);
  }

  look(path: string, signal: AbortSignal): Promise<Source | string> {
    return lookAt(path, signal);
  }

  async assess(source: Source, rules: readonly Rule[], day: string, signal: AbortSignal): Promise<Outcome> {
    const table = await this.#tables.of(source, signal);
    if (typeof table === 'string') return { kind: 'refused', reason: table };
    const assessment = await this.#engine.with(signal, (session) => assess(session, table, rules, day));
    return { kind: 'assessed', assessment };
  }

  async numbers(source: Source, page: PageWanted): Promise<Float64Array<ArrayBuffer>[]> {
    const columns = await this.#page(source, page, (column) => numeric(column));
    return columns.map((values) =>
      Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN)),
    );
  }

  async texts(source: Source, page: PageWanted): Promise<(string | null)[][]> {
    const columns = await this.#page(source, page, ({ name }) => identifier(name));
    return columns.map((values) => values.map((value) => (typeof value === 'string' ? value : null)));
  }

  async #page(
    source: Source,
    { columns, offset, limit }: PageWanted,
    expressionOf: (column: PageWanted['columns'][number]) => string,
  ) {
    const table = await this.#tables.of(source);
    if (typeof table === 'string') throw unreadable(source, table);
    const list = columns.map((column, place) => `${expressionOf(column)} AS c${place}`).join(', ');
    const found = await this.#engine.with(undefined, (session) =>
      session.columns(`SELECT ${list} FROM ${table.from}
        WHERE file_row_number >= ${offset} AND file_row_number < ${offset + limit} ORDER BY file_row_number`),
    );
    return columns.map((_, place) => found[place] ?? []); // A page without rows has no columns either.
  }
}

async function assess(
  session: Session,
  table: Table,
  rules: readonly Rule[],
  day: string,
): Promise<Assessment> {
  const [row] = await session.rows(`SELECT count(*) AS rows FROM ${table.from}`);
  const rows = countIn(row, 'rows');
  const columns = await profile(session, table, rows);
  const findings = await judgeWhole(session, table, columns, rows);
  if (rows > 0)
    for (const rule of rulesFor(derivedRules(columns, rows, day), rules))
      findings.push(await judge(session, table, columns, rule, rows));
  const scores = scoresOf(findings);
  const ordered = findings.toSorted(worstFirst);
  return { rows, columns, findings: ordered, scores, overall: overallOf(scores), notes: table.notes };
}

/** What somebody has said himself takes the place of what was derived. */
function rulesFor(derived: readonly Rule[], given: readonly Rule[]): Rule[] {
  const said = new Set(given.map((rule) => `${rule.kind} ${columnsOf(rule).join()}`));
  return [...derived.filter((rule) => !said.has(`${rule.kind} ${columnsOf(rule).join()}`)), ...given];
}

function worstFirst(a: Finding, b: Finding): number {
  return a.score - b.score || (a.expectation < b.expectation ? -1 : 1);
}

function unreadable({ path }: Source, reason: string): MortarError {
  return new MortarError('MORTAR_OUTSIDE_FAILED', {
    rule: 'The rows of a registered data set can be read.',
    expected: `${path} as it was registered`,
    got: reason,
  });
}
