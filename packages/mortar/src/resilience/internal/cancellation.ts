import type { Clock } from '../../contracts/index.js';

/**
 * The signal a work runs under: the caller's, or one that is never aborted.
 * @throws the reason of a caller's signal that is aborted already
 */
export function signalOf(caller: AbortSignal | undefined): AbortSignal {
  caller?.throwIfAborted();
  return caller ?? new AbortController().signal;
}

/** Calls `callback` when the signal is aborted, unless the returned function is called before. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  signal.addEventListener('abort', callback, { once: true });
  return () => signal.removeEventListener('abort', callback);
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
