import { MortarError } from '../errors/index.js';

/** How one job among several has ended. */
export type JobOutcome<Result> =
  | { readonly ok: true; readonly result: Result }
  | { readonly ok: false; readonly error: unknown };

/** How jobs are grouped. */
export interface GroupCommitOptions {
  /** How many jobs share a transaction at most. */
  readonly maxGroup: number;
  /** How many transactions may be under way at once; 1 unless said. */
  readonly concurrency?: number;
  /** How many jobs may wait; 100,000 unless said. What comes beyond is refused. */
  readonly maxWaiting?: number;
  /**
   * Puts the beginning of a transaction off, so that more jobs may join it; `queueMicrotask` unless said. With
   * `setImmediate`, those of all sockets that were readable at once share one, and what runs synchronously gives way.
   */
  readonly gather?: (begin: () => void) => void;
}

interface WaitingJob<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets concurrent jobs of a process share transactions: while one is under way, what comes waits for the next. A job that
 * comes alone waits for nobody. Each job is answered for itself, when its own transaction has ended.
 */
export class GroupCommit<Job, Result> {
  readonly #run: (jobs: readonly Job[]) => Promise<readonly JobOutcome<Result>[]>;
  readonly #maxGroup: number;
  readonly #concurrency: number;
  readonly #maxWaiting: number;
  readonly #gather: (begin: () => void) => void;
  #waiting: WaitingJob<Job, Result>[] = [];
  #underWay = 0;
  #isScheduled = false;
  #idle: (() => void)[] = [];

  /** `run` answers with one outcome for each job, in their order; if it rejects, all have failed. */
  constructor(
    run: (jobs: readonly Job[]) => Promise<readonly JobOutcome<Result>[]>,
    { maxGroup, concurrency = 1, maxWaiting = 100_000, gather = queueMicrotask }: GroupCommitOptions,
  ) {
    this.#run = run;
    this.#maxGroup = maxGroup;
    this.#concurrency = concurrency;
    this.#maxWaiting = maxWaiting;
    this.#gather = gather;
  }

  /** @throws MortarError `MORTAR_QUEUE_FULL`, and what the job ended with */
  submit(job: Job): Promise<Result> {
    if (this.#waiting.length >= this.#maxWaiting) return Promise.reject(full(this.#maxWaiting));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#schedule();
    });
  }

  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#underWay === 0;
  }

  /** Begins when the stack is empty or later, so that jobs of one moment share a transaction from the first on. */
  #schedule(): void {
    if (this.#isScheduled || this.#underWay >= this.#concurrency) return;
    this.#isScheduled = true;
    this.#gather(() => {
      this.#isScheduled = false;
      this.#begin();
    });
  }

  #begin(): void {
    while (this.#waiting.length > 0 && this.#underWay < this.#concurrency) {
      const group = this.#waiting.slice(0, this.#maxGroup);
      this.#waiting = this.#waiting.slice(this.#maxGroup);
      this.#underWay += 1;
      void this.#commit(group);
    }
  }

  async #commit(group: readonly WaitingJob<Job, Result>[]): Promise<void> {
    try {
      const outcomes = await this.#run(group.map(({ job }) => job));
      group.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome?.ok === true) resolve(outcome.result);
        else reject(outcome?.error);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.#underWay -= 1;
      if (this.#waiting.length > 0) this.#schedule();
      else if (this.#isIdle) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }
}

function full(maxWaiting: number): MortarError {
  return new MortarError('MORTAR_QUEUE_FULL', {
    rule: 'What waits for a commit is bounded.',
    expected: `fewer than ${maxWaiting} appends and units that wait`,
    got: 'one more',
  });
}
