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
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `callback` when the signal is aborted, unless the returned function is called before. Thousands may wait for one
 * signal: it gets one listener for all of them, since Node warns of a leak where it has more than ten.
 */
function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => undefined;
  }
  const callbacks = waiting.get(signal) ?? listenTo(signal);
  // A function of its own, so that one callback may wait twice.
  const entry = (): void => callback();
  callbacks.add(entry);
  return () => {
    callbacks.delete(entry);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const callbacks = new Set<() => void>();
  waiting.set(signal, callbacks);
  const tell = (): void => {
    for (const callback of callbacks) callback();
    callbacks.clear();
  };
  signal.addEventListener('abort', tell, { once: true });
  return callbacks;
}
