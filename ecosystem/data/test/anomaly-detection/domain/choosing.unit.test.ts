import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scaleOf } from '../../../src/anomaly-detection/domain/columns/scale.js';
import { type ColumnProfile, planOf, tellable } from '../../../src/anomaly-detection/domain/plan.js';
import { findSeries } from '../../../src/anomaly-detection/domain/series/series.js';
import { checkSettings } from '../../../src/anomaly-detection/domain/settings.js';
import { severityOf } from '../../../src/anomaly-detection/domain/severity.js';
import { evenSample, isMostlyOneValue } from '../../../src/anomaly-detection/domain/shape.js';
import { normal } from './tables.js';

const column = (name: string, rest: Partial<ColumnProfile> = {}): ColumnProfile => ({
  name,
  type: 'number',
  missing: 0,
  distinct: 90,
  ...rest,
});

describe('the plan', () => {
  it.each([
    ['numbers', column('a'), true],
    ['whole numbers that come again', column('a', { type: 'integer', distinct: 60 }), true],
    ['whole numbers that are all different', column('a', { type: 'integer', distinct: 100 }), true],
    ['numbers of customers', column('customer_id', { type: 'integer', distinct: 40 }), false],
    ['fractions that are all different', column('a', { distinct: 100 }), true],
    ['a few codes', column('a', { type: 'integer', distinct: 10 }), false],
    ['a few values in a column that is almost empty', column('a', { missing: 90, distinct: 8 }), true],
    ['too few values', column('a', { missing: 93, distinct: 7 }), false],
    ['texts', column('a', { type: 'text' }), false],
    ['a name that is too long', column('a'.repeat(201)), false],
    ['a name that no event can carry', column('a\0'), false],
  ])('takes %s for a measure: %#', (_, profile, isMeasure) => {
    const { measures } = planOf({ rows: 100, columns: [profile] });
    expect(measures).toEqual(isMeasure ? [profile.name] : []);
  });

  it('says what it leaves out', () => {
    const columns = [column('id', { type: 'integer', distinct: 100 }), column('x\uD800'), column('a')];
    expect(planOf({ rows: 100, columns }).notes).toEqual([
      'Columns with names of more than 200 characters, or with such as are no text, were not looked at.',
      'Not measured, since they look like codes or numbers of rows: id.',
    ]);
    const many = planOf({
      rows: 100,
      columns: Array.from({ length: 60 }, (__, index) => column(`c${index}`)),
    });
    expect([many.measures.length, many.notes]).toEqual([
      50,
      ['Only the first 50 columns of numbers were looked at.'],
    ]);
    expect(planOf({ rows: 7, columns: [column('a')] }).measures).toEqual([]);
  });

  it('finds the column of times, and those that may tell series apart', () => {
    const columns = [
      column('late', { type: 'date', missing: 6 }),
      column('day', { type: 'date', missing: 5 }),
      column('shop', { type: 'text', distinct: 12 }),
      column('town', { type: 'text', distinct: 3 }),
      column('customer', { type: 'text', distinct: 51 }),
      column('colour', { type: 'text', distinct: 4, missing: 1 }),
    ];
    const { time, groups } = planOf({ rows: 100, columns });
    expect([time, groups]).toEqual(['day', ['town', 'shop']]);
  });

  it('makes of any text one that an event can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.nat(300), (text, cut) => {
        const told = tellable(`${text.slice(0, cut)}\uD83D${text.slice(cut)}\0`);
        expect(told.length).toBeLessThanOrEqual(200);
        expect(told).not.toMatch(/[\0\p{Surrogate}]/u);
      }),
    );
  });
});

