import { describeValue } from './describe.js';
import { MortarError } from './mortar-error.js';

/** The longest delay a timer keeps; beyond it, timers fire at once. In milliseconds. */
export const MAX_DELAY_MS: number = 2 ** 31 - 1;

/**
 * Checks an option that is a whole number within bounds, both included.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkWholeNumber(
  name: string,
  value: unknown,
  min: number,
  max: number,
): asserts value is number {
  if (Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} is a whole number within bounds.`,
    expected: `a whole number from ${min} to ${max}`,
    got: describeValue(value),
  });
}

/**
 * Checks an option that is one of a few words.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkOneOf(name: string, value: unknown, words: readonly string[]): void {
  if (words.includes(value as string)) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} is one of a few words.`,
    expected: words.join(', '),
    got: describeValue(value),
  });
}

/**
 * Checks that an options object has known keys only, so that a misspelt option is not silently ignored.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkKeys(
  name: string,
  options: unknown,
  known: readonly string[],
): asserts options is object {
  const unknownKeys =
    typeof options === 'object' && options !== null && !Array.isArray(options)
      ? Object.keys(options).filter((key) => !known.includes(key))
      : undefined;
  if (unknownKeys?.length === 0) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `${name} takes known options only.`,
    expected: known.join(', '),
    got: unknownKeys === undefined ? describeValue(options) : unknownKeys.map(describeValue).join(', '),
  });
}
