import { messageOf } from 'mortar/errors';
import type { Logger } from 'mortar/logging';
import type { Connection, Statement } from '../driver/driver.js';
import { resultOf } from '../driver/result.js';
import type { Mark } from './writer.js';

/** What watchers need of the database. */
export interface WatchersParts {
  readonly reader: Connection;
  readonly logger: Logger;
  readonly pollMs: number;
}

interface Watcher {
  readonly mark: Mark;
  readonly listener: () => void;
}

/**
 * Tells of changes: at once of those that this process has made, and of others' by a look, from time to time, at a number
 * that SQLite keeps in shared memory. Looks only while somebody watches, and keeps no process alive.
 */
export class Watchers {
  readonly #parts: WatchersParts;
  readonly #dataVersion: Statement<readonly [number]>;
  readonly #watchers = new Set<Watcher>();
  #timer: NodeJS.Timeout | undefined;
  #seen: number | undefined;

  constructor(parts: WatchersParts) {
    this.#parts = parts;
    this.#dataVersion = parts.reader.prepare('PRAGMA data_version', 'tuples');
  }

  /** Returns what ends it. */
  add(mark: Mark, listener: () => void): () => void {
    const watcher: Watcher = { mark, listener };
    this.#watchers.add(watcher);
    this.#start();
    return () => {
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#stop();
    };
  }

  /** Something was committed by this process. */
  committed(marks: ReadonlySet<Mark>): void {
    if (marks.size > 0) this.#tell((mark) => marks.has(mark));
  }

  /** Nothing is told any more. */
  close(): void {
    this.#watchers.clear();
    this.#stop();
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#seen = this.#look();
    this.#timer = setInterval(() => this.#poll(), this.#parts.pollMs).unref();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The number also moves when this process has written: then watchers are called once more, for nothing. */
  #poll(): void {
    const found = this.#look();
    if (found === undefined || found === this.#seen) return;
    this.#seen = found;
    this.#tell(() => true);
  }

  /** Nothing where the look itself fails: whoever reads next learns why. */
  #look(): number | undefined {
    try {
      return this.#dataVersion.first([])?.[0];
    } catch (error) {
      if (resultOf(error) === undefined) throw error;
      return undefined;
    }
  }

  #tell(isMeant: (mark: Mark) => boolean): void {
    for (const { mark, listener } of [...this.#watchers]) {
      if (!isMeant(mark)) continue;
      try {
        listener();
      } catch (error) {
        this.#parts.logger.error({ error: messageOf(error) }, 'a watcher of the store has thrown');
      }
    }
  }
}
