import { checkKeys, checkWholeNumber, MortarError } from '../errors/index.js';
import { onAbort } from './abort.js';
import type { Guard } from './guard.js';
import { signalOf } from './internal/cancellation.js';

/** What `bulkhead` takes. */
export interface BulkheadOptions {
  /** Works that run at once, from 1 to 1,000,000. */
  readonly limit: number;
  /** Works that wait for a place, from 0 to 1,000,000; 0 unless said. */
  readonly queue?: number;
}

const MAX_PLACES = 1_000_000;

/** Places for `limit` works; those beyond wait in order of arrival. */
interface Places {
  readonly limit: number;
  readonly queue: number;
  running: number;
  /** Each is called with the place that came free. A set, so that one who gives up leaves at once. */
  readonly waiting: Set<() => void>;
}

/**
 * Limits how many works run at once. Those beyond the limit wait, first come first served; those beyond the queue are
 * refused with `MORTAR_BULKHEAD_FULL`. An aborted caller leaves the queue at once.
 *
 * Written here and not taken from cockatiel, whose queue stalls behind an aborted caller and may refuse work that it
 * had accepted (3.2.1).
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function bulkhead(options: BulkheadOptions): Guard {
  checkKeys('bulkhead', options, ['limit', 'queue']);
  const { limit, queue = 0 } = options;
  checkWholeNumber('limit', limit, 1, MAX_PLACES);
  checkWholeNumber('queue', queue, 0, MAX_PLACES);
  const places: Places = { limit, queue, running: 0, waiting: new Set() };
  return {
    execute: async (work, caller) => {
      const signal = signalOf(caller);
      await takePlace(places, signal);
      try {
        return await work(signal);
      } finally {
        leavePlace(places);
      }
    },
    describe: () => ({
      kind: 'bulkhead',
      settings: { limit, queue },
      state: { running: places.running, waiting: places.waiting.size },
    }),
  };
}

function takePlace(places: Places, signal: AbortSignal): Promise<void> | undefined {
  if (places.running < places.limit) {
    places.running += 1;
    return undefined;
  }
  if (places.waiting.size >= places.queue) throw full(places);
  return new Promise((resolve, reject) => {
    const enter = (): void => {
      release();
      resolve();
    };
    places.waiting.add(enter);
    const release = onAbort(signal, () => {
      places.waiting.delete(enter);
      reject(signal.reason);
    });
  });
}

/** Hands the place to the one who waits longest, so that no newcomer slips in between. */
function leavePlace(places: Places): void {
  const [next] = places.waiting;
  if (next === undefined) {
    places.running -= 1;
    return;
  }
  places.waiting.delete(next);
  next();
}

function full({ limit, queue }: Places): MortarError {
  return new MortarError('MORTAR_BULKHEAD_FULL', {
    rule: `A bulkhead runs ${limit} at once and lets ${queue} wait.`,
    expected: 'a free place',
    got: 'none; try again later',
  });
}
