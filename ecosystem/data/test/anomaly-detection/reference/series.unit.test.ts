import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import type { Observations } from '../../../src/anomaly-detection/domain/detector.js';
import { gridOf } from '../../../src/anomaly-detection/domain/series/grid.js';
import { movingMedian } from '../../../src/anomaly-detection/domain/series/moving-median.js';
import { findSeason, seasonOf } from '../../../src/anomaly-detection/domain/series/season.js';
import { seededRandom } from '../../../src/anomaly-detection/domain/statistics/random.js';
import { normal } from '../domain/tables.js';
import { naiveMedian, naiveMovingMedian } from './naive.js';

const detector = 'seasonal-window';
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2024, 0, 1);

/** A series with a value each `stepMs`. */
function series(values: readonly number[], stepMs = DAY): Observations {
  return {
    columns: [{ name: 'a', values: Float64Array.from(values) }],
    times: Float64Array.from(values, (_, place) => START + place * stepMs),
  };
}

function kept({ columns, times }: Observations, isKept: (place: number) => boolean): Observations {
  return {
    columns: columns.map(({ name, values }) => ({
      name,
      values: values.filter((_, place) => isKept(place)),
    })),
    ...(times === undefined ? {} : { times: times.filter((_, place) => isKept(place)) }),
  };
}

function wave(count: number, season: number, seed: number, noise = 0.3): number[] {
  return normal(count, seed).map(
    (value, place) => 10 * Math.sin((2 * Math.PI * place) / season) + noise * value,
  );
}

function rowsOf(
  observations: Observations,
  choice: { readonly season?: number | 'none'; readonly threshold?: number } = {},
): number[] {
  const { findings } = detect(observations, { detector, limit: 1_000, ...choice });
  return findings.map(({ row }) => row).toSorted((a, b) => a - b);
}

describe('the moving median', () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    fc.constant(Number.NaN),
  );

  it('is that of the definition, for short and long windows', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 400 }), fc.integer({ min: 0, max: 250 }), (values, half) => {
        expect([...movingMedian(Float64Array.from(values), 2 * half + 1)]).toEqual(
          naiveMovingMedian(values, 2 * half + 1),
        );
      }),
    );
  });

  it.each([
    ['rises', (place: number) => place],
    ['falls', (place: number) => -place],
    ['jumps from end to end', (place: number) => (place % 2 === 0 ? place : -place)],
    ['is missing half of the time', (place: number) => (place % 2 === 0 ? place : Number.NaN)],
    ['is the same everywhere', () => 3],
  ])('of what %s is that of the definition where windows hold hundreds of values', (_, valueAt) => {
    const values = Array.from({ length: 1_000 }, (__, place) => valueAt(place));
    expect([...movingMedian(Float64Array.from(values), 401)]).toEqual(naiveMovingMedian(values, 401));
  });
});

describe('seasons', () => {
  it.each([
    ['an hour of minutes', 60, MINUTE],
    ['a minute of seconds', 60, SECOND],
    ['a day of hours', 24, HOUR],
    ['a day of half hours', 48, HOUR / 2],
    ['a day of quarters of hours', 96, HOUR / 4],
    ['a week of days', 7, DAY],
    ['a week of shifts', 21, DAY / 3],
    ['a year of weeks', 52, 7 * DAY],
    ['a year of quarters', 4, 91.3125 * DAY],
  ])('of %s are found', (_, length, stepMs) => {
    expect(findSeason(Float64Array.from(wave(length * 8, length, 1)), stepMs)).toBe(length);
  });

  it('of months are found by the calendar', () => {
    const values = Float64Array.from(wave(120, 12, 2));
    const times = Float64Array.from(values, (_, month) => Date.UTC(2010, month, 1));
    const { stepMs } = gridOf(values, times);
    expect(findSeason(values, stepMs)).toBe(12);
  });

  it('of a day in a series of a week and a day are that which explains more', () => {
    const hours = 24 * 7 * 10;
    const day = wave(hours, 24, 3);
    const weekend = day.map((value, hour) => value + (Math.floor(hour / 24) % 7 > 4 ? 25 : 0));
    expect(findSeason(Float64Array.from(day), HOUR)).toBe(24);
    expect(findSeason(Float64Array.from(weekend), HOUR)).toBe(168);
  });

  it.each([
    ['are too few', wave(20, 7, 4).slice(0, 20), DAY],
    ['are of no calendar', wave(300, 11, 5), DAY],
    ['are noise', normal(300, 6), DAY],
    ['only rise', Array.from({ length: 300 }, (_, place) => place), DAY],
    ['walk at random', randomWalk(400, 7), DAY],
    ['are all the same', Array.from({ length: 300 }, () => 5), DAY],
    ['are all missing', Array.from({ length: 300 }, () => Number.NaN), DAY],
  ])('are none where values %s', (_, values, stepMs) => {
    const found = findSeason(Float64Array.from(values), stepMs);
    expect(found).toBe(0);
  });

  it('are found in the middle of a very long series, and not looked for in all of it', () => {
    const values = Float64Array.from(wave(400_000, 24, 8));
    expect(findSeason(values, HOUR)).toBe(24);
  });

  it('have the median of each of their places', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 20, maxLength: 200 }),
        fc.integer({ min: 2, max: 20 }),
        (values, length) => {
          const found = seasonOf(Float64Array.from(values), length);
          const wanted = Array.from({ length }, (_, phase) =>
            naiveMedian(values.filter((__, place) => place % length === phase)),
          );
          expect([...found]).toEqual(wanted);
        },
      ),
    );
  });

  it('that are long are smoothed over their neighbours, around their end too', () => {
    const length = 48;
    const values = Float64Array.from({ length: length * 3 }, (_, place) => (place % length === 0 ? 100 : 1));
    expect([...seasonOf(values, length)]).toEqual(Array.from({ length }, () => 1));
  });

  it('leave a place without any value open', () => {
    const values = Float64Array.from({ length: 40 }, (_, place) =>
      place % 4 === 1 ? Number.NaN : place % 4,
    );
    expect([...seasonOf(values, 4)]).toEqual([0, Number.NaN, 2, 3]);
  });

  it('of ten thousand places in a long series take no more than a look at each value', () => {
    const values = Float64Array.from(wave(100_000, 10_000, 9));
    expect(
      rowsOf(
        {
          columns: [{ name: 'a', values: values.with(56_789, 90) }],
          times: values.map((_, place) => START + place * SECOND),
        },
        { season: 10_000 },
      ),
    ).toContain(56_789);
  }, 60_000);
});

