import type { ColumnDetails, Finding, Rule } from '../contract/report.js';
import { columnsOf, dimensionOf, expectationOf } from '../domain/expectations.js';
import { scoreOf } from '../domain/scoring.js';
import { cellIn, countIn, type Row, type Session, shown } from './engine.js';
import { literal, numeric, presentOf, writtenIn } from './sql.js';
import type { Table } from './tables.js';

const MOST_EXAMPLES = 3;
/** More keys than that are counted in parts. */
const MOST_KEYS = 1_000_000;
const DAY_MS = 86_400_000;
/** What spreadsheets take for a formula, when somebody opens the file with one. */
const FORMULA = String.raw`^\s*(=|[+@-].*[(|!])`;

/** A condition in SQL on the rows that are looked at, and on those of them that break it. */
interface Condition {
  readonly looked: string;
  readonly broken: string;
  /** What an example shows. */
  readonly shows: string;
}

/** Looks whether a rule holds. A rule of a column that is not there is broken in all rows. */
export async function judge(
  session: Session,
  table: Table,
  columns: readonly ColumnDetails[],
  rule: Rule,
  rows: number,
): Promise<Finding> {
  const about = { dimension: dimensionOf(rule), columns: columnsOf(rule), expectation: expectationOf(rule) };
  const unknown = about.columns.find((name) => !columns.some((column) => column.name === name));
  if (unknown !== undefined) {
    const expectation = `${about.expectation} There is no column ${unknown}.`;
    return { ...about, expectation, checked: rows, broken: rows, score: 0, examples: [] };
  }
  if (rule.kind === 'unique') {
    const [values, [only = '']] = [rule.columns.map(presentOf), rule.columns];
    const looked = values.length === 1 ? `${presentOf(only)} IS NOT NULL` : 'true';
    return { ...about, ...(await doubled(session, table, rows, values, looked)) };
  }
  if (rule.kind === 'fresh') return { ...about, ...(await freshness(session, table, columns, rule)) };
  const condition = conditionOf(rule, columns);
  return { ...about, ...(await count(session, table, condition, knownOf(rule, columns, rows))) };
}

/** Something to look at in a table; nothing comes of it where that is not worth telling. */
export type Question = (session: Session) => Promise<Finding | undefined>;

/** What is looked at in every table that has rows, beside its rules. */
export function questionsOn(table: Table, columns: readonly ColumnDetails[], rows: number): Question[] {
  const texts = columns.filter(({ type, misfits }) => type === 'text' || misfits > 0);
  return [
    async (session) => {
      const whole = await doubled(session, table, rows, table.columns.map(writtenIn), 'true');
      return { dimension: 'uniqueness', columns: [], expectation: 'No row is there twice.', ...whole };
    },
    ...texts.map(
      ({ name }) =>
        (session: Session) =>
          formulasIn(session, table, name),
    ),
  ];
}

/** What reading has left out; nothing where all lines could be read. */
export function leftOut({ rejected, examples }: Table, rows: number): Finding[] {
  if (rejected === 0) return [];
  const lines = rows + rejected;
  const expectation = 'Each line has as many values as the first one.';
  const counts = { checked: lines, broken: rejected, score: scoreOf(lines, rejected) };
  return [{ dimension: 'validity', columns: [], expectation, ...counts, examples }];
}

async function formulasIn(session: Session, table: Table, name: string): Promise<Finding | undefined> {
  const value = presentOf(name);
  const found = await count(session, table, {
    looked: `${value} IS NOT NULL`,
    broken: `regexp_matches(${value}, ${literal(FORMULA)})`,
    shows: writtenIn(name),
  });
  const expectation = `No value of ${name} is a formula for a spreadsheet.`;
  return found.broken === 0 ? undefined : { dimension: 'validity', columns: [name], expectation, ...found };
}

