import type { Clock } from '../../contracts/index.js';
import type { OpenStore } from '../../delivery/index.js';
import { categoryOf, MortarError, messageOf } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import { type Generation, type GenerationName, subscriptionOf } from '../../read-models/index.js';
import { delayOf } from '../../resilience/backoff.js';
import type { AnyProjection, ProjectionRun } from '../projection-run.js';

/** What promotions are made with. */
export interface PromotionsParts {
  readonly store: Pick<OpenStore, 'projections'>;
  readonly pulse: Clock;
  readonly logger: Logger;
  /** Other generations are inline than before. */
  readonly promoted: () => Promise<void>;
  /** How long one waits before a generation is made inline again that another process has demoted; that grows. 2,000 unless said. */
  readonly promotionMs?: number | undefined;
}

/** What is to be made inline. */
export interface Candidate {
  readonly generation: GenerationName;
  readonly projection: AnyProjection;
  readonly run: Pick<ProjectionRun, 'types' | 'project'>;
}

/** How an attempt has ended; `waiting` where it was too early for one. */
export type Attempt = 'inline' | 'behind' | 'paused' | 'unresolved' | 'busy' | 'failed' | 'waiting';

interface Course {
  isInline: boolean;
  /** Attempts in a row that came to nothing. */
  failures: number;
  /** How often others have demoted it, of late. */
  demotions: number;
  promotedAt: number;
  notBefore: number;
  last: Attempt | undefined;
}

const DEFAULT_PROMOTION_MS = 2_000;
const MAX_PROMOTION_MS = 300_000;
/** What was inline for so many times the wait before it begins with short waits again. */
const LASTING = 10;
const AGAIN = { kind: 'exponential', delayMs: 100, maxDelayMs: 10_000, jitter: true } as const;

/**
 * Makes generations inline when they have come to the end of the log, and not too often: each time, all who append wait for a
 * moment, and where processes of several states of the code run side by side, each demotes what is of the others.
 */
export class Promotions {
  readonly #parts: PromotionsParts;
  readonly #courses = new Map<string, Course>();

  constructor(parts: PromotionsParts) {
    this.#parts = parts;
  }

  /** Notes how generations stand. One that was inline and is no more, though it is active, was demoted by another process. */
  observe(all: readonly Generation[], isPaused: (name: GenerationName) => boolean): void {
    const now = this.#parts.pulse.now();
    for (const one of all) {
      const course = this.#courseOf(one);
      if (one.isInline && !course.isInline) course.promotedAt = now;
      const wasDemoted = course.isInline && !one.isInline;
      course.isInline = one.isInline;
      if (!wasDemoted || one.state !== 'active' || isPaused(one)) continue;
      const hasLasted = now - course.promotedAt > LASTING * this.#waitOf(course);
      course.demotions = hasLasted ? 1 : course.demotions + 1;
      course.notBefore = now + this.#waitOf(course);
      course.last = 'waiting';
    }
  }

  /** An operator has changed what was in the way. */
  hurry(name: GenerationName): void {
    this.#courseOf(name).notBefore = 0;
  }

  /** What is in the way of a generation that is not inline, as far as this process knows. */
  obstacleTo(name: GenerationName): Attempt | undefined {
    return this.#courses.get(subscriptionOf(name))?.last;
  }

  /** Never rejects. */
  async attempt({ generation, run }: Candidate): Promise<Attempt> {
    const course = this.#courseOf(generation);
    const { pulse } = this.#parts;
    if (pulse.now() < course.notBefore) return 'waiting';
    const last = await this.#promote(generation, run);
    course.last = last;
    if (last === 'inline') {
      course.failures = 0;
      course.promotedAt = pulse.now();
      course.isInline = true;
    } else {
      course.failures += 1;
      course.notBefore = pulse.now() + delayOf(AGAIN, course.failures);
    }
    return last;
  }

  async #promote(generation: GenerationName, run: Candidate['run']): Promise<Attempt> {
    const { store, logger, promoted } = this.#parts;
    const { projection, number } = generation;
    try {
      const { kind } = await store.projections.promote(generation, run.types, (tx, entries) =>
        run.project(tx, entries),
      );
      if (kind !== 'ok') return kind;
      logger.info({ projection, number }, 'A generation is inline');
      await promoted();
      return 'inline';
    } catch (error) {
      const isBusy = categoryOf(error) === 'unavailable';
      const told = { projection, number, error: messageOf(error) };
      if (error instanceof MortarError && error.code === 'MORTAR_INLINE_FAILED')
        logger.warn(told, 'A generation could not be made inline');
      else logger.debug(told, 'A generation was not made inline');
      return isBusy ? 'busy' : 'failed';
    }
  }

  #waitOf({ demotions }: Course): number {
    const { promotionMs = DEFAULT_PROMOTION_MS } = this.#parts;
    return Math.min(MAX_PROMOTION_MS, promotionMs * 2 ** Math.max(0, demotions - 1));
  }

  #courseOf(name: GenerationName): Course {
    const subscription = subscriptionOf(name);
    const known = this.#courses.get(subscription);
    if (known !== undefined) return known;
    const course: Course = {
      isInline: false,
      failures: 0,
      demotions: 0,
      promotedAt: 0,
      notBefore: 0,
      last: undefined,
    };
    this.#courses.set(subscription, course);
    return course;
  }
}
