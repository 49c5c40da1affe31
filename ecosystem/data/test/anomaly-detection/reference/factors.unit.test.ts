import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import { seededRandom } from '../../../src/anomaly-detection/domain/statistics/random.js';
import { localOutlierFactors } from '../../../src/anomaly-detection/domain/tables/local-density.js';
import { normal, table } from '../domain/tables.js';
import { naiveFactors } from './naive.js';

const detector = 'local-outlier-factor';

/** Points of the same width, some of them whole numbers, so that distances are often equal; none twice. */
const distinctPoints = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.uniqueArray(
    fc.array(
      fc.oneof(
        fc.integer({ min: -4, max: 4 }),
        fc
          .double({ min: -4, max: 4, noNaN: true, minExcluded: true })
          .map((value) => Math.round(value * 1e6) / 1e6),
      ),
      { minLength: width, maxLength: width },
    ),
    { minLength: 6, maxLength: 60, selector: (point) => point.join() },
  ),
);

function factors(points: readonly (readonly number[])[], k: number): Float64Array {
  const width = points[0]?.length ?? 0;
  return localOutlierFactors({ values: Float64Array.from(points.flat()), width }, k, undefined);
}

function expectEach(found: Float64Array, wanted: readonly number[], share: number): void {
  wanted.forEach((factor, row) => {
    expect(Math.abs((found[row] ?? Number.NaN) - factor)).toBeLessThanOrEqual(share * Math.max(1, factor));
  });
  expect(found).toHaveLength(wanted.length);
}

describe('factors', () => {
  it('are those of the definitions, with ties', () => {
    fc.assert(
      fc.property(distinctPoints, fc.integer({ min: 2, max: 8 }), (points, wanted) => {
        const k = Math.min(wanted, points.length - 1);
        // Distances of any numbers differ in their last digits by the order of sums; those of eighths do not.
        const whole = points.map((point) => point.map((value) => Math.round(value * 8) / 8));
        const different = [...new Map(whole.map((point) => [point.join(), point])).values()];
        fc.pre(different.length > k);
        expectEach(factors(different, k), naiveFactors(different, k), 1e-6);
      }),
      { numRuns: 150 },
    );
  });

  it.each([1, 2, 3, 7, 20])('of many points in %i columns are those of the definitions', (width) => {
    const columns = Array.from({ length: width }, (_, seed) => normal(500, seed + 10));
    const points = Array.from({ length: 500 }, (_, row) => columns.map((column) => column[row] ?? 0));
    expectEach(factors(points, 10), naiveFactors(points, 10), 1e-6);
  });

  it('do not mind in which order columns stand, nor where the points lie', () => {
    fc.assert(
      fc.property(
        distinctPoints,
        fc.constantFrom(-1_024, 64),
        fc.constantFrom(0.5, 4),
        (points, shift, factor) => {
          const whole = points.map((point) => point.map(Math.round));
          const plain = factors(whole, 3);
          expectEach(
            factors(
              whole.map((point) => point.toReversed()),
              3,
            ),
            [...plain],
            1e-6,
          );
          const moved = whole.map((point) => point.map((value) => value * factor + shift));
          expectEach(factors(moved, 3), [...plain], 1e-6);
        },
      ),
    );
  });
});

describe('points that lie on each other', () => {
  it('have a factor of 1 where there are more of them than neighbours, as the limit of definition 7 is', () => {
    const pile = Array.from({ length: 30 }, () => [1, 1]);
    const found = factors([...pile, [5, 5]], 5);
    expect([...found.slice(0, 30)]).toEqual(pile.map(() => expect.closeTo(1, 9)));
    expect(found[30]).toBeGreaterThan(1e6);
    expect(Number.isFinite(found[30])).toBe(true);
  });

  it('count as many neighbours as there are of them', () => {
    // Three at 0 and one at 3: with two neighbours, all that the one has is the pile.
    const naive = naiveFactors([[0], [0], [0], [3], [4], [5]], 3);
    const found = factors([[0], [0], [0], [3], [4], [5]], 3);
    expectEach(found, naive, 1e-6);
  });

  it('are as the definitions have it as long as densities are finite', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 12, maxLength: 40 }), (values) => {
        const most = Math.max(
          ...Array.from({ length: 7 }, (_, value) => values.filter((one) => one === value).length),
        );
        const k = Math.min(values.length - 1, most + 1);
        fc.pre(k >= most && new Set(values).size > 1);
        const points = values.map((value) => [value]);
        expectEach(factors(points, k), naiveFactors(points, k), 1e-6);
      }),
    );
  });

  it.each([2, 20])('make no infinite or missing score in a table, with %i neighbours', (neighbours) => {
    const random = seededRandom(3);
    const values = Array.from({ length: 500 }, () => Math.floor(random() * 3));
    const { scores, judged } = detect(
      table(
        values,
        values.map((value) => value * 2),
      ),
      { detector, neighbours },
    );
    expect(judged).toBe(500);
    expect(scores.every(Number.isFinite)).toBe(true);
  });
});

