import { setTimeout as sleep } from 'node:timers/promises';
import type { MortarError } from 'mortar/errors';
import type { Database } from './database.js';
import { commitUnknown, failureOf } from './failures.js';

const FIRST_DELAY_MS = 25;
const MAX_DELAY_MS = 500;

/**
 * What becomes of work whose connection was lost. If it can't have been committed, the loss is its failure. Otherwise it is
 * tried again, which finds out what has happened, until it succeeds or the time for it is up.
 */
export class Recovery {
  readonly #database: Database;
  #begunAt: number | undefined;
  #isOpen = false;
  #delayMs = FIRST_DELAY_MS;

  constructor(database: Database) {
    this.#database = database;
  }

  /** From now on it may have been committed. */
  begin(): void {
    this.#begunAt ??= performance.now();
    this.#isOpen = true;
  }

  /** All tries so far are known to have ended in vain. */
  end(): void {
    this.#isOpen = false;
  }

  /** Whether it may have been committed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /**
   * Waits a little before the next try. Answers with an error instead where there is none to be made:
   * `MORTAR_STORE_UNAVAILABLE` where nothing can have happened, `MORTAR_COMMIT_UNKNOWN` where the time is up.
   */
  async wait(error: unknown): Promise<MortarError | undefined> {
    const { place, options } = this.#database;
    if (!this.#isOpen || this.#begunAt === undefined) return failureOf(error, place);
    if (performance.now() - this.#begunAt > options.recoveryTimeoutMs) return commitUnknown(place, error);
    await sleep(this.#delayMs * (0.5 + Math.random()));
    this.#delayMs = Math.min(this.#delayMs * 2, MAX_DELAY_MS);
    return undefined;
  }
}

/** A short wait that grows with the number of tries, so that those who race do not meet again. */
export async function delay(tries: number): Promise<void> {
  await sleep(Math.random() * Math.min(tries * 2, 50));
}
