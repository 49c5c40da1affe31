import type { Clock } from '../../contracts/index.js';
import { describeValue, MortarError } from '../../errors/index.js';

/** The time of the machine. */
export const machineClock: Clock = Object.freeze({
  now: () => Date.now(),
  after(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
});

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkClock(clock: unknown): asserts clock is Clock | undefined {
  if (clock === undefined) return;
  const isObject = typeof clock === 'object' && clock !== null;
  const isClock = isObject && 'now' in clock && 'after' in clock;
  if (isClock && typeof clock.now === 'function' && typeof clock.after === 'function') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option clock says what time it is.',
    expected: 'an object with the methods now and after',
    got: describeValue(clock),
  });
}
