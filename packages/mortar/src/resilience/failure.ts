import { categoryOf, describeValue, type ErrorCategory, MortarError } from '../errors/index.js';

/** Says whether an error counts as a failure of what was called. */
export type FailureTest = (error: unknown) => boolean;

/** These say that the call was wrong, not that the callee is unwell. */
const FAULTS_OF_THE_CALL: readonly ErrorCategory[] = ['validation', 'not-found', 'permission', 'conflict'];

/** Whether an error is a sign of an unhealthy callee: every error but those of a wrong call. What guards use unless told. */
export function isCalleeFailure(error: unknown): boolean {
  return !FAULTS_OF_THE_CALL.includes(categoryOf(error));
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkFailureTest(handles: unknown): asserts handles is FailureTest | undefined {
  if (handles === undefined) return;
  checkFunction('handles', handles, 'a function from an error to true or false');
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkFunction(name: string, value: unknown, expected: string): void {
  if (typeof value === 'function') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} is a function.`,
    expected,
    got: describeValue(value),
  });
}
