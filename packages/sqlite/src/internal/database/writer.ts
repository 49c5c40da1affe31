import { MortarError } from 'mortar/errors';
import { GroupCommit, type JobOutcome } from 'mortar/unit-of-work';
import type { Connection, Statement } from '../driver/driver.js';
import { isBroken, isBusy } from '../errors.js';
import { type Patience, patiently } from './patience.js';

/** What a commit has changed that somebody may watch: the log, or what delivery keeps. */
export type Mark = 'log' | 'deliveries';

/** What a job is given. */
export interface JobContext {
  /** When its transaction began: milliseconds since the Unix epoch. */
  readonly now: number;
  /** The epoch of inline projections, where it was read or changed in this transaction. */
  inlineEpoch: number | undefined;
  /** Says what to tell others when it is committed. */
  mark(mark: Mark): void;
}

/** Something to be done in a transaction; it may be run more than once. */
export interface Job<T> {
  /**
   * Whether it throws a MortarError only before it has changed anything. Then it needs no savepoint, which would cost
   * about as much as the insertion of a row.
   */
  readonly decidesFirst: boolean;
  run(context: JobContext): T | Promise<T>;
}

/** Whom the writer tells. */
export interface WriterListener {
  committed(marks: ReadonlySet<Mark>): void;
  /** Makes of an error what the ports speak of. */
  failed(error: unknown): unknown;
}

interface WriterParts extends Patience {
  readonly writer: Connection;
}

/** How many jobs share a transaction at most: as many as a disk's sync is worth, few enough to give way in between. */
const MAX_GROUP = 512;

/** Runs jobs in transactions, one transaction after the other; what comes meanwhile shares the next one. */
export class Writer {
  readonly #parts: WriterParts;
  readonly #listener: WriterListener;
  readonly #group: GroupCommit<Job<unknown>, unknown>;
  readonly #begin: Statement<never>;
  readonly #commit: Statement<never>;
  readonly #savepoint: Statement<never>;
  readonly #release: Statement<never>;
  readonly #rollbackTo: Statement<never>;

