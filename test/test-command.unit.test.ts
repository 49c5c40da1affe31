import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testArguments } from '../scripts/test/arguments.mjs';
import { LONGEST, placeOf } from '../scripts/test/order.mjs';
import { add, hasFailed, summary, tallyOf } from '../scripts/test/tally.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const scripts = fileURLToPath(new URL('../scripts', import.meta.url));

describe('arguments', () => {
  it('a path is taken from where the person stands', () => {
    expect(testArguments(['test.mjs'], scripts, root)).toEqual(['scripts/test.mjs']);
    expect(testArguments(['../test', './test/tally.mjs'], scripts, root)).toEqual([
      'test',
      'scripts/test/tally.mjs',
    ]);
    expect(testArguments(['..'], scripts, root)).toEqual(['.']);
  });

  it('what names no file is passed on as it is: a part of a name, an option, a test pattern', () => {
    const given = ['lanes', '-t', 'test.mjs', '--testNamePattern', 'test', '--bail=1'];
    expect(testArguments(given, scripts, root)).toEqual(given);
  });
});

describe('order', () => {
  it('begins with the longest, and goes on from whole programs to units', () => {
    const [first = '', second = ''] = LONGEST;
    const given = [
      'test/a.unit.test.ts',
      second,
      'test/b.int.test.ts',
      first,
      'packages/c/test/c.e2e.test.ts',
    ];
    expect(given.sort((one, other) => placeOf(one) - placeOf(other))).toEqual([
      first,
      second,
      'packages/c/test/c.e2e.test.ts',
      'test/b.int.test.ts',
      'test/a.unit.test.ts',
    ]);
  });

  it('names files that are there, each once', () => {
    expect(LONGEST.filter((path) => !existsSync(join(root, path)))).toEqual([]);
    expect(new Set(LONGEST).size).toBe(LONGEST.length);
  });
});

describe('tally', () => {
  const file = (status: string, ...statuses: string[]) => ({
    status,
    assertionResults: statuses.map((one) => ({ status: one })),
  });

  it('counts tests', () => {
    const testResults = [
      file('passed', 'passed', 'passed', 'skipped'),
      file('failed', 'failed', 'passed', 'todo'),
    ];
    expect(tallyOf({ testResults }, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it('counts a file that could not be loaded as a failure', () => {
    const testResults = [file('passed', 'passed'), file('failed')];
    expect(tallyOf({ testResults }, 1)).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('counts a file whose hook failed after its tests had passed', () => {
    expect(tallyOf({ testResults: [file('failed', 'passed')] }, 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it.each([
    ['no report', undefined, 1],
    ['no report and a good exit code', undefined, 0],
    ['a report without files', { testResults: [] }, 0],
    ['a report that is none', 'crash', 0],
    ['only skipped tests', { testResults: [file('passed', 'skipped')] }, 0],
    ['an error outside the tests', { testResults: [file('passed', 'passed')] }, 1],
  ])('%s is a failure', (_, report, exitCode) => {
    expect(tallyOf(report, exitCode).failed).toBe(1);
  });

  it('adds up, and fails for one failure or for no test at all', () => {
    const good = { passed: 2, failed: 0, skipped: 1 };
    expect(add([good, { passed: 0, failed: 1, skipped: 0 }])).toEqual({ passed: 2, failed: 1, skipped: 1 });
    expect(hasFailed(good)).toBe(false);
    expect(hasFailed(add([good, { passed: 0, failed: 1, skipped: 0 }]))).toBe(true);
    expect(hasFailed(add([]))).toBe(true);
  });
});

describe('summary', () => {
  it('ends with the tally alone on a line', () => {
    expect(summary({ passed: 12, failed: 0, skipped: 0 }, [])).toMatch(/\n12 passed, 0 failed\n$/);
    expect(summary({ passed: 1, failed: 2, skipped: 3 }, [])).toMatch(/\n1 passed, 2 failed, 3 skipped\n$/);
  });

  it('says first what was left out', () => {
    expect(summary({ passed: 1, failed: 0, skipped: 0 }, ['PostgreSQL, which needs a server'])).toBe(
      '\nLeft out: PostgreSQL, which needs a server.\n1 passed, 0 failed\n',
    );
  });
});
