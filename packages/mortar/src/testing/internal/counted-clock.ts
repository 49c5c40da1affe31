import type { Clock } from '../../contracts/index.js';

/** A clock that knows how many of the timers that were set by it are still to come. */
export class CountedClock implements Clock {
  readonly #clock: Clock;
  #pending = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get pending(): number {
    return this.#pending;
  }

  now(): number {
    return this.#clock.now();
  }

  after(delayMs: number, callback: () => void): () => void {
    let isPending = true;
    const end = (): void => {
      if (isPending) this.#pending -= 1;
      isPending = false;
    };
    const cancel = this.#clock.after(delayMs, () => {
      end();
      callback();
    });
    this.#pending += 1;
    return () => {
      end();
      cancel();
    };
  }
}
