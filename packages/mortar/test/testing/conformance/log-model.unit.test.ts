import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAgainstModel } from '../../../src/testing/conformance/log-model.js';
import { logCommands } from '../../support/log-commands.js';
import { memorySubject } from '../../support/memory-subject.js';
import { logFaults } from './faulty-logs.js';
import { unitFaults } from './faulty-units.js';

const FAULTS = [
  'expected versions are ignored',
  'any takes the version that it has read, and conflicts',
  'a repeated append is said to be the first',
  'appends to several streams are made one after the other',
  'conditions are ignored',
  'conditions are checked before the append, and not in it',
  'tags of conditions are ignored',
  'the last page is never said to be',
  'archived streams are always left out',
  'filters by types are ignored',
  'filters by tags are ignored',
  'an append answers with other places than those of its events',
  'writes are committed before the rest of their unit',
  'the inbox is ignored',
  'results are not kept',
];

describe('the model of a log', () => {
  it.each(FAULTS)('finds that %s', async (name) => {
    const makeLog = logFaults.find((fault) => fault.name === name)?.make;
    const makeUnits = unitFaults.find((fault) => fault.name === name)?.make;
    const finding = fc.check(
      fc.asyncProperty(logCommands, async (commands) => {
        const subject = (makeLog ?? makeUnits ?? memorySubject)();
        await checkAgainstModel(subject, commands);
      }),
      { numRuns: 3_000, endOnFailure: true },
    );
    expect((await finding).failed).toBe(true);
  });
});