/** What the profile has counted already. */
function knownOf(
  rule: Rule,
  columns: readonly ColumnDetails[],
  rows: number,
): Pick<Finding, 'checked' | 'broken'> | undefined {
  if (rule.kind !== 'complete' && rule.kind !== 'type') return undefined;
  const column = columns.find(({ name }) => name === rule.column);
  if (column === undefined) return undefined;
  if (rule.kind === 'complete') return { checked: rows, broken: column.missing };
  return rule.type === column.type ? { checked: rows - column.missing, broken: column.misfits } : undefined;
}

type Counted = Pick<Finding, 'checked' | 'broken' | 'score' | 'examples'>;

async function count(
  session: Session,
  table: Table,
  condition: Condition,
  known?: Pick<Finding, 'checked' | 'broken'>,
): Promise<Counted> {
  const { looked, broken, shows } = condition;
  const { checked: all, broken: bad } = known ?? (await countRows(session, table, condition));
  const examples =
    bad === 0
      ? []
      : await session.rows(`SELECT file_row_number AS row, ${shows} AS value FROM ${table.from}
          WHERE (${looked}) AND (${broken}) ORDER BY file_row_number LIMIT ${MOST_EXAMPLES}`);
  return { checked: all, broken: bad, score: scoreOf(all, bad), examples: examples.map(exampleOf) };
}

async function countRows(session: Session, { from }: Table, { looked, broken }: Condition) {
  const [row] = await session.rows(
    `SELECT count(*) FILTER (${looked}) AS checked, count(*) FILTER ((${looked}) AND (${broken})) AS broken FROM ${from}`,
  );
  return { checked: countIn(row, 'checked'), broken: countIn(row, 'broken') };
}

function exampleOf(row: Row): Finding['examples'][number] {
  return { row: countIn(row, 'row'), value: shown(cellIn(row, 'value') ?? '') };
}

function conditionOf(
  rule: Exclude<Rule, { kind: 'unique' | 'fresh' }>,
  columns: readonly ColumnDetails[],
): Condition {
  if (rule.kind === 'ordered') {
    const [lesser, greater] = [numberOf(rule.lesser, columns), numberOf(rule.greater, columns)];
    const shows = `concat(${writtenIn(rule.lesser)}, ' > ', ${writtenIn(rule.greater)})`;
    return {
      looked: `${lesser} IS NOT NULL AND ${greater} IS NOT NULL`,
      broken: `${lesser} > ${greater}`,
      shows,
    };
  }
  const value = presentOf(rule.column);
  const number = numberOf(rule.column, columns);
  const shows = writtenIn(rule.column);
  switch (rule.kind) {
    case 'complete':
      return { looked: 'true', broken: `${value} IS NULL`, shows };
    case 'type':
      return { looked: `${value} IS NOT NULL`, broken: misfit(rule, columns), shows };
    case 'range': {
      const below = rule.least === undefined ? 'false' : `${number} < ${rule.least}`;
      const above = rule.most === undefined ? 'false' : `${number} > ${rule.most}`;
      return { looked: `${number} IS NOT NULL`, broken: `${below} OR ${above}`, shows };
    }
    case 'pattern': {
      const broken = `NOT regexp_full_match(${value}, ${literal(rule.pattern)})`;
      return { looked: `${value} IS NOT NULL`, broken, shows };
    }
    case 'set': {
      const broken = `${value} NOT IN (${rule.values.map(literal).join(', ')})`;
      return { looked: `${value} IS NOT NULL`, broken, shows };
    }
    case 'not-after': {
      const end = Date.parse(rule.day) + DAY_MS;
      return { looked: `${number} IS NOT NULL`, broken: `${number} >= ${end}`, shows };
    }
  }
}

