import type { Clock } from '../../contracts/index.js';

/** The time of the machine. */
export const machineClock: Clock = Object.freeze({
  now: () => Date.now(),
  after(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
});