describe('what stands out', () => {
  it.each([
    ['hours of a day', 24, HOUR],
    ['days of a week', 7, DAY],
    ['minutes of an hour', 60, MINUTE],
  ])('among %s is what is usual for another time', (_, length, stepMs) => {
    const values = wave(length * 12, length, 10);
    const odd = length * 5 + Math.round(length / 4);
    const changed = values.with(odd, values[odd + Math.floor(length / 2)] ?? 0);
    expect(rowsOf(series(changed, stepMs))).toEqual([odd]);
  });

  it('is the same when values are moved and stretched', () => {
    const values = wave(140, 7, 11).with(70, 60).with(90, -60);
    const { scores } = detect(series(values), { detector });
    for (const [factor, shift] of [
      [8, 0],
      [-1, 0],
      [1, 4_096],
      [0.125, -512],
    ] as const) {
      const other = detect(series(values.map((value) => value * factor + shift)), { detector }).scores;
      expect([...other]).toEqual([...scores].map((score) => expect.closeTo(score, 6)));
    }
  });

  it('is the same at another time', () => {
    const values = wave(140, 7, 12).with(70, 60);
    const given = series(values);
    const later = { ...given, times: (given.times ?? new Float64Array()).map((time) => time + 400 * DAY) };
    expect(detect(later, { detector }).scores).toEqual(detect(given, { detector }).scores);
  });

  it('is found at both ends of a series', () => {
    const values = wave(210, 7, 13);
    expect(rowsOf(series(values.with(0, 70).with(209, -70)))).toEqual([0, 209]);
  });

  // Without taking the line away first, the median of a window is the value in its middle, and half of such series stood out.
  it.each([-30, -3, -0.5, 0.1, 0.5, 3, 30])(
    'is not what rises by %d a day, in a week and at the ends',
    (slope) => {
      for (const seed of [14, 15, 16]) {
        const values = wave(210, 7, seed).map((value, place) => value + place * slope);
        expect(rowsOf(series(values))).toEqual([]);
        expect(rowsOf(series(values.with(100, (values[100] ?? 0) + 40)))).toEqual([100]);
      }
    },
  );

  it('is not what rises without a season either', () => {
    const values = normal(300, 17).map((value, place) => value / 10 + place * 5);
    expect(rowsOf(series(values))).toEqual([]);
    expect(rowsOf(series(values.with(150, 600)))).toEqual([150]);
  });

  // Beyond its ends, a series was taken to go on as it rises from one window to the next: 12 values of each of these stood out.
  it.each([1, -1])('is not what falls at first and rises later, nor the other way round: %d', (sign) => {
    const alarms = Array.from({ length: 30 }, (_, seed) => {
      const values = normal(150, seed).map((value, place) => value + sign * Math.abs(place - 25));
      const odd = series(values.with(0, (values[0] ?? 0) + 10).with(149, (values[149] ?? 0) - 10));
      expect(rowsOf(odd)).toEqual(expect.arrayContaining([0, 149]));
      return rowsOf(series(values)).length;
    });
    expect(alarms.reduce((sum, count) => sum + count, 0)).toBeLessThan(30);
  });

  it('is a missing beat: a day on which nothing was sold', () => {
    const values = wave(140, 7, 15, 0.2).map((value) => value + 100);
    expect(rowsOf(series(values.with(77, 0)))).toEqual([77]);
  });

  it('is found though a third of the days near by are wrong', () => {
    const values = wave(210, 7, 16);
    const wrong = [100, 103, 106, 109, 112, 115];
    expect(
      rowsOf(series(values.map((value, place) => (wrong.includes(place) ? value + 60 : value)))),
    ).toEqual(wrong);
  });

  it('is less, the higher the threshold', () => {
    const values = series(wave(300, 7, 17, 1).with(50, 20).with(60, 30).with(70, 60));
    const counts = [2, 4, 8, 20, 1_000].map((threshold) => rowsOf(values, { threshold }).length);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
    expect(counts.at(-1)).toBe(0);
  });
});

