import type { Violation } from '../source/violation.js';

/** Something with a length, and the violation it would be. */
export interface Measured {
  readonly length: number;
  readonly violation: (message: string) => Violation;
}

/** What 95 % must keep within, and none may exceed. */
export interface Limits {
  readonly most: number;
  readonly all: number;
}

const SHARE = 0.95;

/** Violations of a limit for all, and of one that holds for 95 %: then each that is over it is named. */
export function overLimits(measured: readonly Measured[], what: string, { most, all }: Limits): Violation[] {
  const tooLong = measured.filter(({ length }) => length > all);
  const long = measured.filter(({ length }) => length > most);
  const isShareBroken = measured.length - long.length < measured.length * SHARE;
  return [
    ...tooLong.map(({ length, violation }) => violation(`${what} of ${length} lines; at most ${all}`)),
    ...(isShareBroken ? long : []).map(({ length, violation }) =>
      violation(
        `${what} of ${length} lines; 95 % keep within ${most}, here only ${measured.length - long.length} of ${measured.length} do`,
      ),
    ),
  ];
}
