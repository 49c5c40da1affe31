import type { Violation } from '../source/violation.js';

/** A violation that is right as it is. */
export interface Exception {
  readonly rule: string;
  readonly path: string;
  /** Why the rule would make this place worse. */
  readonly reason: string;
}

/** All exceptions of the repository. One that no longer applies is a violation itself, so that the list stays short. */
export const exceptions: readonly Exception[] = [];

/** The violations that no exception covers, and the exceptions that cover none or give no reason. */
export function applyExceptions(violations: readonly Violation[], list: readonly Exception[]): Violation[] {
  const left = violations.filter((violation) => !list.some((exception) => covers(exception, violation)));
  const unused = list.filter((exception) => !violations.some((violation) => covers(exception, violation)));
  const unreasoned = list.filter((exception) => exception.reason.trim() === '');
  return [
    ...left,
    ...unused.map((exception) =>
      faulty(exception, `the exception from ${exception.rule} is not needed: remove it`),
    ),
    ...unreasoned.map((exception) =>
      faulty(exception, `the exception from ${exception.rule} gives no reason`),
    ),
  ];
}

function covers(exception: Exception, violation: Violation): boolean {
  return exception.rule === violation.rule && exception.path === violation.path;
}

function faulty(exception: Exception, message: string): Violation {
  return { rule: 'exception', path: exception.path, line: 1, message };
}
