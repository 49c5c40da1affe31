import { MortarError } from '../errors/index.js';
import type { Transaction, Write } from './transaction.js';

/** How a store does a savepoint. What these do is not checked by the guard. */
export interface SavepointSteps {
  readonly begin: () => Promise<void>;
  readonly release: () => Promise<void>;
  readonly rollback: () => Promise<void>;
}

/** The longest that the `write` functions of a unit may take together, unless a store says otherwise. */
export const WRITE_TIMEOUT_MS = 5_000;

/** The transaction itself, or a savepoint within it. */
interface Frame {
  /** An operation of its own has failed, so that nothing more can be done in it. */
  failure: { readonly error: unknown } | undefined;
}

/**
 * Holds the `write` functions of one unit to their rules, for every adapter: an adapter's transaction runs everything that
 * it does through `operation` and `savepoint`, and its unit runs its functions through `run`. One guard serves one run.
 *
 * - A `write` may await its transaction only. One that still waits when nothing of the transaction is under way, once the
 *   microtasks have run, waits for something else: it is given up, with `MORTAR_WRITE_INVALID`. While it waits for its
 *   transaction it never gives way to timers, input or output of its own.
 * - After it was given up or has ended, its transaction refuses, with `MORTAR_WRITE_INVALID`.
 * - An operation that failed spoils what it belongs to, the transaction or the innermost savepoint, also if the error is
 *   caught, as it does on PostgreSQL: whoever wants to go on after a failure does what may fail in a savepoint.
 * - All of them together end in time, else `MORTAR_WRITE_TIMEOUT`. An operation may be under way then; the adapter ends it.
 */
export class WriteGuard {
  readonly #timeoutMs: number;
  /** What is left of the time when it begins. */
  readonly #leftMs: number;
  readonly #frames: Frame[] = [{ failure: undefined }];
  #startedAt = 0;
  #spentMs = 0;
  #underWay = 0;
  #savepoints = 0;
  #isOver = true;
  #isLookDue = false;
  #giveUp: (error: MortarError) => void = () => undefined;

  constructor(timeoutMs: number = WRITE_TIMEOUT_MS, leftMs: number = timeoutMs) {
    this.#timeoutMs = timeoutMs;
    this.#leftMs = leftMs;
  }

  /** A guard for what runs later in the transaction of the same unit: it has the time that is left. */
  successor(): WriteGuard {
    return new WriteGuard(this.#timeoutMs, Math.max(0, this.#leftMs - this.#spentMs));
  }

  /**
   * Runs the functions one after the other, and answers with their results.
   * @throws MortarError `MORTAR_WRITE_INVALID`, `MORTAR_WRITE_TIMEOUT`, and what a function or a failed operation threw
   */
  async run<Tx extends Transaction>(writes: readonly Write<Tx>[], tx: Tx): Promise<readonly unknown[]> {
    const results: unknown[] = [];
    if (writes.length === 0) return results;
    this.#startedAt = performance.now();
    this.#isOver = false;
    const timer = setTimeout(() => this.#giveUp(tooLong(this.#timeoutMs)), this.#leftMs);
    try {
      for (const write of writes) results.push(await this.#runOne(write, tx));
      return results;
    } finally {
      clearTimeout(timer);
      this.#isOver = true;
      this.#spentMs = performance.now() - this.#startedAt;
    }
  }

  /** Runs one operation of the transaction, such as a statement. A rejection that nobody looks at is no unhandled one. */
  operation<T>(work: () => T | PromiseLike<T>): Promise<T> {
    return defused(this.#operate(work));
  }

  /** Runs a part of the work that is undone if it throws, see `Transaction.savepoint`. */
  savepoint<T>(work: () => T | PromiseLike<T>, steps: SavepointSteps): Promise<T> {
    this.#savepoints += 1;
    const protecting = this.#protect(work, steps).finally(() => {
      this.#savepoints -= 1;
    });
    return defused(protecting);
  }

  async #operate<T>(work: () => T | PromiseLike<T>): Promise<T> {
    const frame = this.#enter();
    try {
      return await work();
    } catch (error) {
      frame.failure ??= { error };
      throw error;
    } finally {
      this.#leave();
    }
  }

  async #protect<T>(work: () => T | PromiseLike<T>, steps: SavepointSteps): Promise<T> {
    await this.#operate(steps.begin);
    const frame: Frame = { failure: undefined };
    this.#frames.push(frame);
    this.#lookLater();
    try {
      const result = await work();
      this.#close(frame);
      if (frame.failure !== undefined) throw frame.failure.error;
      await this.#operate(steps.release);
      return result;
    } catch (error) {
      if (this.#isOver) throw error;
      if (this.#frames.includes(frame)) this.#close(frame);
      await this.#operate(steps.rollback);
      throw error;
    }
  }

  async #runOne<Tx extends Transaction>(write: Write<Tx>, tx: Tx): Promise<unknown> {
    const given = new Promise<never>((_, reject) => {
      this.#giveUp = (error) => {
        this.#isOver = true;
        reject(error);
      };
    });
    this.#lookLater();
    const result = await Promise.race([call(write, tx), given]);
    this.#checkEnd();
    return result;
  }

  #enter(): Frame {
    const frame = this.#frames.at(-1);
    if (this.#isOver || frame === undefined) throw over();
    if (frame.failure !== undefined) throw frame.failure.error;
    this.#checkTime();
    this.#underWay += 1;
    return frame;
  }

  #leave(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#lookLater();
  }

  /**
   * A tick that a microtask asks for comes when all microtasks have run, and before timers, input and output: by then a
   * `write` has begun an operation or ended, or it waits for something else.
   */
  #lookLater(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    queueMicrotask(() => process.nextTick(() => this.#look()));
  }

  #look(): void {
    this.#isLookDue = false;
    if (!this.#isOver && this.#underWay === 0) this.#giveUp(waitsForOther());
  }

  #checkEnd(): void {
    this.#checkTime();
    const [frame] = this.#frames;
    if (this.#underWay > 0 || this.#savepoints > 0) throw leftUnderWay();
    if (frame?.failure !== undefined) throw frame.failure.error;
  }

  #checkTime(): void {
    if (performance.now() - this.#startedAt > this.#leftMs) throw tooLong(this.#timeoutMs);
  }

  /** Savepoints end in the reverse order of their beginning, whatever runs at once. */
  #close(frame: Frame): void {
    if (this.#frames.at(-1) === frame) this.#frames.pop();
    else {
      this.#giveUp(interleaved());
      throw interleaved();
    }
  }
}

async function call<Tx extends Transaction>(write: Write<Tx>, tx: Tx): Promise<unknown> {
  return write(tx);
}

function defused<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

const RULE = 'A write awaits its transaction, and nothing else.';

function invalid(expected: string, got: string): MortarError {
  return new MortarError('MORTAR_WRITE_INVALID', { rule: RULE, expected, got });
}

function over(): MortarError {
  return invalid('a transaction that is used while its write runs', 'one that is over');
}

function waitsForOther(): MortarError {
  return invalid('a write that ends, or waits for its transaction', 'one that waits for something else');
}

function leftUnderWay(): MortarError {
  return invalid('a write that awaits everything it began', 'one that ended before its transaction was done');
}

function interleaved(): MortarError {
  return invalid('savepoints within one another', 'one that ended before the one begun after it');
}

function tooLong(timeoutMs: number): MortarError {
  return new MortarError('MORTAR_WRITE_TIMEOUT', {
    rule: 'The writes of a unit are short, since their transaction holds locks.',
    expected: `at most ${timeoutMs} ms together`,
    got: 'more',
  });
}