describe('the scale', () => {
  const spread = normal(500, 4);

  it('is of logarithms where values grow by factors', () => {
    expect(scaleOf(Float64Array.from(spread, (value) => 10 ** value))).toBe('log');
    expect(scaleOf(Float64Array.from([...spread.map((value) => 10 ** value), 0, 0]))).toBe('log');
  });

  it.each([
    ['are about normal', spread.map((value) => value + 100)],
    ['are below 0 too', [...spread.map((value) => 10 ** value), -1]],
    ['are often 0', spread.map((value, row) => (row % 10 === 0 ? 0 : 10 ** value))],
    ['lie to the left', spread.map((value) => 1e9 - 10 ** value)],
    ['are few', [1, 10, 100]],
  ])('is linear where values %s', (_, values) => {
    expect(scaleOf(Float64Array.from(values))).toBe('linear');
  });
});

it('more than half of the values are one and the same, or are not', () => {
  const mostly = (...values: readonly number[]) => isMostlyOneValue(Float64Array.from(values));
  expect([mostly(0, 0, 0, 1, 2), mostly(3, 1, 3, 2, 3, 3), mostly(5)]).toEqual([true, true, true]);
  expect([mostly(0, 0, 1, 2), mostly(1, 2, 3), mostly(), mostly(Number.NaN)]).toEqual([
    false,
    false,
    false,
    false,
  ]);
});

describe('series', () => {
  it('are put in the order of time, without rows that have none', () => {
    expect(findSeries(Float64Array.of(30, Number.NaN, 10, 20), [])).toEqual([
      { name: undefined, rows: Int32Array.of(2, 3, 0) },
    ]);
  });

  it('are told apart by the first column that does it', () => {
    const times = Float64Array.of(1, 1, 2, 2);
    const colours = { texts: ['red', 'red', 'blue', 'blue'] };
    const shops = { texts: ['b', 'a', 'b', 'a'] };
    expect(findSeries(times, [colours])).toBeUndefined();
    expect(findSeries(times, [colours, shops])).toEqual([
      { name: 'a', rows: Int32Array.of(1, 3) },
      { name: 'b', rows: Int32Array.of(0, 2) },
    ]);
  });

  it('are none of fewer than two rows', () => {
    expect(findSeries(Float64Array.of(1), [])).toBeUndefined();
    expect(findSeries(Float64Array.of(1, 1), [{ texts: ['a', 'b'] }])).toBeUndefined();
  });
});

it('a sample is of rows at even distances', () => {
  expect(evenSample(5, 5)).toBeUndefined();
  expect([...(evenSample(10, 4) ?? [])]).toEqual([0, 2, 5, 7]);
});

it.each([
  [[1], 'low'],
  [[2.5], 'medium'],
  [[1, 1], 'medium'],
  [[5], 'high'],
  [[1, 5, 2], 'high'],
  [[4, 9], 'critical'],
  [[Number.POSITIVE_INFINITY], 'critical'],
] as const)('what is %j degrees beyond thresholds is %s', (degrees, severity) => {
  expect(severityOf(degrees)).toBe(severity);
});

describe('settings', () => {
  it('have defaults', () => {
    expect(checkSettings({ detector: 'isolation-forest' })).toEqual({
      detector: 'isolation-forest',
      threshold: 0.55,
      maxShare: 1,
      minDeviations: 0,
      trees: 200,
      sampleSize: 256,
      seed: 20_081_215,
      limit: 50,
    });
  });

  it.each([
    [{ detector: 'z-score', threshold: 0 }, 'threshold: '],
    [{ detector: 'z-score', threshold: Number.NaN }, 'threshold: '],
    [{ detector: 'z-score', scale: 'square' }, 'scale: '],
    [{ detector: 'isolation-forest', sampleSize: 1 }, 'sampleSize: '],
    [{ detector: 'isolation-forest', threshold: 0.5 }, 'threshold: '],
    [{ detector: 'isolation-forest', seed: -1 }, 'seed: '],
    [{ detector: 'local-outlier-factor', neighbours: 0 }, 'neighbours: '],
    [{ detector: 'seasonal-window', season: 1 }, 'season: '],
    [{ detector: 'seasonal-window', windw: 9 }, 'windw'],
  ] as const)('%j are refused with the place of the fault', (settings, words) => {
    expect(() => checkSettings(settings)).toThrow(
      expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID', message: expect.stringContaining(words) }),
    );
  });
});
