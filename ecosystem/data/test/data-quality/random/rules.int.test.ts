import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Finding, Rule } from '../../../dist/data-quality/contract/report.js';
import { Bench } from '../inspecting.js';
import { csvOf, dayOf } from './table.js';

const DAY_MS = 86_400_000;
const TODAY = Date.UTC(2026, 5, 30);
const RUNS = 25;

/** A row: two numbers, a word, a day; each may be missing. */
interface Row {
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly word: string | undefined;
  readonly day: number | undefined;
}

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 6 });
const number = fc.integer({ min: -20, max: 20 });
const row: fc.Arbitrary<Row> = fc.record({
  ...{ a: optional(number), b: optional(number) },
  word: optional(fc.constantFrom('red', 'Green', 'blue7', 'x')),
  day: optional(fc.integer({ min: -40, max: 20 }).map((days) => TODAY + days * DAY_MS)),
});

/** What each rule comes to, row by row: whether it is looked at, and whether it is broken. */
type Verdict = (one: Row, place: number, all: readonly Row[]) => { looked: boolean; broken: boolean };

const ofNumber = (value: number | undefined, isBroken: (value: number) => boolean) => ({
  looked: value !== undefined,
  broken: value !== undefined && isBroken(value),
});

const range = fc
  .record({ least: optional(number), most: optional(number) })
  .map(({ least, most }): [Rule, Verdict] => [
    {
      ...{ kind: 'range', column: 'c0' },
      ...(least === undefined ? {} : { least }),
      ...(most === undefined ? {} : { most }),
    },
    ({ a }) => ofNumber(a, (value) => value < (least ?? -Infinity) || value > (most ?? Infinity)),
  ]);

const set = fc
  .uniqueArray(fc.constantFrom('red', 'Green', 'blue7', 'x', 'other'), { minLength: 1 })
  .map((values): [Rule, Verdict] => [
    { kind: 'set', column: 'c2', values },
    ({ word }) => ({
      looked: word !== undefined,
      broken: word !== undefined && values.every((one) => one !== word),
    }),
  ]);

const pattern = fc
  .constantFrom('[a-z]+', '.*[0-9]', 'red|x', 'R.*', '[A-Za-z0-9]{1,4}')
  .map((text): [Rule, Verdict] => [
    { kind: 'pattern', column: 'c2', pattern: text },
    ({ word }) => ({
      looked: word !== undefined,
      broken: word !== undefined && !new RegExp(`^(?:${text})$`).test(word),
    }),
  ]);

const notAfter = fc
  .integer({ min: -45, max: 25 })
  .map((days): [Rule, Verdict] => [
    { kind: 'not-after', column: 'c3', day: dayOf(TODAY + days * DAY_MS) },
    ({ day }) => ofNumber(day, (value) => value > TODAY + days * DAY_MS),
  ]);

const plain: readonly [Rule, Verdict][] = [
  [{ kind: 'complete', column: 'c0' }, ({ a }) => ({ looked: true, broken: a === undefined })],
  [
    { kind: 'ordered', lesser: 'c0', greater: 'c1' },
    ({ a, b }) => {
      const looked = a !== undefined && b !== undefined;
      return { looked, broken: looked && a > b };
    },
  ],
  [
    { kind: 'unique', columns: ['c0'] },
    ({ a }, place, all) => ({
      looked: a !== undefined,
      broken: a !== undefined && all.slice(0, place).some((earlier) => earlier.a === a),
    }),
  ],
  [
    { kind: 'unique', columns: ['c1', 'c2'] },
    ({ b, word }, place, all) => ({
      looked: true,
      broken: all.slice(0, place).some((earlier) => earlier.b === b && earlier.word === word),
    }),
  ],
];

const rules = fc.tuple(range, set, pattern, notAfter).map((random) => [...random, ...plain]);

let bench: Bench;
beforeAll(() => {
  bench = new Bench();
});
afterAll(() => bench.close());