describe('gaps in time', () => {
  const values = wave(24 * 20, 24, 18);
  const odd = 24 * 10 + 6;
  const changed = series(values.with(odd, -10), HOUR);

  it.each([
    ['a day is', (place: number) => place < 100 || place >= 124],
    ['each seventh hour is', (place: number) => place % 7 !== 3],
    [
      'hours at random are',
      (() => {
        const random = seededRandom(4);
        const drawn = values.map(() => random() > 0.2);
        return (place: number) => drawn[place] === true || place === odd;
      })(),
    ],
  ])('do not shift the season where %s missing', (_, isKept) => {
    const given = kept(changed, isKept);
    const { notes } = detect(given, { detector });
    expect(notes).toEqual(['a has a season of 24 rows.']);
    const place = [...values.keys()].filter(isKept).indexOf(odd);
    expect(rowsOf(given)).toEqual([place]);
  });

  it('of every night leave nothing to be expected there, and the odd hour is still that which stands out most', () => {
    const isDay = (place: number) => place % 24 > 4;
    const { findings, notes } = detect(kept(changed, isDay), { detector });
    expect(notes).toEqual(['a has a season of 24 rows.']);
    expect(findings[0]?.row).toBe([...values.keys()].filter(isDay).indexOf(odd));
  });

  it('of years do not make a place for each hour between', () => {
    const times = Float64Array.from(
      values,
      (_, place) => START + place * HOUR + (place > 200 ? 50 * 365 * DAY : 0),
    );
    const { values: places } = gridOf(Float64Array.from(values), times);
    expect(places).toHaveLength(values.length);
  });

  it('of more steps than a whole number of 32 bits holds are no places that wrap around', () => {
    const times = Float64Array.of(0, 1, 2, 3, 2 ** 32 + 4, 2 ** 32 + 5, 2 ** 32 + 6);
    expect([...gridOf(times, times).places]).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('missing values are no findings, and leave the rest as it is', () => {
    const holes = values.map((value, place) => (place % 50 === 7 ? Number.NaN : value)).with(odd, -10);
    const { scores, judged } = detect(series(holes, HOUR), { detector });
    expect(judged).toBe(holes.filter((value) => !Number.isNaN(value)).length);
    expect(rowsOf(series(holes, HOUR))).toEqual([odd]);
    expect(scores[7]).toBeNaN();
  });
});

describe('the clock is changed', () => {
  /** Midnights in Paris in UTC: an hour earlier from the end of March to the end of October. */
  const midnights = Array.from({ length: 366 }, (_, day) => {
    const isSummer = day >= 90 && day < 300;
    return START + day * DAY - (isSummer ? 2 : 1) * HOUR;
  });

  it('and days of 23 and 25 hours are a place each', () => {
    const times = Float64Array.from(midnights);
    const { places, stepMs } = gridOf(times, times);
    expect(stepMs).toBe(DAY);
    expect([...places]).toEqual([...midnights.keys()]);
  });

  it('and the week goes on', () => {
    const values = wave(366, 7, 19).with(200, 40);
    const given = {
      columns: [{ name: 'a', values: Float64Array.from(values) }],
      times: Float64Array.from(midnights),
    };
    expect(detect(given, { detector }).notes).toEqual(['a has a season of 7 rows.']);
    expect(rowsOf(given)).toEqual([200]);
  });

  it('and the hour that is left out in spring is a gap', () => {
    // Read without a zone, 02:00 of 31 March does not exist.
    const values = wave(24 * 120, 24, 21);
    const given = kept(series(values.with(2_500, 45), HOUR), (hour) => hour !== 90 * 24 + 2);
    expect(detect(given, { detector }).notes).toEqual(['a has a season of 24 rows.']);
    expect(rowsOf(given)).toEqual([2_499]);
  });
});

describe('settings', () => {
  const values = wave(140, 7, 21).with(70, 60);

  it.each([5, 31, 91])('a window of %i rows finds it too', (window) => {
    const { findings } = detect(series(values), { detector, window, season: 7 });
    expect(findings[0]?.row).toBe(70);
  });

  it('no season makes what repeats stand out no more than noise of that size', () => {
    expect(rowsOf(series(wave(140, 7, 22)), { season: 'none' })).toEqual([]);
  });

  it('a season longer than the series is none that could be told', () => {
    const { scores } = detect(series(values), { detector, season: 10_000 });
    expect(scores.every(Number.isFinite)).toBe(true);
  });
});

function randomWalk(count: number, seed: number): number[] {
  let place = 0;
  return normal(count, seed).map((step) => {
    place += step;
    return place;
  });
}
