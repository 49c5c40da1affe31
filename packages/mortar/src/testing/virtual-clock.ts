import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { settled } from './idle.js';

/** How far `runOut` goes. */
export interface RunOutOptions {
  /** The most timers it fires, from 1; 100,000 unless said. */
  readonly maxTimers?: number;
}

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

const DEFAULT_MAX_TIMERS = 100_000;
/** Early, but not 0, so that a time that was never set is told from one that was. */
const DEFAULT_START_MS = 1_000_000;
/** The latest time that a Date can say. */
const MAX_TIME_MS = 8.64e15;

/**
 * A clock that stands still until it is told to go on, so that delays, backoff and timeouts run at once and in order.
 * Timers fire in the order of their due time, then of their making, each at most once; one that is called off never.
 * Between two timers everything happens that needs no time.
 * @example
 * const clock = VirtualClock.at('2026-01-31T12:00:00Z');
 * clock.after(60_000, () => console.log('a minute later'));
 * await clock.advance(60_000);
 */
export class VirtualClock implements Clock {
  /** Never goes back, also where what it says is set back. */
  #now: number;
  #offsetMs = 0;
  /** In the order in which they fire. */
  readonly #timers: Timer[] = [];

  /** @throws MortarError `MORTAR_OPTIONS_INVALID` */
  constructor(startMs: number = DEFAULT_START_MS) {
    checkWholeNumber('startMs', startMs, -MAX_TIME_MS, MAX_TIME_MS);
    this.#now = startMs;
  }

  /**
   * A clock that stands at a date; a text is read as `Date` reads it.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`
   */
  static at(date: Date | string): VirtualClock {
    const startMs = new Date(date).getTime();
    if (!Number.isNaN(startMs)) return new VirtualClock(startMs);
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'A virtual clock starts at a date.',
      expected: 'a valid Date, or a text such as "2026-01-31T12:00:00Z"',
      got: date instanceof Date ? 'an invalid Date' : describeValue(date),
    });
  }

  now(): number {
    return this.#now + this.#offsetMs;
  }

  /**
   * As the machine's own timers: a negative delay is none. What those would misread is refused.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`
   */
  after(delayMs: number, callback: () => void): () => void {
    checkDelay(delayMs);
    const timer: Timer = { dueAt: this.#now + Math.max(0, delayMs), callback };
    this.#timers.splice(this.#placeOf(timer.dueAt), 0, timer);
    return () => this.#remove(timer);
  }

  /** Timers that have neither fired nor been called off. */
  get pending(): number {
    return this.#timers.length;
  }

  /** So long until the first of them fires, in milliseconds; undefined where there is none. */
  get nextInMs(): number | undefined {
    const first = this.#timers[0];
    return first === undefined ? undefined : Math.max(0, first.dueAt - this.#now);
  }

  /**
   * Sets the clock forward, or back if negative, as that of a machine may be: `now` says another time, no time passes,
   * and each timer keeps the time that it has left.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`
   */
  adjust(ms: number): void {
    checkWholeNumber('ms', ms, -MAX_TIME_MS, MAX_TIME_MS);
    this.#offsetMs += ms;
  }

  /**
   * Lets time pass: fires what falls due, in order, and lets everything happen that follows from each. What a timer
   * throws is thrown here; time then stands at that timer, and those after it still wait.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_TIMERS_ENDLESS` for timers that start each other at one instant
   */
  async advance(ms: number): Promise<void> {
    checkWholeNumber('ms', ms, 0, MAX_TIME_MS);
    const end = this.#now + ms;
    await settled();
    let atOnce = 0;
    for (let due = this.#nextDue(end); due !== undefined; due = this.#nextDue(end)) {
      atOnce = due > this.#now ? 1 : atOnce + 1;
      if (atOnce > DEFAULT_MAX_TIMERS) throw this.#endless(DEFAULT_MAX_TIMERS);
      await this.#fireFirst();
    }
    // A timer may have let more time pass than this.
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Lets time pass from timer to timer until there are none.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_TIMERS_ENDLESS` when there are more than `maxTimers`
   */
  async runOut(options: RunOutOptions = {}): Promise<void> {
    checkKeys('runOut', options, ['maxTimers']);
    const { maxTimers = DEFAULT_MAX_TIMERS } = options;
    checkWholeNumber('maxTimers', maxTimers, 1, Number.MAX_SAFE_INTEGER);
    await settled();
    for (let fired = 0; this.#timers.length > 0; fired += 1) {
      if (fired === maxTimers) throw this.#endless(maxTimers);
      // Twice between timers, since what needs no time may itself wait until all is settled, once.
      await settled();
      await this.#fireFirst();
    }
  }

  async #fireFirst(): Promise<void> {
    const timer = this.#timers.shift();
    if (timer === undefined) return;
    this.#now = Math.max(this.#now, timer.dueAt);
    timer.callback();
    await settled();
  }

  #nextDue(end: number): number | undefined {
    const first = this.#timers[0];
    return first === undefined || first.dueAt > end ? undefined : first.dueAt;
  }

  /** After every timer that is due at the same time or before. */
  #placeOf(dueAt: number): number {
    const place = this.#timers.findLastIndex((timer) => timer.dueAt <= dueAt);
    return place + 1;
  }

  #remove(timer: Timer): void {
    const place = this.#timers.indexOf(timer);
    if (place >= 0) this.#timers.splice(place, 1);
  }

  #endless(maxTimers: number): MortarError {
    return new MortarError('MORTAR_TIMERS_ENDLESS', {
      rule: 'The timers of a virtual clock come to an end.',
      expected: `at most ${maxTimers} timers`,
      got: `more: ${this.#timers.length} wait at ${this.now()}`,
    });
  }
}

function checkDelay(delayMs: unknown): void {
  if (typeof delayMs === 'number' && delayMs <= MAX_DELAY_MS && Number.isFinite(delayMs)) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A timer has a delay that the timers of a machine keep.',
    expected: `a number of milliseconds up to ${MAX_DELAY_MS}`,
    got: describeValue(delayMs),
  });
}
