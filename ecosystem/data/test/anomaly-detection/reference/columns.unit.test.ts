import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import {
  ascending,
  deviationOf,
  MAD_TO_DEVIATION,
  MEAN_AD_TO_DEVIATION,
  meanOf,
  median,
  quantile,
  robustScaleOf,
} from '../../../src/anomaly-detection/domain/statistics/order.js';
import { number, table } from '../domain/tables.js';
import { naiveMedian, naiveQuantile, naiveRangeScores, naiveRobustZScores, naiveZScores } from './naive.js';

/** Values that are not all the same, enough for a column to be judged. */
const values = fc.array(number, { minLength: 5, maxLength: 80 }).filter((list) => new Set(list).size > 1);

const closeTo = (wanted: number): number =>
  expect.closeTo(wanted, 6 - Math.max(0, Math.floor(Math.log10(Math.abs(wanted) + 1))));

describe('scores are those of the definitions', () => {
  it('of the z-score', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { scores } = detect(table(list), { detector: 'z-score' });
        expect([...scores]).toEqual(naiveZScores(list).map(closeTo));
      }),
    );
  });

  it('of the robust z-score, with the mean deviation where half of the values are the same', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { scores } = detect(table(list), { detector: 'robust-z-score' });
        expect([...scores]).toEqual(naiveRobustZScores(list).map(closeTo));
      }),
    );
  });

  it('of the interquartile range, where there is one', () => {
    const spread = values.filter((list) => naiveQuantile(list, 0.75) - naiveQuantile(list, 0.25) > 1e-6);
    fc.assert(
      fc.property(spread, (list) => {
        const { scores } = detect(table(list), { detector: 'interquartile-range' });
        expect([...scores]).toEqual(naiveRangeScores(list).map(closeTo));
      }),
    );
  });
});

describe('the median', () => {
  const any = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
  );

  it('is that of the sorted values, and leaves them where they are', () => {
    fc.assert(
      fc.property(fc.array(any, { minLength: 1, maxLength: 200 }), (list) => {
        const given = Float64Array.from(list);
        expect(median(given)).toBeCloseTo(naiveMedian(list), 9);
        expect([...given]).toEqual(list);
      }),
    );
  });

  it.each([
    ['ascending', (place: number) => place],
    ['descending', (place: number) => -place],
    ['one value', () => 7],
    ['two values', (place: number) => place % 2],
    ['a pipe organ', (place: number, size: number) => Math.min(place, size - place)],
    ['a saw', (place: number) => place % 100],
  ])('of many values that are %s takes no more than a moment', (_, valueAt) => {
    for (const size of [99_999, 100_000]) {
      const list = Float64Array.from({ length: size }, (__, place) => valueAt(place, size));
      expect(median(list)).toBe(quantile(ascending(list), 0.5));
    }
  });

  it('of an order that misleads every choice of a pivot is right too', () => {
    // What the median of three takes for the middle is the second least of what is left (Musser 1997).
    const size = 4_096;
    const list = new Float64Array(size);
    for (let place = 0; place < size / 2; place += 1) {
      list[place] = place % 2 === 0 ? place + 1 : size / 2 + place + (place % 2);
      list[size / 2 + place] = 2 * (place + 1);
    }
    expect(median(list)).toBe(quantile(ascending(list), 0.5));
  });

  it('of nothing is no number, of one value that value, of two their middle', () => {
    expect([[], [3], [3, 8]].map((list) => median(Float64Array.from(list)))).toEqual([Number.NaN, 3, 5.5]);
    expect(median(Float64Array.of(1e308, 1.5e308))).toBe(1.25e308);
  });
});

describe('quantiles', () => {
  it('are those that R and NumPy tell', () => {
    const ten = Float64Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect([0, 0.1, 0.25, 0.5, 0.75, 1].map((share) => quantile(ten, share))).toEqual([
      1, 1.9, 3.25, 5.5, 7.75, 10,
    ]);
  });

  it('lie between the values, and are those of the definition', () => {
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 60 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (list, share) => {
          const found = quantile(ascending(Float64Array.from(list)), share);
          expect(found).toBeCloseTo(naiveQuantile(list, share), 6);
          expect(found).toBeGreaterThanOrEqual(Math.min(...list) - 1e-9);
          expect(found).toBeLessThanOrEqual(Math.max(...list) + 1e-9);
        },
      ),
    );
  });
});

describe('the robust scale', () => {
  it('has the factors of the normal distribution', () => {
    // 1 / (the inverse of the error function at 1/2, times the root of 2), and the root of half of pi.
    expect(MAD_TO_DEVIATION).toBeCloseTo(1 / 0.674_489_750_196_081_7, 12);
    expect(MEAN_AD_TO_DEVIATION).toBeCloseTo(Math.sqrt(Math.PI / 2), 12);
  });

  it('does not move while fewer than half of the values go astray', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.double({ min: 1e3, max: 1e9, noNaN: true }), (wrong, far) => {
        const list = Float64Array.from({ length: 21 }, (_, place) => (place < wrong ? far : place));
        const { median: middle, deviation } = robustScaleOf(list);
        expect(middle).toBeLessThanOrEqual(20);
        expect(deviation).toBeLessThanOrEqual(20 * MAD_TO_DEVIATION);
      }),
    );
  });

  it('says when it had to take the mean, and is 0 only of equal values', () => {
    expect(robustScaleOf(Float64Array.of(1, 1, 1, 5))).toEqual({
      median: 1,
      deviation: MEAN_AD_TO_DEVIATION,
      isMean: true,
    });
    expect(robustScaleOf(Float64Array.of(4, 4, 4))).toEqual({ median: 4, deviation: 0, isMean: false });
  });
});

it('the deviation of equal values is 0 whatever their sum rounds to', () => {
  const same = new Float64Array(1_000).fill(0.1);
  expect(deviationOf(same, meanOf(same))).toBe(0);
  expect(deviationOf(Float64Array.of(1, 3), 2)).toBeCloseTo(Math.SQRT2, 12);
});

describe('by hand', () => {
  const given = [2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3];
  // Mean 3.54, squares 55.744; median 2.45, distances from it 0.05 0.05 0.15 0.15 0.15 0.15 0.35 0.35 5.75 5.85.
  it('the z-score does not see them', () => {
    const { scores, outlying } = detect(table(given), { detector: 'z-score' });
    expect(scores[9]).toBeCloseTo(4.76 / Math.sqrt(55.744 / 9), 9);
    expect(outlying).toBe(0);
  });

  it('the robust z-score does', () => {
    const { scores, findings } = detect(table(given), { detector: 'robust-z-score' });
    expect(scores[9]).toBeCloseTo((0.674_489_75 * 5.85) / 0.15, 6);
    expect(findings.map(({ row }) => row)).toEqual([9, 8]);
  });

  it('so does the interquartile range: quartiles 2.3 and 2.6', () => {
    const { scores, findings } = detect(table(given), { detector: 'interquartile-range' });
    expect(scores[8]).toBeCloseTo((8.2 - 2.6) / 0.3, 6);
    expect(findings.map(({ row }) => row)).toEqual([9, 8]);
  });
});

it('a z-score never exceeds (n - 1) / sqrt(n), as Shiffler 1988 shows', () => {
  fc.assert(
    fc.property(values, (list) => {
      const { scores } = detect(table(list), { detector: 'z-score' });
      expect(Math.max(...scores)).toBeLessThanOrEqual((list.length - 1) / Math.sqrt(list.length) + 1e-9);
    }),
  );
});
