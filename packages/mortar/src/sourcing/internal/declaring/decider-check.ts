import { describeValue, MortarError } from '../../../errors/index.js';

/** @throws MortarError `MORTAR_DECIDER_INVALID` for anything but an object with the three functions of a decider */
export function checkDecider(value: unknown): void {
  const isObject = typeof value === 'object' && value !== null;
  for (const name of ['initialState', 'decide', 'evolve'] as const) {
    const part: unknown = isObject ? Reflect.get(value, name) : undefined;
    if (typeof part === 'function') continue;
    const got = isObject ? `${describeValue(part)} for ${name}` : describeValue(value);
    throw invalidDecider(
      'A decider says how it begins, how it decides, and what its events make of it.',
      'functions initialState, decide and evolve',
      got,
    );
  }
}

/** The error of a decider that is not what it must be, or does not answer as it must. */
export function invalidDecider(rule: string, expected: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_DECIDER_INVALID', { rule, expected, got, cause });
}
