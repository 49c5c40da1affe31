import type { Clock } from '../../contracts/index.js';

/** The time of the machine, whose timers do not keep the process alive. */
export const pulseClock: Clock = Object.freeze({
  now: () => Date.now(),
  after(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
});
