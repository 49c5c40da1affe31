import type { Clock } from '../../contracts/index.js';
import { type ErrorCode, MortarError } from '../../errors/index.js';
import { type Backoff, delayOf } from '../../resilience/backoff.js';

/** Between two attempts: somebody else was faster. */
const BACKOFF: Backoff = { kind: 'exponential', delayMs: 4, maxDelayMs: 250 };

/** Attempts something, and anew after an error of this code, so many times at most and each time after a little longer. */
export async function retrying<T>(
  code: ErrorCode,
  retries: number,
  clock: Clock,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt();
    } catch (error) {
      const isThat = error instanceof MortarError && error.code === code;
      if (!isThat || failures > retries) throw error;
    }
    await new Promise<void>((resolve) => clock.after(delayOf(BACKOFF, failures), resolve));
  }
}
