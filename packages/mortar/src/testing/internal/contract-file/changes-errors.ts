import { AssertionError } from 'node:assert';
import type { Breach, ContractChanges } from './changes.js';

/** The failure of a check of contracts: what breaks, how to mend it, and what is not in the file yet. */
export function changesFailure(
  file: string,
  { breaches, notes }: ContractChanges,
  isMissing: boolean,
): AssertionError {
  const state = isMissing ? 'is not there' : 'is not up to date';
  const what =
    breaches.length > 0 ? `${counted(breaches.length)} can't take the place of what is recorded` : state;
  const parts = [`${file}: ${what}`, ...breaches.map(breachText), ...advice(breaches, notes)];
  return new AssertionError({
    message: parts.join('\n\n'),
    actual: [...breaches.map(({ contract }) => contract), ...notes],
    expected: [],
    // Not one of Node's own, to whose message it may add the difference a second time.
    operator: 'checkContracts',
    stackStartFn: changesFailure,
  });
}

function counted(count: number): string {
  return count === 1 ? '1 contract' : `${count} contracts`;
}

function breachText({ contract, faults, mend }: Breach): string {
  return [contract, ...faults.map((fault) => `  ${fault}`), `  To mend it, ${mend}.`].join('\n');
}

function advice(breaches: readonly Breach[], notes: readonly string[]): string[] {
  const pending =
    notes.length === 0 ? [] : [['Not in the file yet:', ...notes.map((note) => `  ${note}`)].join('\n')];
  if (breaches.length === 0)
    return [
      ...pending,
      'MORTAR_UPDATE_CONTRACTS=1, or update: true, writes the file. Review it, and commit it.',
    ];
  return [
    ...pending,
    'Where nobody relies on a contract yet, and no log holds it, remove its entry from the file, and update the file.',
  ];
}
