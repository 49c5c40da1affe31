import { rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Source } from '../contract/source.js';
import { cellIn, countIn, type Session, shown } from './engine.js';
import { rewrite } from './plain-text.js';
import {
  MOST_COLUMNS,
  REJECTED,
  type Reading,
  readingsOf,
  SCANS,
  type TextColumn,
  textColumnsOf,
  valuesOf,
} from './reading-sql.js';
import { headOf, reasonOf } from './source-file.js';
import { copyOf, literal } from './sql.js';

/** The rows of a group of a copy: few enough for a page to pass over most others, and fewer where many columns need memory. */
const MOST_ROWS_OF_GROUP = 30_720;
const FEWEST_ROWS_OF_GROUP = 4_096;
const VALUES_OF_GROUP = 1_000_000;

/** What is known of a copy. */
export const about = z.object({
  columns: z.array(z.string()),
  /** Lines that have too few or too many values, or no valid ones. */
  rejected: z.int().min(0),
  examples: z.array(z.object({ row: z.int().min(0), value: z.string() })),
  notes: z.array(z.string()),
});

type About = z.output<typeof about>;

/** Copies a file to `made`, and what is known of the copy to `made` with `.json`. A string says why it can't be read. */
export async function makeCopy(
  session: Session,
  source: Source,
  made: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const text = made.replace(/\.tmp$/, '.text.tmp');
  const way = { session, source, made, signal };
  try {
    const isPlain = source.encoding === 'utf-8' && !(await isMarkedJson(source));
    if (!isPlain) await rewrite({ source, target: text, withLineEnds: false, signal });
    const fault = await copyInSomeWay({ ...way, path: isPlain ? source.path : text });
    if (fault === undefined || fault.error === undefined || source.format !== 'csv') return fault?.reason;
    if (!/sniffing|invalid state/.test(String(fault.error))) return fault.reason;
    // The reader takes lines that end in one way alone.
    await rewrite({ source, target: text, withLineEnds: true, signal });
    const notes = ['Its lines end in several ways.'];
    return (await copyInSomeWay({ ...way, path: text, notes }))?.reason;
  } finally {
    await rm(text, { force: true });
  }
}

