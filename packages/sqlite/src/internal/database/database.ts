import type { Logger } from 'mortar/logging';
import type { Connection, DriverName, Statement } from '../driver/driver.js';
import { closed, corrupt, isBroken, isBusy, isCorrupt, storeError, unavailable } from '../errors.js';
import { identityOf } from './folder.js';
import { type Patience, patiently, turn } from './patience.js';
import { WalWatch } from './wal-watch.js';
import { Watchers } from './watchers.js';
import { type Job, Writer } from './writer.js';

/** What a database is made of. */
export interface DatabaseParts extends Patience {
  readonly writer: Connection;
  readonly reader: Connection;
  readonly logger: Logger;
  /** What both are connections of. */
  readonly driver: DriverName;
  readonly durability: 'full' | 'relaxed';
  /** How often it is looked whether other processes have written, while somebody watches. */
  readonly pollMs: number;
}

/** For how long reads may go on without a turn of the event loop. */
const MAX_WITHOUT_TURN_MS = 2;

/** One file, with one connection that writes and one that reads. All of the ports work through it. */
export class Database {
  readonly file: string;
  /** For preparing statements. They are run within `write` only. */
  readonly writer: Connection;
  /** For preparing statements. They are run within `read` only. */
  readonly reader: Connection;
  readonly watchers: Watchers;
  readonly #parts: DatabaseParts;
  readonly #writing: Writer;
  readonly #alive: Statement<readonly [number]>;
  readonly #touch: Statement<never>;
  /** Which file it was when it was opened. */
  readonly #identity: string | undefined;
  /** Why nothing is answered any more. */
  #end: Error | undefined;
  /** The first damage that was met, while what is sound is still answered. */
  #damage: Error | undefined;
  #closing: Promise<void> | undefined;
  #lastTurnAt = performance.now();

  constructor(parts: DatabaseParts) {
    this.#parts = parts;
    this.file = parts.file;
    this.#identity = identityOf(parts.file);
    this.writer = parts.writer;
    this.reader = parts.reader;
    this.watchers = new Watchers(parts);
    this.#alive = parts.reader.prepare('SELECT count(*) FROM mortar_migrations', 'tuples');
    // Changes nothing, and is written all the same.
    this.#touch = parts.writer.prepare(
      'UPDATE mortar_migrations SET applied_at = applied_at WHERE id = 1',
      'tuples',
    );
    const walWatch = new WalWatch(parts);
    this.#writing = new Writer(parts, {
      committed: (marks) => {
        walWatch.committed();
        this.watchers.committed(marks);
      },
      failed: (error) => this.#failed(error),
    });
  }

  /** Runs what only reads. Gives way to the event loop from time to time, though every read is synchronous. */
  async read<T>(work: () => T): Promise<T> {
    this.#checkOpen();
    if (performance.now() - this.#lastTurnAt > MAX_WITHOUT_TURN_MS) await this.turn();
    try {
      return work();
    } catch (error) {
      if (isBusy(error)) return this.#readPatiently(work);
      // What is read as JSON was written as JSON.
      throw this.#failed(error instanceof SyntaxError ? corrupt(this.file, error) : error);
    }
  }

  /**
   * Runs a job in a transaction, which it shares with others of the same moment. Resolves when it is on disk.
   * The statements of a job that fails are undone, and those of the others stay.
   */
  async write<T>(job: Job<T>): Promise<T> {
    this.#checkOpen();
    return this.#writing.submit(job);
  }

  /** What another connection to the file goes by. */
  get settings(): Pick<DatabaseParts, 'file' | 'driver' | 'durability' | 'busyTimeoutMs'> {
    const { file, driver, durability, busyTimeoutMs } = this.#parts;
    return { file, driver, durability, busyTimeoutMs };
  }

  /** Lets the event loop turn, and makes sure that the store is still open then. */
  async turn(): Promise<void> {
    await turn();
    this.#lastTurnAt = performance.now();
    this.#checkOpen();
  }

  /**
   * Whether the file can be read, and takes writes, and is still where it was. Rejects with the reason if it does not: what is
   * written into a file that was removed or replaced meanwhile is acknowledged, and nobody finds it again. Damage that was
   * met once is the reason until the file is opened anew: the pages that are looked at here may be sound.
   */
  async check(): Promise<void> {
    if (identityOf(this.file) !== this.#identity)
      throw unavailable(this.file, 'another file in its place, or none, since it was opened');
    this.#checkOpen();
    if (this.#damage !== undefined) throw this.#damage;
    await this.read(() => this.#alive.first([]));
    await this.write({ decidesFirst: true, run: () => this.#touch.run([]) });
  }

  /** Waits for what is under way, and closes. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#end ??= closed(this.file);
    this.watchers.close();
    await this.#writing.idle();
    this.reader.close();
    // Last: the last connection to a file brings its write-ahead log into it.
    this.writer.close();
  }

  async #readPatiently<T>(work: () => T): Promise<T> {
    try {
      return await patiently(() => {
        this.#checkOpen();
        return work();
      }, this.#parts);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  #checkOpen(): void {
    if (this.#end !== undefined) throw this.#end;
  }

  /** An error as the ports speak of it. After some, nothing is answered any more. */
  #failed(error: unknown): unknown {
    const mapped = storeError(error, this.file);
    if (isCorrupt(mapped)) this.#damage ??= mapped;
    if (this.#end === undefined && isBroken(mapped)) {
      this.#end = mapped;
      this.#parts.logger.error(
        { file: this.file, error: mapped.message },
        'the disk did not sync: store closed',
      );
      this.watchers.close();
    }
    return mapped;
  }
}
