import type { Clock } from '../../contracts/index.js';
import { messageOf } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import type { OpenStore } from '../store.js';

/** How long what is over is kept, in milliseconds. */
export interface Retention {
  /** Letters that were replayed or discarded, and replays of many that are over. */
  readonly endedLettersMs: number;
  /** Ids of messages that were handled. */
  readonly inboxMs: number;
  /** What operators did. */
  readonly auditMs: number;
}

/** How much was removed. */
export interface Tidied {
  readonly letters: number;
  /** Kept results, inbox rows, and ids of units. */
  readonly units: number;
  /** Replays of many, and what operators did. */
  readonly records: number;
}

/** What upkeep works with. */
export interface UpkeepParts {
  readonly store: OpenStore;
  readonly clock: Clock;
  readonly pulse: Clock;
  readonly logger: Logger;
  readonly retention: Retention;
}

const CLEAN_EVERY_MS = 600_000;
const JOB_EVERY_MS = 200;
const LETTERS_AT_ONCE = 1_000;

/** Brings the replays of many letters on, and removes what has been over for long enough. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  #isAdvancing = false;
  #isAsked = false;
  #cancelJobs: (() => void) | undefined = undefined;
  #cancelCleaning: (() => void) | undefined = undefined;
  #isStopped = false;
  /** What is under way. */
  readonly #working = new Set<Promise<void>>();

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  get isResting(): boolean {
    return !this.#isAdvancing && !this.#isAsked && this.#cancelJobs === undefined;
  }

  start(): void {
    this.wake();
    this.#run(() => this.#clean());
  }

  /** There may be a job to be brought on. */
  wake(): void {
    this.#isAsked = true;
    if (!this.#isAdvancing && !this.#isStopped) this.#run(() => this.#advance());
  }

  /** Begins nothing more. Resolves when what has begun has ended, so that the store may be closed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isAsked = false;
    this.#cancelJobs?.();
    this.#cancelCleaning?.();
    await Promise.all(this.#working);
  }

  /** Removes what has been over for long enough; answers with how much. */
  async cleanUp(): Promise<Tidied> {
    const { store, clock, retention } = this.#parts;
    const now = clock.now();
    const before = (ageMs: number): number => Math.max(0, now - ageMs);
    const jobsBefore = before(retention.endedLettersMs);
    const letters = await store.deadLetters.purge(jobsBefore, ['replayed', 'discarded']);
    const units = await untilNone(() => store.units.cleanUp({ inboxBefore: before(retention.inboxMs) }));
    const auditBefore = before(retention.auditMs);
    const records = await untilNone(() => store.deadLetters.cleanUp({ jobsBefore, auditBefore }));
    return { letters, units, records };
  }

  /** Neither of its works rejects. */
  #run(work: () => Promise<void>): void {
    const working = work().finally(() => this.#working.delete(working));
    this.#working.add(working);
  }

  async #clean(): Promise<void> {
    try {
      await this.cleanUp();
    } catch (error) {
      this.#complain(error, 'What is over could not be removed');
    }
    if (!this.#isStopped)
      this.#cancelCleaning = this.#parts.pulse.after(CLEAN_EVERY_MS, () => this.#run(() => this.#clean()));
  }

  async #advance(): Promise<void> {
    this.#isAdvancing = true;
    let isMore = false;
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false;
        isMore = await this.#advanceJobs();
      }
    } catch (error) {
      this.#complain(error, 'Replays could not be brought on');
      isMore = true;
    } finally {
      this.#isAdvancing = false;
    }
    this.#rest(isMore);
  }

  #rest(isMore: boolean): void {
    this.#cancelJobs?.();
    this.#cancelJobs = undefined;
    if (!isMore || this.#isStopped) return;
    this.#cancelJobs = this.#parts.pulse.after(JOB_EVERY_MS, () => {
      this.#cancelJobs = undefined;
      this.wake();
    });
  }

  /** Answers whether a job is not done. */
  async #advanceJobs(): Promise<boolean> {
    const { deadLetters } = this.#parts.store;
    const jobs = await deadLetters.jobs('running');
    for (const { id } of jobs) await deadLetters.advanceJob(id, LETTERS_AT_ONCE);
    return jobs.length > 0 && (await deadLetters.jobs('running')).length > 0;
  }

  #complain(error: unknown, what: string): void {
    this.#parts.logger.warn({ error: messageOf(error) }, what);
  }
}

/** A store removes much of it in several steps, so that nobody waits long for one of them. */
async function untilNone(step: () => Promise<number>): Promise<number> {
  for (let sum = 0; ; ) {
    const removed = await step();
    if (removed === 0) return sum;
    sum += removed;
  }
}
