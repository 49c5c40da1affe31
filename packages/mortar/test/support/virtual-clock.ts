import type { Clock } from '../../src/contracts/index.js';

interface Timer {
  readonly dueAt: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export class VirtualClock implements Clock {
  #now = 1_000_000;
  /** In the order of their making, which is that of calls among those that are due at once. */
  readonly #timers = new Set<Timer>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { dueAt: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that have neither come nor been called off. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Lets time pass: calls what falls due, in order, and lets everything happen that follows from each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#now = Math.max(this.#now, next.dueAt);
      this.#timers.delete(next);
      next.callback();
      await settled();
    }
    this.#now = end;
  }

  /** Lets time pass from timer to timer until there are none. */
  async runOut(): Promise<void> {
    await settled();
    while (this.#timers.size > 0) await this.advance(Math.max(0, this.#earliest() - this.#now));
  }

  #next(end: number): Timer | undefined {
    const earliest = this.#earliest();
    if (earliest > end) return undefined;
    for (const timer of this.#timers) if (timer.dueAt === earliest) return timer;
    return undefined;
  }

  #earliest(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { dueAt } of this.#timers) earliest = Math.min(earliest, dueAt);
    return earliest;
  }
}

/** Resolves when everything has happened that needs no more time: two turns of the event loop. */
export async function settled(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
}
