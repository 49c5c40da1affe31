import { MortarError } from 'mortar';
import type { Inspector, PageWanted } from '../application/inspector.js';
import type { Assessment, Finding, Rule } from '../contract/report.js';
import type { Source } from '../contract/source.js';
import type { Outcome } from '../domain/dataset.js';
import { derivedRules } from '../domain/derived-rules.js';
import { columnsOf } from '../domain/expectations.js';
import { overallOf, scoresOf } from '../domain/scoring.js';
import { countIn, type Engine } from './engine.js';
import { judge, leftOut, type Question, questionsOn } from './judging.js';
import { profileColumn } from './profiling.js';
import { lookAt } from './source-file.js';
import { numeric, writtenIn } from './sql.js';
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
    if ('reason' in table) return { kind: 'refused', ...table };
    return { kind: 'assessed', assessment: await this.#assess(table, rules, day, signal) };
  }

  async numbers(source: Source, page: PageWanted): Promise<Float64Array<ArrayBuffer>[]> {
    const columns = await this.#page(source, page, (column) => numeric(column));
    return columns.map((values) =>
      Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN)),
    );
  }

  async texts(source: Source, page: PageWanted): Promise<(string | null)[][]> {
    const columns = await this.#page(source, page, ({ name }) => writtenIn(name));
    return columns.map((values) => values.map((value) => (typeof value === 'string' ? value : null)));
  }

  async #assess(table: Table, rules: readonly Rule[], day: string, signal: AbortSignal): Promise<Assessment> {
    const [row] = await this.#engine.with(signal, (session) =>
      session.rows(`SELECT count(*) AS rows FROM ${table.from}`),
    );
    const rows = countIn(row, 'rows');
    const columns = await this.#engine.each(signal, table.columns, (session, name) =>
      profileColumn(session, table, rows, name),
    );
    const questions: Question[] = rulesFor(derivedRules(columns, rows, day), rules).map(
      (rule) => (session) => judge(session, table, columns, rule, rows),
    );
    const answers = await this.#answersTo(
      rows === 0 ? [] : [...questionsOn(table, columns, rows), ...questions],
      signal,
    );
    const findings = [...leftOut(table, rows), ...answers];
    const scores = scoresOf(findings);
    const ordered = findings.toSorted(worstFirst);
    return { rows, columns, findings: ordered, scores, overall: overallOf(scores), notes: table.notes };
  }

  /** One after the other: looking for what is there twice takes memory for each row. */
  #answersTo(questions: readonly Question[], signal: AbortSignal): Promise<Finding[]> {
    return this.#engine.with(signal, async (session) => {
      const findings: Finding[] = [];
      for (const ask of questions) {
        const finding = await ask(session);
        if (finding !== undefined) findings.push(finding);
      }
      return findings;
    });
  }

  async #page(
    source: Source,
    { columns, offset, limit }: PageWanted,
    expressionOf: (column: PageWanted['columns'][number]) => string,
  ) {
    const table = await this.#tables.of(source);
    if ('reason' in table) throw unreadable(source, table.reason);
    const list = columns.map((column, place) => `${expressionOf(column)} AS c${place}`).join(', ');
    const found = await this.#engine.with(undefined, (session) =>
      session.columns(`SELECT ${list} FROM ${table.from}
        WHERE file_row_number >= ${offset} AND file_row_number < ${offset + limit} ORDER BY file_row_number`),
    );
    return columns.map((_, place) => found[place] ?? []); // A page without rows has no columns either.
  }
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
