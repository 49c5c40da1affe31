import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber } from '../errors/index.js';
import { type Backoff, checkBackoff, delayOf } from './backoff.js';
import { checkFailureTest, type FailureTest, isCalleeFailure } from './failure.js';
import type { Guard } from './guard.js';
import { signalOf, sleep } from './internal/cancellation.js';
import { checkClock, machineClock } from './internal/time.js';

/** What `retry` takes. */
export interface RetryOptions {
  /** Runs of the work in all, from 1 to 10,000. */
  readonly attempts: number;
  /** How long to wait between them; exponential from 100 ms to a minute, with jitter, unless said. */
  readonly backoff?: Backoff;
  /** Which errors another attempt may mend; every one but those of a wrong call, unless said. */
  readonly handles?: FailureTest;
  /** Whose time the delays take; the machine's unless given. */
  readonly clock?: Clock;
}

const MAX_ATTEMPTS = 10_000;
const DEFAULT_BACKOFF: Backoff = { kind: 'exponential', delayMs: 100 };

/**
 * Runs work again when it fails, after a delay. When the attempts are over, the caller gets the last error as it is.
 * An aborted caller is answered at once, also during a delay.
 *
 * Written here and not taken from cockatiel, whose retry neither ends its delay nor skips the next run on an abort.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function retry(options: RetryOptions): Guard {
  checkKeys('retry', options, ['attempts', 'backoff', 'handles', 'clock']);
  const { attempts, backoff = DEFAULT_BACKOFF, handles = isCalleeFailure, clock = machineClock } = options;
  checkWholeNumber('attempts', attempts, 1, MAX_ATTEMPTS);
  checkBackoff(backoff);
  checkFailureTest(handles);
  checkClock(clock);
  return {
    execute: async (work, caller) => {
      const signal = signalOf(caller);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await work(signal);
        } catch (error) {
          if (attempt >= attempts || signal.aborted || !handles(error)) throw error;
        }
        await sleep(delayOf(backoff, attempt), signal, clock);
      }
    },
    describe: () => ({ kind: 'retry', settings: { attempts, backoff } }),
  };
}
