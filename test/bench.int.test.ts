import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments, selectCases, UsageError } from '../bench/harness/arguments.mjs';
import { type Contestant, CountError, loopOf } from '../bench/harness/contestant.mjs';
import { measureInProcesses } from '../bench/harness/process.mjs';
import {
  comparisonsOf,
  jsonLine,
  judge,
  mergeTables,
  type Row,
  rowOf,
  type Table,
} from '../bench/harness/result.mjs';
import { measureRounds, shuffled } from '../bench/harness/rounds.mjs';
import { median, percentile, spread } from '../bench/harness/statistics.mjs';
import { renderTable } from '../bench/harness/text.mjs';
import { root } from './source/repository.js';

// The suites themselves compare with peers that only `npm run bench` installs, so they are not run here.

describe('statistics of the benchmarks', () => {
  it('takes the middle, and between two their mean', () => {
    expect(median([7])).toBe(7);
    expect(median([9, 1, 5])).toBe(5);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(RangeError);
  });

  it('sorts by number, not by text', () => {
    expect(median([10, 9, 2, 33, 1])).toBe(9);
  });

  it('changes nothing it is given', () => {
    const values = Object.freeze([3, 1, 2]);
    expect(median(values)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });

  it('spreads by half the distance between the quartiles over the median, whatever one outlier says', () => {
    expect(spread([90, 100, 110])).toBeCloseTo(0.1);
    expect(spread([100, 90, 9_000, 110, 100, 95, 105])).toBeCloseTo(0.075);
    expect(spread([5, 5, 5])).toBe(0);
    expect(spread([0, 0, 0])).toBe(0);
  });

  it('finds percentiles by nearest rank', () => {
    const hundred = Float64Array.from({ length: 100 }, (_, index) => index + 1);
    const found = [0.5, 0.99, 0.999, 1, 0.001].map((share) => percentile(hundred, share));
    expect(found).toEqual([50, 99, 100, 100, 1]);
  });

  it('has as many values on either side of the median, for any values', () => {
    const numbers = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(numbers, (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(below).toBeLessThanOrEqual(values.length / 2);
        expect(above).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });
});

describe('arguments of the benchmarks', () => {
  const known = ['bus', 'container'];

  it('runs every suite in 3 rounds of 3 processes unless told otherwise', () => {
    const options = { commitDelayMs: 0, isBig: false, historyEvents: 0 };
    const builds = { build: undefined, against: undefined };
    const usual = { rounds: 3, processes: 3, json: false, filter: '', ...builds, options };
    expect(parseArguments([], known)).toEqual({ ...usual, suites: known });
    expect(parseArguments(['bus'], known)).toEqual({ ...usual, suites: ['bus'] });
  });

  it('takes what it is told', () => {
    const given = [
      '--json',
      'container',
      '--rounds',
      '7',
      '--filter=sync',
      '--processes',
      '1',
      '--build',
      'a',
      '--against',
      'b',
      '--commit-delay',
      '2',
      '--big',
      '--history',
      '50000',
    ];
    const suites = ['container'];
    const options = { commitDelayMs: 2, isBig: true, historyEvents: 50_000 };
    const told = { suites, rounds: 7, processes: 1, json: true, filter: 'sync', build: 'a', against: 'b' };
    expect(parseArguments(given, known)).toEqual({ ...told, options });
  });

  it.each([
    { given: ['buss'], got: 'There is no such suite. Expected one of: bus, container; got buss.' },
    { given: ['bus', '--fast'], got: "got Unknown option '--fast'." },
    { given: ['--rounds', '2'], got: 'a whole number from 3 to 1000; got 2.' },
    { given: ['--processes', '0'], got: '--processes with a whole number from 1 to 100; got 0.' },
    { given: ['--rounds', '3.5'], got: 'got 3.5.' },
    { given: ['--commit-delay', '101'], got: '--commit-delay with a whole number from 0 to 100; got 101.' },
    { given: ['--rounds', 'many'], got: 'got many.' },
    { given: ['--rounds'], got: "--rounds <value>' argument missing" },
    { given: ['--json=yes'], got: "'--json' does not take an argument" },
  ])('refuses $given', ({ given, got }) => {
    expect(() => parseArguments(given, known)).toThrow(UsageError);
    expect(() => parseArguments(given, known)).toThrow(got);
  });

  it('selects the cases whose names hold the filter, and refuses one that selects none', () => {
    const cases = [{ name: 'sync, 1' }, { name: 'async, 1' }, { name: 'bytes' }];
    expect(selectCases(cases, '')).toEqual(cases);
    expect(selectCases(cases, 'sync').map(({ name }) => name)).toEqual(['sync, 1', 'async, 1']);
    expect(() => selectCases(cases, 'speed')).toThrow('one of: "sync, 1", "async, 1", "bytes"; got speed');
  });

  it('ends with code 2, one line and nothing on stdout where they are wrong', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join('bench', 'run.mjs'), 'nothing'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^bench: There is no such suite\. Expected one of: .*\bbus\b.*; got nothing\.\n$/);
  });
});

describe('results of the benchmarks', () => {
  const table: Table = {
    name: 'sync',
    unit: 'ns an event',
    rows: [row('ours, plain', 'ours', 30), row('ours, full', 'ours', 100), row('peer', 'peer', 250)],
    goals: [
      { ours: 'ours, full', peer: 'peer', atLeast: 2 },
      { ours: 'ours, full', peer: 'peer', atLeast: 6 },
    ],
  };

  it('compares each of ours with each of the others; over 1, we are ahead', () => {
    expect(comparisonsOf([table])).toEqual([
      { name: 'sync: ours, plain', ours: 30, peer: 'peer', peerValue: 250, ratio: 8.333 },
      { name: 'sync: ours, full', ours: 100, peer: 'peer', peerValue: 250, ratio: 2.5 },
    ]);
  });

  it('takes the median over the samples of all processes', () => {
    const other: Table = { ...table, rows: table.rows.map(({ name, kind }) => rowOf(name, kind, [10, 20])) };
    const [merged] = mergeTables([[table], [other]]);
    expect(merged?.rows.map(({ samples }) => samples)).toEqual([
      [30, 10, 20],
      [100, 10, 20],
      [250, 10, 20],
    ]);
    expect(merged?.rows.map(({ value }) => value)).toEqual([20, 20, 20]);
    expect(merged?.rows[0]?.spread).toBeCloseTo(0.5);
    expect(merged?.goals).toBe(table.goals);
    expect(mergeTables([[table]])).toEqual([table]);
  });

  it('writes one line of JSON', () => {
    const line = jsonLine('bus', [table]);
    expect(line.endsWith('}\n')).toBe(true);
    expect(line.trimEnd()).not.toContain('\n');
    expect(JSON.parse(line)).toEqual({ suite: 'bus', cases: comparisonsOf([table]) });
    expect(Object.keys(JSON.parse(line).cases[0])).toEqual(['name', 'ours', 'peer', 'peerValue', 'ratio']);
  });

  it('judges a goal, and one on rows that are not there is an error', () => {
    const [reached, missed] = table.goals.map((goal) => judge(table.rows, goal));
    expect(reached).toEqual({ ratio: 2.5, isReached: true });
    expect(missed).toEqual({ ratio: 2.5, isReached: false });
    const goal = { ours: 'ours', peer: 'peer', atLeast: 1 };
    expect(() => judge(table.rows, goal)).toThrow('not there: ours');
  });

  it('shows the best first, the ratio to our first row, and every goal', () => {
    const lines = renderTable({ ...table, rows: [...table.rows].reverse() }).split('\n');
    expect(lines[0]).toBe('sync (ns an event)');
    expect(lines.slice(1, 4).map((line) => line.trim().split(/ {2,}/)[0])).toEqual([
      '> ours, plain',
      '> ours, full',
      'peer',
    ]);
    expect(lines[3]).toMatch(/250\.0 +± 0 % +2\.50x$/);
    expect(lines[4]).toContain('peer / ours, full is at least 2.00: 2.50, reached');
    expect(lines[5]).toContain('at least 6.00: 2.50, missed');
  });
});

describe('rounds of the benchmarks', () => {
  const pace = { sampleMs: 2, warmUpMs: 4, rewarmMs: 1 };

  it('measures every contestant in nanoseconds an event, slower ones as slower', async () => {
    const rows = await measureRounds([counting('fast', 1), counting('slow', 50_000)], 3, pace);
    expect(rows.map(({ name, kind }) => [name, kind])).toEqual([
      ['fast', 'peer'],
      ['slow', 'peer'],
    ]);
    const [fast, slow] = rows.map(({ value }) => value);
    expect(fast).toBeGreaterThan(0);
    expect(slow).toBeGreaterThan(fast ?? Number.NaN);
  });

  it('waits for handlers that are called later, whether the publisher awaits them or not', async () => {
    const counter = { calls: 0 };
    const later = () => new Promise<void>((resolve) => setImmediate(() => resolve(count(counter))));
    const awaited = { ...counting('awaited', 1), counter, isAwaited: true, publish: later };
    expect((await measureRounds([awaited], 3, pace))[0]?.value).toBeGreaterThan(0);
    const enqueued = { ...awaited, isAwaited: false, maxChunk: 10 };
    expect((await measureRounds([enqueued], 3, pace))[0]?.value).toBeGreaterThan(0);
  });

  it.each([
    { calls: 'too few', repeat: 0 },
    { calls: 'too many', repeat: 2 },
  ])('refuses to time a contestant whose handlers are called $calls times', async ({ repeat }) => {
    const contestant = { ...counting('wrong', repeat), callsPerEvent: 1 };
    await expect(measureRounds([contestant], 3, pace)).rejects.toThrow(CountError);
  });

  it('closes every contestant at the end', async () => {
    let closed = 0;
    const contestants = ['a', 'b'].map((name) => ({ ...counting(name, 1), close: () => (closed += 1) }));
    await measureRounds(contestants, 3, pace);
    expect(closed).toBe(2);
  });

  it('gives each loop code of its own, and passes the index on', async () => {
    const seen: number[] = [];
    const contestant = counting('indexed', 1, (index) => seen.push(index));
    const [one, other] = [loopOf(contestant), loopOf(contestant)];
    await one(3);
    await loopOf({ ...contestant, isAwaited: true })(2);
    expect(seen).toEqual([0, 1, 2, 0, 1]);
    expect(one).not.toBe(other);
  });

  it('shuffles without loss, into every order', () => {
    const random = fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(random, (numbers) => {
        const left = [...numbers];
        const order = shuffled(['a', 'b', 'c'], () => left.pop() ?? 0);
        expect([...order].sort()).toEqual(['a', 'b', 'c']);
      }),
    );
    const orders = new Set(Array.from({ length: 500 }, () => shuffled(['a', 'b', 'c']).join('')));
    expect(orders.size).toBe(6);
  });
});

