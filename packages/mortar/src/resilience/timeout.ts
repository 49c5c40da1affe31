import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { onAbort } from './abort.js';
import type { Guard } from './guard.js';
import { checkClock, machineClock } from './internal/time.js';

/** What `timeout` takes. */
export interface TimeoutOptions {
  /** How long one run of the work may take, from 1 to 2^31 - 1. */
  readonly timeoutMs: number;
  /** Whose time it is; the machine's unless given. */
  readonly clock?: Clock;
}

/**
 * Gives work up when it takes too long: its signal is aborted, and the caller gets `MORTAR_TIMEOUT` at once, whether
 * or not the work heeds the signal. Work that does not heed it runs on unobserved; its outcome is dropped.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function timeout(options: TimeoutOptions): Guard {
  checkKeys('timeout', options, ['timeoutMs', 'clock']);
  const { timeoutMs, clock = machineClock } = options;
  checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  checkClock(clock);
  return {
    execute: async (work, signal) => {
      signal?.throwIfAborted();
      return runWithin(timeoutMs, clock, work, signal);
    },
    describe: () => ({ kind: 'timeout', settings: { timeoutMs } }),
  };
}

async function runWithin<T>(
  timeoutMs: number,
  clock: Clock,
  work: (signal: AbortSignal) => PromiseLike<T> | T,
  caller: AbortSignal | undefined,
): Promise<T> {
  const controller = new AbortController();
  let cancel = (): void => undefined;
  let release = (): void => undefined;
  try {
    // One promise for work and end, so that there is none left that nobody waits for when the work throws at once.
    return await new Promise<T>((resolve, reject) => {
      const giveUp = (reason: unknown): void => {
        controller.abort(reason);
        reject(reason);
      };
      cancel = clock.after(timeoutMs, () => giveUp(timedOut(timeoutMs)));
      if (caller !== undefined) release = onAbort(caller, () => giveUp(caller.reason));
      const working = work(controller.signal);
      if (isThenable(working)) working.then(resolve, reject);
      else resolve(working);
    });
  } finally {
    cancel();
    release();
  }
}

function isThenable<T>(value: PromiseLike<T> | T): value is PromiseLike<T> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  return 'then' in value && typeof value.then === 'function';
}

function timedOut(timeoutMs: number): MortarError {
  return new MortarError('MORTAR_TIMEOUT', {
    rule: 'Work under a timeout ends in time.',
    expected: `an outcome within ${timeoutMs} ms`,
    got: 'none yet',
  });
}
