import { checkKeys } from '../errors/index.js';
import { checkFailureTest, checkFunction, type FailureTest, isCalleeFailure } from './failure.js';
import type { Guard } from './guard.js';
import { signalOf } from './internal/cancellation.js';

/** What `fallback` takes beside its function. */
export interface FallbackOptions {
  /** Which errors are answered with the fallback; every one but those of a wrong call, unless said. */
  readonly handles?: FailureTest;
}

/**
 * Answers with a substitute when the work fails. An aborted caller gets no substitute.
 * What `substitute` gives must be of the type that the guarded work gives: a guard serves works of many types, so the
 * compiler can't check it. What it throws is thrown.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function fallback(substitute: (error: unknown) => unknown, options: FallbackOptions = {}): Guard {
  checkFunction('fallback', substitute, 'a function from the error to a substitute');
  checkKeys('fallback', options, ['handles']);
  const { handles = isCalleeFailure } = options;
  checkFailureTest(handles);
  return {
    execute: async <T>(
      work: (signal: AbortSignal) => PromiseLike<T> | T,
      caller?: AbortSignal,
    ): Promise<T> => {
      const signal = signalOf(caller);
      try {
        return await work(signal);
      } catch (error) {
        if (signal.aborted || !handles(error)) throw error;
        return (await substitute(error)) as T;
      }
    },
    describe: () => ({ kind: 'fallback', settings: {} }),
  };
}
