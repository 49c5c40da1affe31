import { type Clock, newId } from '../../contracts/index.js';
import { MAX_DELAY_MS, MortarError, messageOf } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import type { ScheduledEvent, Unit, UnitOutcome } from '../../unit-of-work/index.js';
import type { OpenStore } from '../store.js';

/** What a scheduler works with. */
export interface SchedulerParts {
  readonly store: OpenStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What comes after an event, under its name. */
  readonly next: (fired: ScheduledEvent) => ScheduledEvent | undefined;
  readonly changed: () => void;
}

/** An event that is due. */
interface Firing {
  readonly event: ScheduledEvent;
  /** What comes after it. */
  readonly next: ScheduledEvent | undefined;
  /** Why that is not known. */
  readonly error: unknown;
}

const AT_ONCE = 100;
const MAX_DUE = 10_000;
const RETRY_MS = 1_000;

/**
 * Appends scheduled events to the log when their time has come. Several processes may do so at once: an event is known by
 * its id, so that it is appended once.
 */
export class Scheduler {
  readonly #parts: SchedulerParts;
  #cancel: (() => void) | undefined = undefined;
  #isRunning = false;
  #isAsked = false;
  #isStopped = false;
  /** What could not be published when it was last tried, and why, which is said once. */
  #failed: ReadonlyMap<string, string> = new Map();

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  get isResting(): boolean {
    return !this.#isRunning && !this.#isAsked;
  }

  /** Looks for what is due now, and sets the clock for what is next. */
  wake(): void {
    this.#isAsked = true;
    if (!this.#isRunning && !this.#isStopped) void this.#run();
  }

  stop(): void {
    this.#isStopped = true;
    this.#isAsked = false;
    this.#cancel?.();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    this.#cancel?.();
    let nextAt: number | undefined;
    try {
      while (this.#isAsked && !this.#isStopped) {
        this.#isAsked = false;
        nextAt = await this.#publishDue();
      }
    } catch (error) {
      this.#parts.logger.warn({ error: messageOf(error) }, 'Scheduled events could not be published');
      nextAt = this.#parts.clock.now() + RETRY_MS;
    } finally {
      this.#isRunning = false;
    }
    this.#rest(nextAt);
    this.#parts.changed();
  }

  #rest(nextAt: number | undefined): void {
    if (nextAt === undefined || this.#isStopped) return;
    const { clock } = this.#parts;
    // The clock of the store says what is due, and may lag behind a little.
    const delayMs = Math.min(Math.max(5, nextAt - clock.now()), MAX_DELAY_MS);
    this.#cancel = clock.after(delayMs, () => this.wake());
  }

  /** Answers with when to look again: when the next is due, or soon for what has failed. */
  async #publishDue(): Promise<number | undefined> {
    const failed = new Map<string, string>();
    for (;;) {
      const limit = Math.min(MAX_DUE, AT_ONCE + failed.size);
      const { events, nextAt } = await this.#parts.store.deliveries.due(limit);
      const waiting = events.filter(({ name }) => !failed.has(name)).map((event) => this.#firingOf(event));
      if (waiting.length === 0 || this.#isStopped) {
        this.#failed = failed;
        if (failed.size === 0) return nextAt;
        const againAt = this.#parts.clock.now() + RETRY_MS;
        return Math.min(nextAt ?? againAt, againAt);
      }
      const outcomes = await this.#parts.store.units.commit(waiting.map((firing) => unitOf(firing)));
      for (const [index, outcome] of outcomes.entries()) {
        const firing = waiting[index];
        if (firing === undefined) continue;
        const error = await this.#errorOf(firing, outcome);
        if (error !== undefined) this.#fail(firing, error, failed);
      }
    }
  }

  /** One that fails keeps no other from being published. */
  #fail({ event: { name } }: Firing, error: unknown, failed: Map<string, string>): void {
    if (error instanceof MortarError && error.category === 'unavailable') throw error;
    const why = messageOf(error);
    failed.set(name, why);
    if (this.#failed.get(name) !== why)
      this.#parts.logger.warn({ name, error: why }, 'A scheduled event could not be published');
  }

  /** Why a scheduled event still waits; nothing if it does not. */
  async #errorOf(firing: Firing, outcome: UnitOutcome): Promise<unknown> {
    const isOther = !outcome.ok && isDuplicate(outcome.error);
    if (!outcome.ok && !isOther) return outcome.error;
    if (firing.error !== undefined) return firing.error;
    if (isOther)
      this.#parts.logger.warn(
        { name: firing.event.name, eventId: firing.event.event.id },
        'The log has another event under the id of a scheduled one, which is given up',
      );
    return isOther || (outcome.ok && outcome.result.append.isRepeated) ? this.#forget(firing) : undefined;
  }

  /** Works out what comes after an event. Where that fails, the event is published all the same, and stays until it succeeds. */
  #firingOf(event: ScheduledEvent): Firing {
    try {
      return { event, next: this.#parts.next(event), error: undefined };
    } catch (cause) {
      return { event, next: undefined, error: cause ?? new Error('Nothing was said of why.') };
    }
  }

  /** The log has an event with this id: it was published otherwise, by another process or by hand. */
  async #forget(firing: Firing): Promise<unknown> {
    const [outcome] = await this.#parts.store.units.commit([{ ...unitOf(firing), appends: [] }]);
    return outcome?.ok === false ? outcome.error : undefined;
  }
}

function unitOf({ event: { name, event }, next, error }: Firing): Unit {
  const unit: Unit = { id: newId(), writes: [], appends: [{ events: [event] }] };
  if (error !== undefined) return unit;
  const fired = [{ name, eventId: event.id }];
  return next === undefined ? { ...unit, fired } : { ...unit, fired, schedule: [next] };
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MortarError && error.code === 'MORTAR_EVENT_DUPLICATE';
}
