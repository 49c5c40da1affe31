import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import type { Observations } from '../../../src/anomaly-detection/domain/detector.js';
import { gridOf } from '../../../src/anomaly-detection/domain/series/grid.js';
import { movingMedian } from '../../../src/anomaly-detection/domain/series/moving-median.js';
import { findSeason } from '../../../src/anomaly-detection/domain/series/season.js';
import { median } from '../../../src/anomaly-detection/domain/statistics/order.js';
import { seededRandom } from '../../../src/anomaly-detection/domain/statistics/random.js';
import { precisionAndRecall } from '../quality/labelled.js';
import { daily, normal, table } from './tables.js';

const DAY_MS = 86_400_000;
const noise = normal(200, 3);
const weekly = noise.map((value, day) => value / 5 + 10 * Math.sin((day * 2 * Math.PI) / 7) + day / 10);

describe('the seasonal window', () => {
  it('finds what is usual for another day of the week, and says what was to be expected', () => {
    const values = weekly.with(100, weekly[102] ?? 0);
    const { findings, notes } = detect(daily(values), { detector: 'seasonal-window' });
    expect(notes).toEqual(['a has a season of 7 rows.']);
    expect(findings.map(({ row }) => row)).toEqual([100]);
    expect(findings[0]?.reason).toMatch(
      /^a was -?[\d.]+ on 2024-04-10, where -?[\d.]+ was to be expected: \d+(\.\d+)? deviations away\.$/,
    );
    expect(detect(table(values), { detector: 'robust-z-score' }).outlying).toBe(0);
  });

  it('is not misled by a trend, and by a step no further than where it is', () => {
    const step = noise.map((value, day) => value + (day < 100 ? 0 : 500));
    const { findings } = detect(daily(step), { detector: 'seasonal-window', season: 'none' });
    expect(findings.filter(({ row }) => row < 99 || row > 100)).toEqual([]);
    expect(detect(daily(weekly), { detector: 'seasonal-window' }).outlying).toBe(0);
  });

  it('finds several that stand side by side', () => {
    const values = weekly.with(50, 90).with(51, 95).with(52, 99);
    const { findings } = detect(daily(values), { detector: 'seasonal-window' });
    expect(findings.map(({ row }) => row).sort()).toEqual([50, 51, 52]);
  });

  it('keeps the season where rows are missing', () => {
    const { columns, times = new Float64Array() } = daily(weekly.with(100, 40));
    const kept = [...weekly.keys()].filter((day) => day % 11 !== 3);
    const observations: Observations = {
      columns: columns.map(({ name, values }) => ({
        name,
        values: Float64Array.from(kept, (day) => values[day] ?? 0),
      })),
      times: Float64Array.from(kept, (day) => times[day] ?? 0),
    };
    const { findings, notes } = detect(observations, { detector: 'seasonal-window' });
    expect(notes).toEqual(['a has a season of 7 rows.']);
    expect(findings.map(({ row }) => row)).toEqual([kept.indexOf(100)]);
  });

  it('gives no score to what is missing, and takes what is infinite for a finding', () => {
    const values = weekly.with(20, Number.NaN).with(30, Number.NEGATIVE_INFINITY);
    const { scores, findings } = detect(daily(values), { detector: 'seasonal-window' });
    expect(scores[20]).toBeNaN();
    expect(findings).toMatchObject([{ row: 30, reason: 'a was infinitely low on 2024-01-31.' }]);
  });

  it('finds nothing where values are all the same, and says what is no series', () => {
    expect(detect(daily(noise.map(() => 4)), { detector: 'seasonal-window' }).outlying).toBe(0);
    expect(detect(daily([1, 2, 3]), { detector: 'seasonal-window' }).notes).toEqual([
      'a has 3 values: too few for a series.',
    ]);
    expect(detect(table(weekly), { detector: 'seasonal-window' }).notes).toEqual([
      'There is no series: a column of numbers, and one of times.',
    ]);
  });

  it('takes one of some thousand values for unusual where there is nothing but noise', () => {
    const alarms = Array.from({ length: 100 }, (_, seed) => {
      const values = normal(200, seed).map((value, day) => value + 100 * Math.sin((day * 2 * Math.PI) / 7));
      return detect(daily(values), { detector: 'seasonal-window' }).outlying;
    });
    expect(alarms.reduce((sum, count) => sum + count, 0) / 20_000).toBeLessThan(1 / 2_000);
  });

  it('takes the season that it is told', () => {
    const { notes } = detect(daily(weekly), { detector: 'seasonal-window', season: 14 });
    expect(notes).toEqual(['a has a season of 14 rows.']);
  });
});

