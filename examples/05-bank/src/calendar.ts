export const DAY_MS = 86_400_000;

/** A clock whose days pass when they are told to, so that the story needs no week. Its timers are those of the machine. */
export class Calendar {
  #aheadMs: number;

  constructor(day: string) {
    this.#aheadMs = Date.parse(`${day}T09:00:00Z`) - Date.now();
  }

  now(): number {
    return Date.now() + this.#aheadMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  }

  /** The same time on the next day. Answers with the last moment of this one. */
  endDay(): number {
    const now = this.now();
    this.#aheadMs += DAY_MS;
    return Math.floor(now / DAY_MS) * DAY_MS + DAY_MS - 1;
  }
}
