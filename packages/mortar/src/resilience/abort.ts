/** Several signals as one, until it is released. */
export interface JoinedSignal {
  /** Absent where there is none to join. */
  readonly signal: AbortSignal | undefined;
  release(): void;
}

/**
 * One signal that is aborted with the first of several. Not `AbortSignal.any`, since a joined signal would stay with a
 * long-lived one for as long as that lives; and never one of those given, to which each user would add listeners.
 */
export function joinSignals(signals: readonly (AbortSignal | undefined)[]): JoinedSignal {
  const given = signals.filter((signal) => signal !== undefined);
  if (given.length === 0) return { signal: undefined, release: () => undefined };
  const controller = new AbortController();
  const releases = given.map((signal) => onAbort(signal, () => controller.abort(signal.reason)));
  return {
    signal: controller.signal,
    release: () => {
      for (const release of releases) release();
    },
  };
}

/** What the work answers, or the signal's reason if that comes first; then the outcome of the work is dropped. */
export async function untilAborted<T>(signal: AbortSignal, work: PromiseLike<T>): Promise<T> {
  let release = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    release = onAbort(signal, () => reject(signal.reason));
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    release();
  }
}

/** Who waits for which signal. */
const waiting = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls `callback` when the signal is aborted, at once where it is, unless the returned function is called before.
 * Thousands may wait for one signal: it gets one listener for all of them, since Node warns of a leak where it has more
 * than ten; and none any more when nobody waits. A callback must not throw.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const present = waiting.get(signal) ?? new Waiting(signal);
  // A function of its own, so that one callback may wait twice.
  const entry = (): void => callback();
  present.add(entry);
  return () => present.delete(entry);
}

/** Those who wait for one signal. */
class Waiting {
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: () => void): void {
    if (this.#callbacks.size === 0) {
      waiting.set(this.#signal, this);
      this.#signal.addEventListener('abort', this.#tell, { once: true });
    }
    this.#callbacks.add(callback);
  }

  delete(callback: () => void): void {
    if (!this.#callbacks.delete(callback) || this.#callbacks.size > 0) return;
    waiting.delete(this.#signal);
    this.#signal.removeEventListener('abort', this.#tell);
  }

  readonly #tell = (): void => {
    for (const callback of this.#callbacks) callback();
    this.#callbacks.clear();
  };
}
