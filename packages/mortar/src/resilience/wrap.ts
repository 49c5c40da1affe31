import { describeValue, MortarError } from '../errors/index.js';
import type { Guard } from './guard.js';

type Work<T> = (signal: AbortSignal) => PromiseLike<T> | T;

/**
 * One guard out of several, the outermost first.
 * @example
 * // Each attempt has its own two seconds; all of them together count once for the caller.
 * const guard = wrap(retry({ attempts: 3 }), timeout({ timeoutMs: 2_000 }));
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for what is not a guard
 */
export function wrap(...guards: readonly Guard[]): Guard {
  guards.forEach(checkGuard);
  return {
    execute: async (work, signal) => {
      signal?.throwIfAborted();
      return executeFrom(guards, 0, work, signal);
    },
    describe: () => ({ kind: 'wrap', settings: {}, guards: guards.map((guard) => guard.describe()) }),
  };
}

async function executeFrom<T>(
  guards: readonly Guard[],
  index: number,
  work: Work<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const guard = guards[index];
  if (guard === undefined) return work(signal ?? new AbortController().signal);
  return guard.execute((inner) => executeFrom(guards, index + 1, work, inner), signal);
}

function checkGuard(guard: unknown): void {
  const isObject = typeof guard === 'object' && guard !== null;
  if (isObject && 'execute' in guard && 'describe' in guard && typeof guard.execute === 'function') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'wrap takes guards.',
    expected: 'what retry, circuitBreaker, bulkhead, fallback, timeout or wrap give',
    got: describeValue(guard),
  });
}