describe('by hand', () => {
  it('five points on a line with two neighbours', () => {
    // 0 1 3 7 15: k-distances 3 2 3 6 12; neighbours 0:{1 3} 1:{0 3} 3:{1 0} 7:{3 1} 15:{7 3}.
    const densities = [2 / (2 + 3), 2 / (3 + 3), 2 / (2 + 3), 2 / (4 + 6), 2 / (8 + 12)] as const;
    const [a, b, c, d, e] = densities;
    const wanted = [(b + c) / 2 / a, (a + c) / 2 / b, (b + a) / 2 / c, (c + b) / 2 / d, (d + c) / 2 / e];
    expectEach(factors([[0], [1], [3], [7], [15]], 2), wanted, 1e-9);
  });

  it('four points on a line, each with one neighbour', () => {
    // 0 1 3 7: k-distances 1 1 2 4; neighbours 0:{1} 1:{0} 3:{1} 7:{3}; densities 1 1 1/2 1/4.
    const values = Float64Array.of(0, 1, 3, 7);
    const choice = { detector, neighbours: 1, scale: 'none', threshold: 1.5 } as const;
    const { scores, findings } = detect({ columns: [{ name: 'a', values }] }, choice);
    expectEach(scores, [1, 1, 2, 2], 1e-9);
    expect(findings[0]?.reason).toMatch(
      /^The surroundings of the row are 2 times less dense than those of its nearest row: /,
    );
  });

  it('a point outside of a dense cluster stands out more than one outside of a sparse one, as figure 1 of the paper has it', () => {
    const dense = Array.from({ length: 100 }, (_, place) => [(place % 10) / 10, Math.floor(place / 10) / 10]);
    const sparse = Array.from({ length: 100 }, (_, place) => [
      20 + (place % 10) * 2,
      Math.floor(place / 10) * 2,
    ]);
    const found = factors([...dense, ...sparse, [2, 0.5], [42, 10]], 10);
    const [nearDense = 0, nearSparse = 0] = found.slice(200);
    expect(nearDense).toBeGreaterThan(5);
    expect(nearSparse).toBeLessThan(2.5);
    expect(Math.max(...found.slice(0, 200))).toBeLessThan(nearDense);
  });

  it('deep inside of a cluster a factor is about 1 (lemma 1)', () => {
    const cluster = Array.from({ length: 900 }, (_, place) => [place % 30, Math.floor(place / 30)]);
    const found = factors(cluster, 8);
    const inside = [...found].filter((_, place) =>
      [place % 30, Math.floor(place / 30)].every((at) => at > 5 && at < 24),
    );
    expect(inside.every((factor) => Math.abs(factor - 1) < 0.01)).toBe(true);
  });
});

describe('a sample of the rows to compare with', () => {
  const columns = [normal(3_000, 1), normal(3_000, 2), normal(3_000, 3)] as const;
  const far = [6, -6, 7];
  const observations = table(...columns.map((column, index) => [...column, far[index] ?? 0]));

  it('ranks what is far out where all rows do', () => {
    const all = detect(observations, { detector }).scores;
    const some = detect(observations, { detector, maxReferenceRows: 500 }).scores;
    expect([all, some].map((scores) => scores.indexOf(Math.max(...scores)))).toEqual([3_000, 3_000]);
  });

  it('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => detect(observations, { detector, maxReferenceRows: 500, seed }).scores;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  it('of as many rows as there are changes nothing', () => {
    const all = detect(observations, { detector, maxReferenceRows: 3_001 });
    expect(all.scores).toEqual(detect(observations, { detector }).scores);
    expect(all.notes).toEqual([]);
  });

  it('scores those in it as if there were no others', () => {
    const values = Float64Array.from({ length: 60 }, (_, place) => place ** 1.5);
    const reference = Int32Array.from({ length: 30 }, (_, place) => 2 * place);
    const found = localOutlierFactors({ values, width: 1 }, 4, reference);
    const alone = localOutlierFactors(
      { values: values.filter((_, place) => place % 2 === 0), width: 1 },
      4,
      undefined,
    );
    expect([...found.filter((_, place) => place % 2 === 0)]).toEqual([...alone]);
  });
});

describe('scales', () => {
  it('robust makes the units of columns mean nothing', () => {
    const [a, b] = [normal(300, 4), normal(300, 5)];
    const plain = detect(table(a, b), { detector }).scores;
    const other = detect(
      table(
        a.map((value) => value * 1_024),
        b.map((value) => value / 4_096),
      ),
      { detector },
    ).scores;
    expectEach(other, [...plain], 1e-6);
  });

  it('none lets the column with the largest numbers decide', () => {
    const wide = normal(300, 4).map((value) => value * 1e6);
    const narrow = [...normal(299, 5), 40];
    const scores = (scale: 'none' | 'robust') => detect(table(wide, narrow), { detector, scale }).scores;
    expect(scores('none')[299]).toBeLessThan(1.5);
    expect(scores('robust')[299]).toBeGreaterThan(5);
  });

  it('robust takes all values where nine in ten are one and the same', () => {
    const mostly = normal(300, 6).map((value, row) => (row % 50 === 0 ? value : 0));
    const { scores } = detect(table(normal(300, 7), mostly), { detector });
    expect(scores.every(Number.isFinite)).toBe(true);
  });
});