  constructor(parts: WriterParts, listener: WriterListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.#group = new GroupCommit((jobs) => this.#runGroup(jobs), {
      maxGroup: MAX_GROUP,
      gather: setImmediate,
    });
    const { writer } = parts;
    // At once a writer: a transaction that reads first and writes later fails if another process has written in between.
    this.#begin = writer.prepare('BEGIN IMMEDIATE', 'tuples');
    this.#commit = writer.prepare('COMMIT', 'tuples');
    this.#savepoint = writer.prepare('SAVEPOINT mortar_job', 'tuples');
    this.#release = writer.prepare('RELEASE mortar_job', 'tuples');
    this.#rollbackTo = writer.prepare('ROLLBACK TO mortar_job', 'tuples');
  }

  /** Resolves with what the job has answered, when it is on disk. */
  async submit<T>(job: Job<T>): Promise<T> {
    let result: { readonly value: T } | undefined;
    await this.#group.submit({
      decidesFirst: job.decidesFirst,
      run: (context) => {
        const answer = job.run(context);
        const keep = (value: T): void => {
          result = { value };
        };
        return answer instanceof Promise ? answer.then(keep) : keep(answer);
      },
    });
    if (result === undefined) throw new TypeError('a job was committed and not run');
    return result.value;
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return this.#group.idle();
  }

  async #runGroup(jobs: readonly Job<unknown>[]): Promise<readonly JobOutcome<unknown>[]> {
    if (jobs.length > 1) {
      const outcomes = await this.#together(jobs);
      if (outcomes !== undefined) return outcomes;
    }
    const outcomes: JobOutcome<unknown>[] = [];
    for (const job of jobs) outcomes.push(await this.#alone(job));
    return outcomes;
  }

  /** Nothing if the transaction as a whole has failed: of whom it was is seen when they are run one by one. */
  async #together(jobs: readonly Job<unknown>[]): Promise<readonly JobOutcome<unknown>[] | undefined> {
    await this.#start();
    const context = new Context();
    const outcomes: JobOutcome<unknown>[] = [];
    try {
      for (const job of jobs) {
        const outcome = job.decidesFirst
          ? this.#runDecided(job, context)
          : await this.#runInSavepoint(job, context);
        outcomes.push(outcome instanceof Promise ? await outcome : outcome);
      }
      await this.#end(context);
      return outcomes;
    } catch (error) {
      this.#rollBack();
      const failure = this.#listener.failed(error);
      return isBroken(failure) ? jobs.map(() => ({ ok: false, error: failure })) : undefined;
    }
  }

  async #alone(job: Job<unknown>): Promise<JobOutcome<unknown>> {
    try {
      const beginning = this.#start();
      if (beginning !== undefined) await beginning;
      const context = new Context();
      const result = job.run(context);
      if (result instanceof Promise) await result;
      await this.#end(context);
      return { ok: true, result: undefined };
    } catch (error) {
      this.#rollBack();
      return { ok: false, error: this.#listener.failed(error) };
    }
  }

  #runDecided(job: Job<unknown>, context: Context): JobOutcome<unknown> | Promise<JobOutcome<unknown>> {
    try {
      const result = job.run(context);
      if (result instanceof Promise) return result.then(succeeded, failedAsDecided);
      return SUCCEEDED;
    } catch (error) {
      return failedAsDecided(error);
    }
  }

  async #runInSavepoint(job: Job<unknown>, context: Context): Promise<JobOutcome<unknown>> {
    this.#savepoint.run([]);
    const own = new Context(context.now, context.inlineEpoch);
    try {
      const result = job.run(own);
      if (result instanceof Promise) await result;
      this.#release.run([]);
      context.take(own);
      return SUCCEEDED;
    } catch (error) {
      // Some failures end the whole transaction.
      if (!this.#parts.writer.isInTransaction) throw error;
      this.#rollbackTo.run([]);
      this.#release.run([]);
      return { ok: false, error: this.#listener.failed(error) };
    }
  }

  /** At once where nobody is in the way, which is nearly always. */
  #start(): Promise<void> | undefined {
    try {
      if (this.#runNow(this.#begin)) return undefined;
    } catch (error) {
      throw this.#listener.failed(error);
    }
    return this.#runLater(this.#begin);
  }

  async #end(context: Context): Promise<void> {
    if (!this.#runNow(this.#commit)) await this.#runLater(this.#commit);
    this.#listener.committed(context.marks);
  }

  /** False if another process is in the way. */
  #runNow(statement: Statement<never>): boolean {
    try {
      statement.run([]);
      return true;
    } catch (error) {
      if (isBusy(error)) return false;
      throw error;
    }
  }

  async #runLater(statement: Statement<never>): Promise<void> {
    await patiently(() => statement.run([]), this.#parts);
  }

  #rollBack(): void {
    if (this.#parts.writer.isInTransaction) this.#parts.writer.exec('ROLLBACK');
  }
}

class Context implements JobContext {
  readonly now: number;
  readonly marks: Set<Mark> = new Set();
  inlineEpoch: number | undefined;

  constructor(now: number = Date.now(), inlineEpoch?: number) {
    this.now = now;
    this.inlineEpoch = inlineEpoch;
  }

  mark(mark: Mark): void {
    this.marks.add(mark);
  }

  /** What another one came to that shares the transaction, and was not undone. */
  take(other: Context): void {
    this.inlineEpoch = other.inlineEpoch;
    for (const mark of other.marks) this.marks.add(mark);
  }
}

const SUCCEEDED: JobOutcome<unknown> = Object.freeze({ ok: true, result: undefined });

function succeeded(): JobOutcome<unknown> {
  return SUCCEEDED;
}

/** Throws what was not decided but has happened, such as a full disk: it fails the whole transaction. */
function failedAsDecided(error: unknown): JobOutcome<unknown> {
  if (error instanceof MortarError) return { ok: false, error };
  throw error;
}
