import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Source } from '../contract/source.js';
import type { Engine, Session } from './engine.js';
import { cellIn, countIn, shown } from './engine.js';
import { MOST_REJECTED, REJECTED, type Reading, readingsOf, SCANS, textColumnsOf } from './reading-sql.js';
import { lookAt, reasonOf } from './source-file.js';
import { copyOf, literal } from './sql.js';

const MOST_COLUMNS = 300;
/** Copies of a file that are kept: what is being read, and what comes after it. */
const MOST_COPIES = 2;
const UNFINISHED_MS = 3_600_000;
/** The number of the way in which copies are laid out: those of another one are not read. */
const LAYOUT = 2;
/** The rows of a group of a copy: few enough for a page to pass over most others, and fewer where many columns need memory. */
const MOST_ROWS_OF_GROUP = 30_720;
const FEWEST_ROWS_OF_GROUP = 4_096;
const VALUES_OF_GROUP = 1_000_000;

const about = z.object({
  columns: z.array(z.string()),
  /** Lines that have too few or too many values, or no valid ones. */
  rejected: z.int().min(0),
  examples: z.array(z.object({ row: z.int().min(0), value: z.string() })),
  notes: z.array(z.string()),
});

/** A copy of a file that the engine reads fast: its values as texts, in its order; `copyOf` says how. */
export interface Table extends z.output<typeof about> {
  /** What stands after FROM; the number of a row is `file_row_number`. */
  readonly from: string;
}

/** Keeps copies of files by their contents, so that they can be read whatever becomes of the files. */
export class Tables {
  readonly #engine: Engine;
  readonly #folder: string;

  constructor(engine: Engine, folder: string) {
    this.#engine = engine;
    this.#folder = folder;
  }

  /** The copy of a file as it was registered; it is made if it is not there. A string says why it can't be. */
  async of(source: Source, signal?: AbortSignal): Promise<Table | string> {
    const folder = join(this.#folder, createHash('sha256').update(source.path).digest('hex').slice(0, 16));
    const file = join(folder, `${source.fingerprint}-${source.format}-${LAYOUT}.parquet`);
    try {
      return await kept(file);
    } catch {
      await mkdir(folder, { recursive: true });
    }
    const fault = await this.#copy(source, file, signal);
    if (fault !== undefined) return fault;
    await removeOld(folder);
    return await kept(file);
  }

  async #copy(source: Source, file: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const reason = await this.#engine.with(signal, async (session) => {
      let fault = '';
      for (const reading of await readingsOf(source)) {
        try {
          return await copyWith(session, source, reading, file);
        } catch (error) {
          await rm(madeFor(file), { force: true });
          signal?.throwIfAborted();
          if (isOfMachine(error)) throw error;
          fault ||= reasonOf(error)
            .replace(/^Invalid Input Error: /, '')
            .replaceAll(source.path, 'the file');
        }
      }
      return `It can't be read as ${source.format}: ${fault}`;
    });
    if (reason !== undefined) return reason;
    const now = await lookAt(source.path, signal ?? new AbortController().signal);
    const made = madeFor(file);
    if (typeof now === 'string' || now.fingerprint !== source.fingerprint) {
      await rm(made, { force: true });
      return 'It changed while it was read; register it again.';
    }
    // What is known of the copy comes first, so that whoever finds the copy finds that too.
    await rename(`${made}.json`, `${file}.json`);
    await rename(made, file);
    return undefined;
  }
}

async function copyWith(
  session: Session,
  source: Source,
  { from, notes }: Reading,
  file: string,
): Promise<string | undefined> {
  const columns = await textColumnsOf(session, from);
  if (columns.length > MOST_COLUMNS) return `It has ${columns.length} columns; ${MOST_COLUMNS} can be read.`;
  if (source.format !== 'csv' && columns.length === 1 && columns[0]?.name === 'json')
    return "It can't be read as a table: there are no objects in it.";
  const made = madeFor(file);
  for (const name of [REJECTED, SCANS]) await session.run(`DROP TABLE IF EXISTS ${name}`); // of a reading that has failed
  await session.run(
    `COPY (${copyOf(from, columns)}) TO ${literal(made)} (FORMAT parquet, ROW_GROUP_SIZE ${rowsOfGroup(columns.length)})`,
  );
  const rejected = await rejectedBy(session);
  const told: z.output<typeof about> = {
    columns: columns.map(({ name }) => name),
    ...rejected,
    notes: [...notes, ...notesOn(columns.map(({ name }) => name))],
  };
  await writeFile(`${made}.json`, JSON.stringify(told));
  return undefined;
}

function rowsOfGroup(columns: number): number {
  const rows = Math.floor(VALUES_OF_GROUP / Math.max(1, columns));
  return Math.max(FEWEST_ROWS_OF_GROUP, Math.min(MOST_ROWS_OF_GROUP, rows));
}

async function rejectedBy(session: Session): Promise<Pick<Table, 'rejected' | 'examples'>> {
  try {
    const [count] = await session.rows(`SELECT count(DISTINCT line) AS lines FROM ${REJECTED}`);
    const lines = await session.rows(
      `SELECT min(line) AS line, any_value(csv_line) AS text FROM ${REJECTED} GROUP BY line ORDER BY line LIMIT 3`,
    );
    const examples = lines.map((row) => ({
      row: Math.max(0, countIn(row, 'line') - 2),
      value: `line ${countIn(row, 'line')}: ${shown(cellIn(row, 'text'))}`,
    }));
    return { rejected: countIn(count, 'lines'), examples };
  } catch {
    return { rejected: 0, examples: [] }; // Only readers of CSV reject lines.
  }
}

function notesOn(names: readonly string[]): string[] {
  const notes: string[] = [];
  const numbers = names.filter((name) => /^[-+]?[\d.]+$/.test(name));
  if (numbers.length * 2 > names.length)
    notes.push(`Its first line looks like values and not like names: ${numbers.slice(0, 3).join(', ')}.`);
  return notes;
}

async function kept(file: string): Promise<Table> {
  const told = about.parse(JSON.parse(await readFile(`${file}.json`, 'utf8')));
  await stat(file);
  const notes =
    told.rejected >= MOST_REJECTED
      ? [...told.notes, 'There may be more such lines than are counted.']
      : told.notes;
  return { ...told, notes, from: `read_parquet(${literal(file)}, file_row_number=true)` };
}

/** What becomes the copy when it is whole. */
function madeFor(file: string): string {
  return `${file}.${process.pid}.tmp`;
}

/** Nothing is wrong with the file then, so another attempt may succeed. */
function isOfMachine(error: unknown): boolean {
  return error instanceof Error && /^(?:IO Error|Out of Memory Error)/.test(error.message);
}

async function removeOld(folder: string): Promise<void> {
  const dated = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const stats = await stat(join(folder, name)).catch(() => undefined);
      return { name, at: stats?.mtimeMs ?? Date.now() };
    }),
  );
  // A process that was killed has left what it was writing.
  for (const { name, at } of dated.filter((one) => one.name.endsWith('.tmp')))
    if (at < Date.now() - UNFINISHED_MS) await rm(join(folder, name), { force: true });
  const copies = dated.filter((one) => one.name.endsWith('.parquet')).sort((a, b) => b.at - a.at);
  for (const { name } of copies.slice(MOST_COPIES)) {
    await rm(join(folder, name), { force: true });
    await rm(join(folder, `${name}.json`), { force: true });
  }
}
