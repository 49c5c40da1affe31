import type { Clock } from '../../contracts/index.js';
import { onAbort } from '../abort.js';

/**
 * The signal a work runs under: the caller's, or one that is never aborted.
 * @throws the reason of a caller's signal that is aborted already
 */
export function signalOf(caller: AbortSignal | undefined): AbortSignal {
  caller?.throwIfAborted();
  return caller ?? new AbortController().signal;
}

/** Resolves after the delay, in milliseconds; rejects with the signal's reason as soon as it is aborted. */
export function sleep(delayMs: number, signal: AbortSignal, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(delayMs, () => {
      release();
      resolve();
    });
    const release = onAbort(signal, () => {
      cancel();
      reject(signal.reason);
    });
  });
}
