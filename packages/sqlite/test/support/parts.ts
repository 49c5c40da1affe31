import type { Logger } from 'mortar/logging';
import { silentLogger } from 'mortar/logging';
import { onTestFinished } from 'vitest';
import { Database } from '../../src/internal/database/database.js';
import { type Opening, openDatabase } from '../../src/internal/database/opening.js';
import { chooseDriver } from '../../src/internal/driver/choice.js';
import type { Connection, Statement } from '../../src/internal/driver/driver.js';
import { aFile } from './file.js';

/** How a database is opened in tests. */
export function openingOf(file: string, parts: Partial<Opening> = {}): Opening {
  return { file, driver: undefined, durability: 'full', busyTimeoutMs: 30_000, pollMs: 5, ...parts };
}

/** A database over a file of its own, closed when the test ends. */
export async function aDatabase(
  parts: Partial<Opening> = {},
  logger: Logger = silentLogger,
): Promise<Database> {
  const database = await openDatabase(openingOf(parts.file ?? aFile(), parts), logger);
  onTestFinished(() => database.close());
  return database;
}

/** Another connection to a file, as another process has. */
export async function connectionTo(file: string): Promise<Connection> {
  const connection = (await chooseDriver()).open(file, false);
  onTestFinished(() => connection.close());
  return connection;
}

/** A database some of whose statements fail as the disk makes them fail: `fault` says with what, if at all. */
export async function faulty(fault: (sql: string) => string | undefined): Promise<Database> {
  const sound = await aDatabase();
  const { reader } = sound;
  const logger = silentLogger;
  const writer = new FaultyConnection(sound.writer, fault);
  return new Database({ ...sound.settings, writer, reader, logger, busyTimeoutMs: 1_000, pollMs: 5 });
}

/** A real connection whose statements may fail before they are run. */
class FaultyConnection implements Connection {
  readonly #sound: Connection;
  readonly #fault: (sql: string) => string | undefined;

  constructor(sound: Connection, fault: (sql: string) => string | undefined) {
    this.#sound = sound;
    this.#fault = fault;
  }

  get isInTransaction(): boolean {
    return this.#sound.isInTransaction;
  }

  exec(sql: string): void {
    this.#sound.exec(sql);
  }

  prepare<Row>(sql: string, rows: 'tuples' | 'objects'): Statement<Row> {
    const sound = this.#sound.prepare<Row>(sql, rows);
    const checked =
      <T>(work: (parameters: readonly unknown[]) => T) =>
      (parameters: readonly unknown[]): T => {
        const code = this.#fault(sql);
        if (code !== undefined) throw Object.assign(new Error(`injected ${code}`), { code });
        return work(parameters);
      };
    return {
      returnsRows: sound.returnsRows,
      run: checked((parameters) => sound.run(parameters)),
      first: checked((parameters) => sound.first(parameters)),
      all: checked((parameters) => sound.all(parameters)),
    };
  }

  close(): void {
    this.#sound.close();
  }
}

/** Keeps what is logged as `warn` and `error`. */
export function recordingLogger(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (...line: readonly unknown[]): void => void lines.push(String(line.at(-1)));
  return { lines, logger: { ...silentLogger, warn: keep, error: keep } };
}