describe('the process of a case, without the suites, whose peers are not installed here', () => {
  const suite = pathToFileURL(join(root, 'test', 'bench', 'fixtures', 'suite.mjs')).href;
  const options = { commitDelayMs: 0, isBig: false, historyEvents: 0 };
  const assignment = { suite, rounds: 4, build: root, against: undefined, options };

  it('answers with the tables of the case, over all its processes', async () => {
    const [table] = await measureInProcesses({ ...assignment, caseName: 'works' }, 2);
    expect(table?.name).toBe('4 rounds of ours');
    expect(table?.rows[0]?.samples).toEqual([2, 4, 2, 4]);
    expect(comparisonsOf(table === undefined ? [] : [table])).toMatchObject([{ ours: 3, ratio: 2 }]);
  });

  it('has the other build beside ours where there is one', async () => {
    const [table] = await measureInProcesses({ ...assignment, against: root, caseName: 'works' }, 1);
    expect(table?.name).toBe('4 rounds of ours,other build');
  });

  it.each([
    { caseName: 'throws', how: 'exit code 1' },
    { caseName: 'ends', how: 'exit code 3' },
  ])('fails where the process $caseName', async ({ caseName, how }) => {
    const measured = measureInProcesses({ ...assignment, caseName }, 1);
    await expect(measured).rejects.toThrow(`The case "${caseName}" ended with ${how}.`);
  });
});

function row(name: string, kind: Row['kind'], value: number): Row {
  return rowOf(name, kind, [value]);
}

function count(counter: { calls: number }): void {
  counter.calls += 1;
}

/** A contestant that calls its handler so many times for each event. */
function counting(name: string, repeat: number, seen: (index: number) => void = () => {}): Contestant {
  const counter = { calls: 0 };
  const publish = (index: number): void => {
    seen(index);
    for (let done = 0; done < repeat; done += 1) count(counter);
  };
  return { name, kind: 'peer', counter, callsPerEvent: repeat, isAwaited: false, publish };
}