describe('on the temperatures of Seattle from 2012 to 2015, 14 of them moved by three standard deviations', () => {
  const days = readFileSync(new URL('../quality/fixtures/seattle-temperatures.csv', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

  it.each([
    ['highest of a day', 1],
    ['lowest of a day', 2],
  ])('precision and recall of the %s are those that the README tells', (title, field) => {
    const given = Float64Array.from(days, (day) => Number(day[field]));
    const mean = given.reduce((sum, value) => sum + value, 0) / given.length;
    const deviation = Math.sqrt(given.reduce((sum, value) => sum + (value - mean) ** 2, 0) / given.length);
    const random = seededRandom(2_012);
    const moved = new Map<number, number>();
    while (moved.size < 14)
      moved.set(Math.floor(random() * given.length), (random() < 0.5 ? -3 : 3) * deviation);
    const values = given.map((value, day) => value + (moved.get(day) ?? 0));
    const times = Float64Array.from(days, ([date = '']) => Date.parse(date));
    const labels = [...values.keys()].map((day) => moved.has(day));
    const percent = (share: number): string => `${Math.round(share * 100)} %`;
    const cells = (['seasonal-window', 'robust-z-score'] as const).flatMap((detector) => {
      const found = detect({ columns: [{ name: 'temperature', values }], times }, { detector });
      const { precision, recall } = precisionAndRecall(found, labels);
      return [percent(precision), percent(recall)];
    });
    expect(readme).toContain(`| ${title} | ${cells.join(' | ')} |`);
  });
});

it('the price of a share that falls for two years and then rises is not odd where it begins', () => {
  const file = new URL('../data/stocks.csv', import.meta.resolve('vega-datasets'));
  const months = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('AMZN'))
    .map((line) => line.split(','));
  const found = detect(
    {
      columns: [{ name: 'price', values: Float64Array.from(months, ([, , price]) => Number(price)) }],
      times: Float64Array.from(months, ([, day]) => Date.parse(`${day} UTC`)),
    },
    { detector: 'seasonal-window' },
  );
  expect([found.judged, found.findings]).toEqual([123, []]);
});

describe('the moving median', () => {
  it('is the median of the values around each place', () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.integer({ min: 0, max: 10 }), (values, half) => {
        const wanted = values.map((_, place) =>
          median(
            Float64Array.from(
              values.slice(Math.max(0, place - half), place + half + 1).filter((one) => !Number.isNaN(one)),
            ),
          ),
        );
        expect([...movingMedian(Float64Array.from(values), 2 * half + 1)]).toEqual(wanted);
      }),
    );
  });
});

describe('the grid', () => {
  const at = (...days: readonly number[]) => Float64Array.from(days, (day) => day * DAY_MS);

  it('leaves room for rows that are missing', () => {
    const { values, places, stepMs } = gridOf(Float64Array.of(1, 2, 3, 4), at(0, 1, 3, 4));
    expect([[...values], [...places], stepMs]).toEqual([[1, 2, Number.NaN, 3, 4], [0, 1, 3, 4], DAY_MS]);
  });

  it('counts months by the calendar', () => {
    const times = Float64Array.from({ length: 30 }, (_, month) => Date.UTC(2020, month, 1)).filter(
      (_, month) => month !== 7,
    );
    const { places } = gridOf(times, times);
    expect([places[6], places[7], places.at(-1)]).toEqual([6, 8, 29]);
  });

  it('takes each row for a place where times are far apart or too close', () => {
    expect([...gridOf(Float64Array.of(1, 2, 3), at(0, 1, 1_000)).places]).toEqual([0, 1, 2]);
    expect([...gridOf(Float64Array.of(1, 2, 3, 4), at(0, 1, 1.1, 2)).places]).toEqual([0, 1, 2, 3]);
    expect([...gridOf(Float64Array.of(1, 2), at(0, 0)).places]).toEqual([0, 1]);
  });
});

it('a season is found where there is one of those of a calendar, and nowhere else', () => {
  const hourly = Float64Array.from({ length: 24 * 30 }, (_, hour) => Math.sin((hour * 2 * Math.PI) / 24));
  expect(findSeason(hourly, 3_600_000)).toBe(24);
  expect(findSeason(Float64Array.from(noise), 3_600_000)).toBe(0);
  expect(findSeason(hourly, Number.NaN)).toBe(0);
});
