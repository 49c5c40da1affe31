import { isBusy, unavailable } from '../errors.js';

const LONGEST_PAUSE_MS = 16;
/** Further than this, doubling would not change the pause. */
const MAX_DOUBLINGS = 4;

/** How long one waits for other processes, and for which file. */
export interface Patience {
  readonly file: string;
  readonly busyTimeoutMs: number;
}

/**
 * Does what another process may be in the way of, again and again until it is not. The pauses are short and random, so
 * that of two processes that meet none keeps the other away, and nothing else of this process has to wait.
 * @throws MortarError `MORTAR_STORE_UNAVAILABLE` when the time is up; what the work throws else
 */
export async function patiently<T>(work: () => T, patience: Patience): Promise<T> {
  const startedAt = performance.now();
  for (let attempt = 0; ; attempt += 1) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      const waitedMs = performance.now() - startedAt;
      if (waitedMs > patience.busyTimeoutMs) throw stillBusy(patience, waitedMs, error);
    }
    await pause(attempt);
  }
}

/** Lets the event loop turn once: timers, sockets and signals get their turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(attempt: number): Promise<void> {
  if (attempt === 0) return turn();
  const mostMs = Math.min(2 ** Math.min(attempt, MAX_DOUBLINGS), LONGEST_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * mostMs));
}

function stillBusy({ file, busyTimeoutMs }: Patience, waitedMs: number, cause: unknown): Error {
  const got = `another process that has kept it locked for ${Math.round(waitedMs)} ms, of ${busyTimeoutMs} allowed`;
  return unavailable(file, got, cause);
}
