import { describeValue, MortarError } from '../../errors/index.js';

/** From first to last. A lane each, in whatever waits. */
export const priorities = ['critical', 'high', 'normal', 'low'] as const;

/** How soon a waiting message is taken. It never reorders messages of one key. */
export type Priority = (typeof priorities)[number];

/** @throws MortarError `MORTAR_CONTRACT_INVALID` */
export function checkPriority(value: unknown): asserts value is Priority {
  if (priorities.some((priority) => priority === value)) return;
  throw new MortarError('MORTAR_CONTRACT_INVALID', {
    rule: 'A priority is one of four lanes.',
    expected: priorities.join(', '),
    got: describeValue(value),
  });
}
