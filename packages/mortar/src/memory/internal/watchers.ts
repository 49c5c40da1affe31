/** Those who are called back when there is something new: soon, once for all that came meanwhile. */
export class Watchers {
  readonly #listeners = new Set<() => void>();
  #isDue = false;

  /** Returns what ends it. Adding one function twice calls it twice. */
  add(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  notify(): void {
    if (this.#isDue || this.#listeners.size === 0) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      for (const listener of this.#listeners) callSafely(listener);
    });
  }

  clear(): void {
    this.#listeners.clear();
  }
}

/** Whoever appends is not to blame for a listener. */
function callSafely(listener: () => void): void {
  try {
    listener();
  } catch {
    // It looks again by itself from time to time.
  }
}