/** What is copied where. */
interface Way {
  readonly session: Session;
  readonly source: Source;
  /** Where its text is. */
  readonly path: string;
  readonly made: string;
  readonly notes?: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** Why a way does not work; without an error where it can't be read in any way. */
interface Fault {
  readonly reason: string;
  readonly error?: unknown;
}

/** A copy that a way has made. */
interface Copied {
  readonly rows: number;
  /** Lines stand within a quote that has no end, so they are missing. */
  readonly hidesLines: boolean;
}

/** Tries the strictest way first; where that hides lines, it takes the way that has most of them. */
async function copyInSomeWay(way: Way): Promise<Fault | undefined> {
  const { source, path, notes = [] } = way;
  let fault: Fault | undefined;
  let best: { readonly reading: Reading; readonly rows: number } | undefined;
  let last: Reading | undefined;
  for (const reading of await readingsOf(source, path)) {
    const noted = { ...reading, notes: [...notes, ...reading.notes] };
    const result = await attempt(way, noted);
    if ('reason' in result) {
      fault ??= result;
      if (result.error === undefined) return result;
      continue;
    }
    last = noted;
    if (best === undefined || result.rows > best.rows) best = { reading: noted, rows: result.rows };
    if (!result.hidesLines) break;
  }
  if (best === undefined) return fault;
  if (best.reading === last) return undefined;
  const hint = 'A quote in it has no end, so what follows that was left out.';
  await attempt(way, { ...best.reading, notes: [...best.reading.notes, hint] });
  return undefined;
}

async function attempt(way: Way, reading: Reading): Promise<Copied | Fault> {
  const { source, path, made, signal } = way;
  try {
    return await copyWith(way, reading);
  } catch (error) {
    await rm(made, { force: true });
    signal?.throwIfAborted();
    if (isOfMachine(error)) throw error;
    return { reason: `It can't be read as ${source.format}: ${wordsOf(error, [path, source.path])}`, error };
  }
}

async function copyWith(way: Way, { from, notes }: Reading): Promise<Copied | Fault> {
  const { session, made } = way;
  const columns = await textColumnsOf(session, from);
  const reason = await faultOfColumns(way, columns);
  if (reason !== undefined) return { reason };
  for (const name of [REJECTED, SCANS]) await session.run(`DROP TABLE IF EXISTS ${name}`); // of a reading that has failed
  const [copied] = await session.rows(
    `COPY (${copyOf(from, columns)}) TO ${literal(made)} (FORMAT parquet, ROW_GROUP_SIZE ${rowsOfGroup(columns.length)})`,
  );
  const { hidesLines, ...rejected } = await rejectedBy(session);
  const names = columns.map(({ name }) => name);
  const told: About = { columns: names, ...rejected, notes: [...notes, ...notesOn(names)] };
  await writeFile(`${made}.json`, JSON.stringify(told));
  return { rows: countIn(copied, 'Count'), hidesLines };
}

async function faultOfColumns(
  { session, source, path }: Way,
  columns: readonly TextColumn[],
): Promise<string | undefined> {
  if (columns.length > MOST_COLUMNS) return `It has ${columns.length} columns; ${MOST_COLUMNS} can be read.`;
  // SQL has no way to write it.
  if (columns.some(({ name }) => name.includes('\0'))) return 'The name of a column has a zero byte in it.';
  const [only] = columns;
  const isValue = source.format.endsWith('json') && columns.length === 1 && only?.name === 'json';
  if (!isValue) return undefined;
  if (only.type.startsWith('MAP('))
    return `Its objects have more than ${MOST_COLUMNS} different fields; ${MOST_COLUMNS} can be read.`;
  const [row] = await session.rows(
    `SELECT count(*) AS values, count(*) FILTER (json_type(json) = 'OBJECT') AS objects FROM ${valuesOf(path)}`,
  );
  const [values, objects] = [countIn(row, 'values'), countIn(row, 'objects')];
  if (objects === 0) return "It can't be read as a table: there are no objects in it.";
  if (objects < values)
    return `It can't be read as a table: of its ${values} values, ${objects} are objects and the others are not.`;
  return undefined;
}

function rowsOfGroup(columns: number): number {
  const rows = Math.floor(VALUES_OF_GROUP / Math.max(1, columns));
  return Math.max(FEWEST_ROWS_OF_GROUP, Math.min(MOST_ROWS_OF_GROUP, rows));
}

async function rejectedBy(
  session: Session,
): Promise<Pick<About, 'rejected' | 'examples'> & { hidesLines: boolean }> {
  try {
    const [count] = await session.rows(
      `SELECT count(DISTINCT line) AS lines, count(*) FILTER (error_type = 'UNQUOTED VALUE' AND regexp_matches(csv_line, '[\\r\\n].')) AS hiding
        FROM ${REJECTED}`,
    );
    const lines = await session.rows(
      `SELECT min(line) AS line, any_value(csv_line) AS text FROM ${REJECTED} GROUP BY line ORDER BY line LIMIT 3`,
    );
    const examples = lines.map((row) => ({
      row: Math.max(0, countIn(row, 'line') - 2),
      value: `line ${countIn(row, 'line')}: ${shown(cellIn(row, 'text'))}`,
    }));
    return { rejected: countIn(count, 'lines'), examples, hidesLines: countIn(count, 'hiding') > 0 };
  } catch {
    return { rejected: 0, examples: [], hidesLines: false }; // Only readers of CSV reject lines.
  }
}

function notesOn(names: readonly string[]): string[] {
  const notes: string[] = [];
  const numbers = names.filter((name) => /^[-+]?[\d.]+$/.test(name));
  if (numbers.length * 2 > names.length)
    notes.push(`Its first line looks like values and not like names: ${numbers.slice(0, 3).join(', ')}.`);
  return notes;
}

/** JSON that begins with a mark of byte order, which its readers do not take. */
async function isMarkedJson({ format, path }: Source): Promise<boolean> {
  if (!format.endsWith('json')) return false;
  return (await headOf(path)).subarray(0, 3).toString('hex') === 'efbbbf';
}

/** Nothing is wrong with the file then, so another attempt may succeed. */
function isOfMachine(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A system call has failed, or the engine has told of one.
  return 'syscall' in error || /^(?:IO Error|Out of Memory Error)/.test(error.message);
}

/** What the engine has against a file, in words of a person. */
function wordsOf(error: unknown, paths: readonly string[]): string {
  const whole = error instanceof Error ? error.message : String(error);
  if (whole.includes('Maximum line size')) return 'a line is longer than 2 MB.';
  if (whole.includes('Error when sniffing')) return 'its lines have no form in common.';
  const reason = reasonOf(error).replace(/^Invalid Input Error: /, '');
  return paths.reduce((text, path) => text.replaceAll(path, 'the file'), reason);
}
