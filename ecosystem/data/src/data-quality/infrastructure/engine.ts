import { DuckDBInstance, type JS } from '@duckdb/node-api';

const MEMORY = '512MB';
const MOST_THREADS = '4';

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
      threads: MOST_THREADS,
      temp_directory: this.#scratch,
      // No code comes from the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await (await this.#instance).connect();
    const interrupt = () => connection.interrupt();
    signal?.addEventListener('abort', interrupt);
    try {
      return await work({
        run: async (sql) => {
          await connection.run(sql);
        },
        rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJS(),
        columns: async (sql) => (await connection.runAndReadAll(sql)).getColumnsJS(),
      });
    } finally {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    }
  }

  [Symbol.dispose](): void {
    const instance = this.#instance;
    this.#instance = undefined;
    instance?.then((open) => open.closeSync()).catch(() => undefined);
  }
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
export function steady(value: number): number {
  return Number(value.toPrecision(10));
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
