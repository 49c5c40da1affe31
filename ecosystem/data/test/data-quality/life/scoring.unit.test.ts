import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dimensions, type Rule, rule } from '../../../src/data-quality/contract/report.js';
import { derivedRules } from '../../../src/data-quality/domain/derived-rules.js';
import { columnsOf, dimensionOf, expectationOf } from '../../../src/data-quality/domain/expectations.js';
import { faultsOf, overallOf, scoreOf, scoresOf } from '../../../src/data-quality/domain/scoring.js';
import { columnOf, findingOf } from './samples.js';

const share = fc.integer({ min: 0, max: 1_000_000 }).map((parts) => parts / 1_000_000);
const scores = fc.dictionary(fc.constantFrom(...dimensions), share);
const findings = fc.array(
  fc.record({ dimension: fc.constantFrom(...dimensions), score: share }).map(findingOf),
);

describe('scores', () => {
  it('are shares, of the dimensions that something was looked at in and no other', () => {
    fc.assert(
      fc.property(findings, (all) => {
        const found = scoresOf(all);
        expect(new Set(Object.keys(found))).toEqual(new Set(all.map(({ dimension }) => dimension)));
        for (const score of Object.values(found)) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('are those of the findings in any order, to a millionth', () => {
    fc.assert(
      fc.property(findings, (all) => {
        const [one, other] = [scoresOf(all), scoresOf(all.toReversed())];
        for (const dimension of dimensions) expect(one[dimension] ?? 0).toBeCloseTo(other[dimension] ?? 0, 5);
      }),
    );
  });

  it('lie between the worst and the best finding', () => {
    fc.assert(
      fc.property(fc.array(share, { minLength: 1 }), (shares) => {
        const { validity = -1 } = scoresOf(shares.map((score) => findingOf({ score })));
        expect(validity).toBeGreaterThanOrEqual(Math.min(...shares) - 2e-6);
        expect(validity).toBeLessThanOrEqual(Math.max(...shares) + 2e-6);
      }),
    );
  });

  it('come to 1 together exactly where each is 1', () => {
    fc.assert(
      fc.property(scores, (one) => {
        const values = Object.values(one);
        const isWhole = values.length > 0 && values.every((value) => value === 1);
        expect(overallOf(one) === 1).toBe(isWhole);
      }),
    );
  });

  it('rise together when one of them rises', () => {
    fc.assert(
      fc.property(scores, fc.constantFrom(...dimensions), (one, dimension) => {
        const better = { ...one, [dimension]: 1 };
        if (one[dimension] === undefined) return;
        expect(overallOf(better)).toBeGreaterThanOrEqual(overallOf(one));
      }),
    );
  });

  it.each([
    [{ completeness: 0, validity: 1 }, 0.5],
    [{ completeness: 1, timeliness: 0 }, 0.75],
    [{ uniqueness: 0, consistency: 1 }, 0.5],
    [{ completeness: 1, validity: 1, uniqueness: 1, consistency: 1, timeliness: 0 }, 10 / 11],
  ])('weigh %j: %f', (one, overall) => {
    expect(overallOf(one)).toBeCloseTo(overall, 5);
  });

  it('of values are 1 exactly where none is broken, and never below 0', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (checked, broken) => {
        const score = scoreOf(checked, broken);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score === 1).toBe(checked === 0 || broken === 0);
      }),
    );
  });
});

describe('what speaks against a data set', () => {
  it('is named for each dimension below half, and nothing is where all are good', () => {
    fc.assert(
      fc.property(scores, (one) => {
        const low = dimensions.filter((dimension) => (one[dimension] ?? 1) < 0.5);
        const overall = overallOf(one);
        const faults = faultsOf({ rows: 1, scores: one, overall });
        expect(faults).toHaveLength(low.length + (overall < 0.8 ? 1 : 0));
        for (const dimension of low) expect(faults.join(' ')).toContain(`Its ${dimension} is`);
      }),
    );
  });

  it('never says that what is too little is enough', () => {
    expect(faultsOf({ rows: 1, scores: { validity: 0.499_999 }, overall: 0.799_999 })).toEqual([
      'Its validity is 49.9 %, less than 50 %.',
      'Its overall score is 79.9 %, less than 80 %.',
    ]);
  });
});

const every: readonly [Rule, string, string[], string][] = [
  [{ kind: 'complete', column: 'a' }, 'completeness', ['a'], 'a has a value.'],
  [{ kind: 'type', column: 'a', type: 'integer' }, 'validity', ['a'], 'a is a whole number.'],
  [{ kind: 'type', column: 'a', type: 'number' }, 'validity', ['a'], 'a is a number.'],
  [{ kind: 'type', column: 'a', type: 'date' }, 'validity', ['a'], 'a is a date.'],
  [{ kind: 'type', column: 'a', type: 'boolean' }, 'validity', ['a'], 'a is a yes or a no.'],
  [{ kind: 'type', column: 'a', type: 'text' }, 'validity', ['a'], 'a is a text.'],
  [{ kind: 'range', column: 'a', least: 0 }, 'validity', ['a'], 'a lies at 0 or above.'],
  [{ kind: 'range', column: 'a', most: 9.5 }, 'validity', ['a'], 'a lies at 9.5 or below.'],
  [{ kind: 'range', column: 'a', least: -1, most: 1 }, 'validity', ['a'], 'a lies between -1 and 1.'],
  [{ kind: 'range', column: 'a' }, 'validity', ['a'], 'a lies anywhere.'],
  [{ kind: 'pattern', column: 'a', pattern: '[A-Z]+' }, 'validity', ['a'], 'a matches [A-Z]+.'],
  [{ kind: 'set', column: 'a', values: ['x', 'y'] }, 'validity', ['a'], 'a is x, y.'],
  [{ kind: 'set', column: 'a', values: [...'abcdefg'] }, 'validity', ['a'], 'a is one of 7 values.'],
  [{ kind: 'unique', columns: ['a', 'b'] }, 'uniqueness', ['a', 'b'], 'No two rows have the same a and b.'],
  [{ kind: 'ordered', lesser: 'a', greater: 'b' }, 'consistency', ['a', 'b'], 'a is no more than b.'],
  [{ kind: 'not-after', column: 'a', day: '2026-01-31' }, 'timeliness', ['a'], 'a is not after 2026-01-31.'],
  [
    { kind: 'fresh', column: 'a', day: '2026-01-31', days: 3 },
    'timeliness',
    ['a'],
    'The newest a is no more than 3 days before 2026-01-31.',
  ],
];

describe('a rule', () => {
  it.each(every)('%j', (one, dimension, columns, sentence) => {
    expect(rule.parse(one)).toEqual(one);
    expect([dimensionOf(one), columnsOf(one), expectationOf(one)]).toEqual([dimension, columns, sentence]);
  });

  it('is there for each dimension', () => {
    expect(new Set(every.map(([, dimension]) => dimension))).toEqual(new Set(dimensions));
  });

  it.each([
    { kind: 'complete', column: '' },
    { kind: 'set', column: 'a', values: [] },
    { kind: 'unique', columns: [] },
    { kind: 'pattern', column: 'a', pattern: '' },
    { kind: 'not-after', column: 'a', day: '31.1.2026' },
    { kind: 'fresh', column: 'a', day: '2026-01-31', days: -1 },
    { kind: 'lovely', column: 'a' },
  ])('that says nothing is none: %j', (one) => {
    expect(rule.safeParse(one).success).toBe(false);
  });
});

describe('rules that follow from the data', () => {
  const kinds = (rules: readonly Rule[]) => rules.map(({ kind }) => kind);

  it('ask each column for values, and those that are no texts for their type', () => {
    const columns = [columnOf('n'), columnOf('t', { type: 'text' })];
    expect(derivedRules(columns, 10, '2026-01-01')).toEqual([
      { kind: 'complete', column: 'n' },
      { kind: 'type', column: 'n', type: 'integer' },
      { kind: 'complete', column: 't' },
    ]);
  });

  it('ask nothing of the type of a column without values', () => {
    expect(kinds(derivedRules([columnOf('n', { missing: 10, distinct: 0 })], 10, '2026-01-01'))).toEqual([
      'complete',
    ]);
  });

  it.each(['id', 'ID', 'user_id', 'user-key', 'postal code', 'row.uuid'])('take %s for a key', (name) => {
    expect(kinds(derivedRules([columnOf(name)], 10, '2026-01-01'))).toContain('unique');
  });

  it.each(['idle', 'paid', 'valid', 'keyboard', 'identity', 'co2'])('take %s for no key', (name) => {
    expect(kinds(derivedRules([columnOf(name)], 10, '2026-01-01'))).not.toContain('unique');
  });

  it('take a column for no key where values are there many times, or there is but one', () => {
    expect(kinds(derivedRules([columnOf('id', { distinct: 9 })], 10, '2026-01-01'))).not.toContain('unique');
    expect(kinds(derivedRules([columnOf('id', { distinct: 1 })], 1, '2026-01-01'))).not.toContain('unique');
    expect(kinds(derivedRules([columnOf('id', { distinct: 98 })], 100, '2026-01-01'))).toContain('unique');
  });

  it.each([
    ['price_low', 'price_high'],
    ['Start Date', 'End Date'],
    ['from', 'to'],
    ['minimum.x', 'maximum.x'],
  ])('hold %s to be no more than %s', (lesser, greater) => {
    expect(derivedRules([columnOf(greater), columnOf(lesser)], 10, '2026-01-01')).toContainEqual({
      kind: 'ordered',
      lesser,
      greater,
    });
  });

  it('are about dates, keys, and pairs of columns, in this order', () => {
    const columns = [
      columnOf('user_id'),
      ...[columnOf('temp_min', { type: 'number' }), columnOf('temp_max')],
      ...[columnOf('start', { type: 'date' }), columnOf('End', { type: 'date' })],
      ...[columnOf('low', { type: 'text' }), columnOf('high', { type: 'number' })],
    ];
    const rules = derivedRules(columns, 10, '2026-01-01');
    expect(rules.filter(({ kind }) => kind !== 'complete' && kind !== 'type')).toEqual([
      { kind: 'unique', columns: ['user_id'] },
      { kind: 'not-after', column: 'start', day: '2026-01-01' },
      { kind: 'not-after', column: 'End', day: '2026-01-01' },
      { kind: 'ordered', lesser: 'temp_min', greater: 'temp_max' },
      { kind: 'ordered', lesser: 'start', greater: 'End' },
    ]);
  });

  it('compare no dates with numbers, nor texts with anything', () => {
    for (const type of ['date', 'text', 'boolean'] as const) {
      const rules = derivedRules([columnOf('from', { type }), columnOf('to')], 10, '2026-01-01');
      expect(kinds(rules)).not.toContain('ordered');
    }
  });
});
