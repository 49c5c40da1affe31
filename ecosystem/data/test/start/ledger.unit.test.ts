import { describe, expect, it } from 'vitest';
import { givenFile } from '../../src/start/given-files.js';
import { isFinished, Ledger, rankOf } from '../../src/start/ledger.js';
import { worstOf } from '../../src/start/report/worst.js';
import type { Stage } from '../../src/start/work.js';

const file = givenFile('/data/a.csv');
const registered: Stage = { kind: 'registered', outcome: 'new' };
const judged = { rows: 10, overall: 0.9, isGood: true };
const analysed: Stage = { kind: 'analysed', ...judged, anomalies: 0, isNew: true };

function entryAfter(...stages: readonly Stage[]) {
  const ledger = new Ledger();
  for (const stage of stages) ledger.tell(file, stage);
  const [entry] = ledger.entries;
  if (entry === undefined) throw new TypeError('It has been told of.');
  return entry;
}

describe('an entry', () => {
  it('has the last stage, and what the registration came to', () => {
    expect(entryAfter({ kind: 'waiting' }, registered, { kind: 'checked', ...judged }, analysed)).toEqual({
      ...{ file, outcome: 'new', stage: analysed },
    });
  });

  it('keeps how far it came before it was given up', () => {
    const stage: Stage = { kind: 'checked', ...judged };
    expect(entryAfter(registered, stage, { kind: 'given-up', reason: 'The disk is full.' })).toEqual({
      ...{ file, outcome: 'new', stage, givenUp: 'The disk is full.' },
    });
  });

  it('begins anew with the next registration', () => {
    const again: Stage = { kind: 'registered', outcome: 'changed' };
    const entry = entryAfter(registered, { kind: 'given-up', reason: 'x' }, { kind: 'waiting' }, again);
    expect(entry).toEqual({ file, outcome: 'changed', stage: again });
    expect(isFinished(entry)).toBe(false);
  });

  it('has no outcome where the file can not be read any more', () => {
    const stage: Stage = { kind: 'unreadable', reason: 'There is no such file.' };
    expect(entryAfter(registered, analysed, stage)).toEqual({ file, stage });
  });

  it.each([
    [[{ kind: 'waiting' }], false],
    [[registered], false],
    [[registered, { kind: 'checked', ...judged }], false],
    [[registered, analysed], true],
    [[registered, { kind: 'refused', reason: 'x' }], true],
    [[{ kind: 'unreadable', reason: 'x' }], true],
    [[registered, { kind: 'given-up', reason: 'x' }], true],
  ] as const)('of %j is finished: %s', (stages, finished) => {
    expect(isFinished(entryAfter(...stages))).toBe(finished);
  });
});

it('files that could not be read are forgotten once they are gone, and no others', () => {
  const ledger = new Ledger();
  const files = ['gone', 'there', 'read'].map((name) => givenFile(`/${name}.csv`));
  for (const one of files) ledger.tell(one, { kind: 'unreadable', reason: 'x' });
  for (const one of files.slice(2)) ledger.tell(one, registered);
  ledger.forgetUnreadable((path) => path === '/there.csv');
  expect(ledger.entries.map((entry) => entry.file.title)).toEqual(['there.csv', 'read.csv']);
});

it('the worst are those without a report, then those in quarantine, then those of the least score', () => {
  const stages: readonly (readonly [string, Stage])[] = [
    ['best', { ...analysed, overall: 1 }],
    ['good', analysed],
    ['refused', { kind: 'refused', reason: 'x' }],
    ['quarantined', { ...analysed, overall: 0.99, isGood: false }],
    ['fair', { ...analysed, overall: 0.8 }],
  ];
  const ledger = new Ledger();
  for (const [name, stage] of stages) ledger.tell(givenFile(`/${name}`), stage);
  const namesOf = (most: number) =>
    worstOf(ledger.entries, most, rankOf).shown.map((entry) => entry.file.title);
  expect(namesOf(1)).toEqual(['refused']);
  expect(namesOf(2)).toEqual(['refused', 'quarantined']);
  expect(namesOf(3)).toEqual(['refused', 'quarantined', 'fair']);
  expect(worstOf(ledger.entries, 3, rankOf).rest).toBe(2);
  expect(namesOf(9)).toEqual(stages.map(([name]) => name));
});