/** A value that is not of the type; an infinite one is no number that can be worked with. */
function misfit(
  { column, type }: Extract<Rule, { kind: 'type' }>,
  columns: readonly ColumnDetails[],
): string {
  if (type === 'text') return 'false';
  const formats = columns.find(({ name }) => name === column)?.formats ?? [];
  const number = numeric({ name: column, type, formats });
  const part = type === 'integer' ? ` OR ${number} <> trunc(${number})` : '';
  return `${number} IS NULL OR NOT isfinite(${number})${part}`;
}

function numberOf(name: string, columns: readonly ColumnDetails[]): string {
  const column = columns.find((one) => one.name === name);
  return column === undefined ? 'NULL' : numeric(column);
}

/** Rows that have all these values in common with an earlier one. */
async function doubled(
  session: Session,
  { from }: Table,
  rows: number,
  expressions: readonly string[],
  looked: string,
): Promise<Counted> {
  const values = expressions.join(', ');
  const keys = (more = '') => `SELECT hash(${values}) AS h ${more} FROM ${from} WHERE ${looked}`;
  const counts = await inParts(
    session,
    rows,
    keys(),
    (part) => `SELECT count(h) AS checked, count(h) - count(DISTINCT h) AS broken FROM ${part}`,
  );
  const sumOf = (name: string) => counts.reduce((sum, row) => sum + countIn(row, name), 0);
  const [all, bad] = [sumOf('checked'), sumOf('broken')];
  if (bad === 0) return { checked: all, broken: 0, score: scoreOf(all, 0), examples: [] };
  const again = await inParts(
    session,
    rows,
    keys(', file_row_number AS n'),
    (part) =>
      `SELECT max(n) AS n FROM ${part} GROUP BY h HAVING count(*) > 1 ORDER BY n LIMIT ${MOST_EXAMPLES}`,
  );
  const first = again.map((row) => countIn(row, 'n')).sort((a, b) => a - b);
  const found = await session.rows(`
    SELECT file_row_number AS row, concat_ws(', ', ${values}) AS value FROM ${from}
    WHERE file_row_number IN (${first.slice(0, MOST_EXAMPLES).join(', ')}) ORDER BY row`);
  return { checked: all, broken: bad, score: scoreOf(all, bad), examples: found.map(exampleOf) };
}

/**
 * Asks the same of all keys, which have a hash `h`; or of one part of them after the other, the same keys in the same part: to know all
 * of them at once takes memory for each row. The hashes alone take less, and go to the disk before all else.
 */
async function inParts(
  session: Session,
  rows: number,
  keys: string,
  question: (from: string) => string,
): Promise<Row[]> {
  const parts = Math.ceil(rows / MOST_KEYS);
  if (parts <= 1) return session.rows(question(`(${keys})`));
  await session.run(`CREATE OR REPLACE TEMP TABLE keys AS ${keys}`);
  const answers: Row[] = [];
  for (let part = 0; part < parts; part += 1)
    answers.push(...(await session.rows(question(`(SELECT * FROM keys WHERE h % ${parts} = ${part})`))));
  await session.run('DROP TABLE keys');
  return answers;
}

/** Twice as old as it may be is half as good. */
async function freshness(
  session: Session,
  { from }: Table,
  columns: readonly ColumnDetails[],
  { column, day, days }: Extract<Rule, { kind: 'fresh' }>,
): Promise<Counted> {
  const [row] = await session.rows(`SELECT max(${numberOf(column, columns)}) AS newest FROM ${from}`);
  const newest = cellIn(row, 'newest');
  if (typeof newest !== 'number') return { checked: 1, broken: 1, score: 0, examples: [] };
  const age = Math.max(0, Math.floor((Date.parse(day) - newest) / DAY_MS));
  if (age <= days) return { checked: 1, broken: 0, score: 1, examples: [] };
  const value = `${new Date(newest).toISOString().slice(0, 10)}, ${age} days before`;
  return {
    checked: 1,
    broken: 1,
    score: Math.round((days / age) * 1e6) / 1e6,
    examples: [{ row: 0, value }],
  };
}
