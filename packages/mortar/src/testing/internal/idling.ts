import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import { settled } from '../idle.js';
import type { VirtualClock } from '../virtual-clock.js';
import type { CountedClock } from './counted-clock.js';
import type { LogActivity } from './log/log-activity.js';
import type { Recorder } from './recorder.js';
import type { UnderWay } from './under-way.js';

/** How `idle` waits. */
export interface IdleOptions {
  /**
   * Lets time pass, from timer to timer, as long as the app waits for it: for the backoff of a retry, a time limit. True
   * unless said, since an app whose retry is still to come is not idle. With false, time stands still: what waits for it
   * is left waiting.
   */
  readonly advance?: boolean;
  /**
   * How long handlers that are under way may do nothing that can be seen, in real time, before time passes for them: they
   * may wait for the outside, which the virtual clock knows nothing of. 100 unless said.
   */
  readonly graceMs?: number;
  /** The same, where they wait for no timer: then it is an error. 5,000 unless said. */
  readonly limitMs?: number;
  /** The most timers that are fired, from 1; 100,000 unless said. */
  readonly maxTimers?: number;
}

/** What an idling looks at. */
export interface IdlingParts {
  readonly clock: VirtualClock;
  /** The same clock, as the app has it. */
  readonly appClock: CountedClock;
  readonly underWay: UnderWay;
  readonly recorder: Recorder;
  /** Of an app with a store. */
  readonly activity: LogActivity | undefined;
  /** How long a hook may wait for the outside, in real time. */
  readonly hookTimeoutMs: number;
}

const DEFAULT_GRACE_MS = 100;
const DEFAULT_LIMIT_MS = 5_000;
const DEFAULT_MAX_TIMERS = 100_000;
/** So many calls of handlers in a row, without time passing, are taken for ones that call each other for ever. */
const MAX_CHANGES = 2_000_000;
const MAX_LABELS = 10;
/** Turns of the event loop in which a step between the log and a handler is done: reading, committing, waking. */
const LOG_TURNS = 12;

/** Waits until an app is idle, and lets the time of its clock pass meanwhile. */
export class Idling {
  readonly #parts: IdlingParts;

  constructor(parts: IdlingParts) {
    this.#parts = parts;
  }

  /** @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_WAIT_TIMEOUT`, `MORTAR_TIMERS_ENDLESS` */
  async idle(options: IdleOptions = {}): Promise<void> {
    checkIdleOptions(options);
    const { advance = true, graceMs = DEFAULT_GRACE_MS } = options;
    const { limitMs = DEFAULT_LIMIT_MS, maxTimers = DEFAULT_MAX_TIMERS } = options;
    const { underWay } = this.#parts;
    underWay.letFail();
    for (let fired = 0; ; ) {
      await this.quiet();
      const isForTime = this.#waitsForTime;
      if (!underWay.isBusy && !(advance && isForTime)) return;
      if (!advance && isForTime && !underWay.isRunning) return;
      if (!advance || !isForTime) {
        if (!(await underWay.changed(limitMs))) throw this.#stillAtWork(limitMs);
      } else if (!underWay.isRunning || !(await underWay.changed(graceMs))) {
        if (fired === maxTimers) throw this.#endless(maxTimers);
        fired += 1;
        await this.#fireNext();
      }
    }
  }

  /** Lets so much time pass, and everything happen that happens in it. */
  async advance(ms: number): Promise<void> {
    const { clock, underWay, activity } = this.#parts;
    underWay.letFail();
    await this.quiet();
    // What a timer brings about over the log takes turns of its own, so time stands still for it.
    for (let left = ms; activity !== undefined; ) {
      const next = clock.nextInMs;
      if (next === undefined || next > left) return clock.advance(left);
      await clock.advance(next);
      await this.quiet();
      left -= next;
    }
    await clock.advance(ms);
    await this.quiet();
  }