/** Enough rows of each kind, so that each column is of its type whatever the others are. */
const anchors: readonly Row[] = [
  { a: 100, b: 101, word: 'red', day: TODAY },
  { a: 102, b: 103, word: 'x', day: TODAY - DAY_MS },
];

it('every rule finds in any table what a look at each row finds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), rules, async (random, given) => {
      const rows = [...anchors, ...random];
      const report = await bench.report(
        'rules.csv',
        csvOf(cellsOf(rows)),
        given.map(([rule]) => rule),
      );
      for (const [rule, verdict] of given) {
        const finding = findingOf(report.findings, rule);
        const verdicts = rows.map((one, place) => ({ place, ...verdict(one, place, rows) }));
        const broken = verdicts.filter((one) => one.broken);
        const looked = verdicts.filter((one) => one.looked);
        expect([rule, finding.checked, finding.broken]).toEqual([rule, looked.length, broken.length]);
        expect(finding.score === 1).toBe(broken.length === 0);
        const examples = finding.examples.map((example) => example.row);
        expect(examples.length).toBe(rule.kind === 'unique' ? examples.length : Math.min(3, broken.length));
        if (rule.kind === 'unique')
          expect(broken.map(({ place }) => place)).toEqual(expect.arrayContaining(examples));
        else expect(examples).toEqual(broken.slice(0, 3).map(({ place }) => place));
      }
    }),
    { numRuns: RUNS },
  );
});

it('a row is there twice exactly where an earlier one is the same', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), async (rows) => {
      const lines = rows.map((one) =>
        cellsOf([one])
          .map(([cell]) => cell)
          .join(','),
      );
      const report = await bench.report('twice.csv', `a,b,c,d\n${lines.join('\n')}\n`);
      const whole = report.findings.find(({ expectation }) => expectation === 'No row is there twice.');
      // A line without anything in it is none.
      expect(whole?.broken).toBe(lines.length - new Set(lines).size);
    }),
    { numRuns: RUNS },
  );
});

it('dates are as old as the newest of them', async () => {
  const days = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(days, fc.integer({ min: 0, max: 60 }), async (ages, most) => {
      const cells = ages.map((age) => dayOf(TODAY - age * DAY_MS));
      const rule: Rule = { kind: 'fresh', column: 'c0', day: dayOf(TODAY), days: most };
      const { findings } = await bench.report('fresh.csv', csvOf([cells]), [rule]);
      const age = Math.min(...ages);
      const { broken, score } = findingOf(findings, rule);
      expect([broken, score]).toEqual(age <= most ? [0, 1] : [1, expect.closeTo(most / age, 5)]);
    }),
    { numRuns: 15 },
  );
});

function cellsOf(rows: readonly Row[]): string[][] {
  return [
    rows.map(({ a }) => (a === undefined ? '' : String(a))),
    rows.map(({ b }) => (b === undefined ? '' : String(b))),
    rows.map(({ word = '' }) => word),
    rows.map(({ day }) => (day === undefined ? '' : dayOf(day))),
  ];
}

const words: Readonly<Record<Rule['kind'], RegExp>> = {
  ...{
    complete: /has a value/,
    type: /is a/,
    range: / lies /,
    pattern: / matches /,
    set: / is (?:one of )?\w/,
  },
  ...{ unique: /No two rows/, ordered: /no more than/, 'not-after': /is not after/, fresh: /The newest/ },
};

function findingOf(findings: readonly Finding[], rule: Rule): Finding {
  const columns =
    'columns' in rule ? rule.columns : 'column' in rule ? [rule.column] : [rule.lesser, rule.greater];
  const found = findings.filter(
    ({ expectation, columns: own }) =>
      own.join() === columns.join() &&
      words[rule.kind].test(expectation) &&
      (rule.kind !== 'set' || !/ is (?:a|not) /.test(expectation)) &&
      (rule.kind !== 'not-after' || expectation.includes(rule.day)),
  );
  const [one] = found;
  if (one === undefined || found.length > 1) throw new TypeError(`${rule.kind}: ${found.length} findings`);
  return one;
}
