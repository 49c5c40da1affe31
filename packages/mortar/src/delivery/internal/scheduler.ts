import { type Clock, newId } from '../../contracts/index.js';
import { MAX_DELAY_MS, MortarError, messageOf } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import type { ScheduledEvent, Unit } from '../../unit-of-work/index.js';
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

const AT_ONCE = 100;
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

  /** Answers with when the next is due. */
  async #publishDue(): Promise<number | undefined> {
    for (;;) {
      const { events, nextAt } = await this.#parts.store.deliveries.due(AT_ONCE);
      if (events.length === 0 || this.#isStopped) return nextAt;
      const outcomes = await this.#parts.store.units.commit(events.map((event) => this.#unitOf(event)));
      for (const [index, outcome] of outcomes.entries()) {
        const event = events[index];
        if (event === undefined) continue;
        const isKnown = outcome.ok ? outcome.result.append.isRepeated : isDuplicate(outcome.error);
        if (isKnown) await this.#forget(event);
        else if (!outcome.ok) throw outcome.error;
      }
    }
  }

  #unitOf(scheduled: ScheduledEvent): Unit {
    return { ...this.#firing(scheduled), appends: [{ events: [scheduled.event] }] };
  }

  /** The log has an event with this id: it was published otherwise, by another process or by hand. */
  async #forget(scheduled: ScheduledEvent): Promise<void> {
    const [outcome] = await this.#parts.store.units.commit([this.#firing(scheduled)]);
    if (outcome?.ok === false) throw outcome.error;
  }

  #firing(scheduled: ScheduledEvent): Unit {
    const { name, event } = scheduled;
    const next = this.#parts.next(scheduled);
    return {
      id: newId(),
      writes: [],
      appends: [],
      fired: [{ name, eventId: event.id }],
      ...(next === undefined ? {} : { schedule: [next] }),
    };
  }
}

function isDuplicate(error: unknown): boolean {
  return error instanceof MortarError && error.code === 'MORTAR_EVENT_DUPLICATE';
}