  /**
   * Waits for a start or a stop, whose hooks may wait for the outside: real time comes first, and time passes on the
   * clock only where a retry waits for it, or the limit is reached.
   */
  async finish<T>(work: Promise<T>): Promise<T> {
    const { underWay, clock, recorder, activity, hookTimeoutMs } = this.#parts;
    let isOver = false;
    let isPatient = true;
    const end = underWay.begin('waiting', 'the start or stop of the app');
    const over = (): void => {
      isOver = true;
      end();
    };
    work.then(over, over);
    for (;;) {
      await this.quiet();
      if (isOver) return work;
      const isForRetry = activity === undefined && recorder.isResting && !underWay.isRunning;
      if (!isForRetry && isPatient) {
        isPatient = await underWay.changed(hookTimeoutMs);
        if (isPatient) continue;
      }
      if (clock.pending === 0) return work;
      await this.#fireNext();
    }
  }

  /** Resolves when nothing begins or ends any more without time, or without the outside. */
  async quiet(): Promise<void> {
    const { underWay, recorder, activity } = this.#parts;
    const begun = underWay.changes;
    for (let seen = -1; seen !== underWay.changes; ) {
      seen = underWay.changes;
      if (seen - begun > MAX_CHANGES) throw this.#stillAtWork(0);
      await settled(activity === undefined ? undefined : LOG_TURNS);
    }
    recorder.prune();
  }

  /** Whether something waits for a timer: the bus itself, a guard, or a handler, for one that it may have set. */
  get #waitsForTime(): boolean {
    const { clock, appClock, underWay, recorder, activity } = this.#parts;
    if (clock.pending === 0) return false;
    // What is to be published by the clock alone waits for its time, and the app is idle meanwhile.
    if (activity !== undefined) return underWay.isRunning || activity.isResting || recorder.isRestingInGuard;
    return appClock.pending > 0 || underWay.isRunning || recorder.isRestingInGuard;
  }

  async #fireNext(): Promise<void> {
    try {
      await this.#parts.clock.runOut({ maxTimers: 1 });
    } catch (error) {
      // It fired the one that it may, and says that there are more.
      if (!(error instanceof MortarError) || error.code !== 'MORTAR_TIMERS_ENDLESS') throw error;
    }
  }

  #stillAtWork(limitMs: number): MortarError {
    const labels = this.#parts.underWay.labels();
    const more = labels.length > MAX_LABELS ? `; and ${labels.length - MAX_LABELS} more` : '';
    const time = limitMs === 0 ? 'at last' : `, or anything to happen, within ${limitMs} ms of real time`;
    return new MortarError('MORTAR_WAIT_TIMEOUT', {
      rule: 'An app becomes idle when all that it has under way has ended.',
      expected: `an end${time}`,
      got: `still at work: ${labels.slice(0, MAX_LABELS).join('; ')}${more}; timers on the clock: ${this.#parts.clock.pending}`,
    });
  }

  #endless(maxTimers: number): MortarError {
    const { appClock, underWay } = this.#parts;
    return new MortarError('MORTAR_TIMERS_ENDLESS', {
      rule: 'An app becomes idle when it waits for no timer any more.',
      expected: `at most ${maxTimers} timers`,
      got: `${appClock.pending} more; under way: ${underWay.labels().slice(0, MAX_LABELS).join('; ') || 'nothing else'}`,
    });
  }
}

function checkIdleOptions(options: IdleOptions): void {
  checkKeys('idle', options, ['advance', 'graceMs', 'limitMs', 'maxTimers']);
  const { advance, graceMs, limitMs, maxTimers } = options;
  if (advance !== undefined && typeof advance !== 'boolean') {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The option advance is on or off.',
      expected: 'true or false',
      got: describeValue(advance),
    });
  }
  if (graceMs !== undefined) checkWholeNumber('graceMs', graceMs, 0, MAX_DELAY_MS);
  if (limitMs !== undefined) checkWholeNumber('limitMs', limitMs, 1, MAX_DELAY_MS);
  if (maxTimers !== undefined) checkWholeNumber('maxTimers', maxTimers, 1, Number.MAX_SAFE_INTEGER);
}
