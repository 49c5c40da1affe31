import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance, type DuckDBResultReader, type JS } from '@duckdb/node-api';

const MEMORY = '384MB';
const MOST_THREADS = 4;
/** Statements of one piece of work that run side by side: parts of each keep one thread busy alone. */
const AT_ONCE = 3;

export type Row = Readonly<Record<string, JS>>;

/** The analytical engine: one for a process, in memory, with little of it; what does not fit goes to the disk. */
export class Engine implements Disposable {
  readonly #scratch: string;
  #instance: Promise<DuckDBInstance> | undefined = undefined;

  /** @param scratch a folder for what does not fit into memory */
  constructor(scratch: string) {
    this.#scratch = scratch;
  }

  /** Runs statements on a connection of their own, and interrupts them when the signal says so. */
  async with<T>(signal: AbortSignal | undefined, work: (session: Session) => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    this.#instance ??= DuckDBInstance.create(':memory:', {
      memory_limit: MEMORY,
      threads: String(Math.min(MOST_THREADS, availableParallelism())),
      temp_directory: this.#scratch,
      // Else what was freed stays with the process: half as much again at the worst moment.
      allocator_background_threads: 'true',
      // Else it keeps what it has read of each file, up to all of the memory that it may have.
      enable_external_file_cache: 'false',
      // No code comes from the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await (await this.#instance).connect();
    const interrupt = () => connection.interrupt();
    signal?.addEventListener('abort', interrupt);
    try {
      return await work(sessionOn(connection, signal));
    } finally {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  }

  /** Does the same with each item, a few side by side, each on a connection of its own. Answers in the order of the items. */
  async each<T, R>(
    signal: AbortSignal | undefined,
    items: readonly T[],
    work: (session: Session, item: T) => Promise<R>,
  ): Promise<R[]> {
    const results: R[] = [];
    const waiting = inTurn(items);
    const workNext = (): Promise<void> =>
      this.with(signal, async (session) => {
        for (const [place, item] of waiting) results[place] = await work(session, item);
      });
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, workNext));
    return results;
  }

  [Symbol.dispose](): void {
    const instance = this.#instance;
    this.#instance = undefined;
    instance?.then((open) => open.closeSync()).catch(() => undefined);
  }
}

/** An interruption that comes before a statement has begun is lost, so the signal is asked before each. */
function sessionOn(connection: DuckDBConnection, signal: AbortSignal | undefined): Session {
  const read = (sql: string) => {
    signal?.throwIfAborted();
    return connection.runAndReadAll(sql);
  };
  return {
    run: async (sql) => {
      signal?.throwIfAborted();
      await connection.run(sql);
    },
    rows: async (sql) => rowsOf(await read(sql)),
    columns: async (sql) => (await read(sql)).getColumnsJS(),
  };
}

/** A column may be called `__proto__`. */
function rowsOf(reader: DuckDBResultReader): Row[] {
  const names = reader.columnNames();
  return reader
    .getRowsJS()
    .map((values) => Object.fromEntries(names.map((name, place) => [name, values[place] ?? null])));
}

/** A generator ends for all who draw from it when one of them throws; the iterator of an array goes on. */
function* inTurn<T>(items: readonly T[]): Generator<[number, T]> {
  yield* items.entries();
}

/** What can be asked on a connection. */
export interface Session {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Row[]>;
  /** Column by column. */
  columns(sql: string): Promise<JS[][]>;
}

/** A value of a row as it is; NULL where there is none. */
export function cellIn(row: Row | undefined, name: string): JS {
  return row?.[name] ?? null;
}

/** A number of a row; 0 where there is none. */
export function countIn(row: Row | undefined, name: string): number {
  const value = row?.[name];
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : 0;
}

/** A finite number of a row. */
export function numberIn(row: Row | undefined, name: string): number | null {
  const value = row?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? steady(value) : null;
}

/** Sums depend a little on the order in which threads add, so the last digits are left out. */
function steady(value: number): number {
  const rounded = Number(value.toPrecision(10));
  return Number.isFinite(rounded) ? rounded : value;
}

const MOST_CHARACTERS = 80;

/** A value for a report: short, and without characters that control terminals. */
export function shown(value: unknown): string {
  const text = String(value).replace(/\p{C}/gu, '\u{FFFD}');
  const characters = [...text];
  return characters.length <= MOST_CHARACTERS
    ? text
    : `${characters.slice(0, MOST_CHARACTERS - 1).join('')}…`;
}
