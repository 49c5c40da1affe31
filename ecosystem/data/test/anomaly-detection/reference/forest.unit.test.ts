import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import { seededRandom } from '../../../src/anomaly-detection/domain/statistics/random.js';
import { forestScores } from '../../../src/anomaly-detection/domain/tables/isolation-forest.js';
import {
  averagePathLength,
  growTree,
  pathLength,
} from '../../../src/anomaly-detection/domain/tables/isolation-tree.js';
import { normal, table } from '../domain/tables.js';
import { naiveForestScores, naiveSearchLength } from './naive.js';

const detector = 'isolation-forest';

function rowsOf(...columns: readonly (readonly number[])[]): number[][] {
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row] ?? 0));
}

describe('scores', () => {
  it.each([
    ['a cloud', [...normal(120, 1), 6], [...normal(120, 2), -6]],
    ['two clusters', normal(120, 3).map((value, row) => value + (row % 2) * 20), normal(120, 4)],
    ['whole numbers with repetitions', normal(120, 5).map(Math.round), normal(120, 6).map(Math.round)],
  ])('of %s are those of algorithms 1 to 3 of the paper, but for chance', (_, a, b) => {
    const points = rowsOf(a, b);
    const settings = { trees: 1_000, sampleSize: 64 };
    const wanted = naiveForestScores(points, settings, seededRandom(99));
    const found = forestScores(
      { values: Float64Array.from(points.flat()), width: 2 },
      { ...settings, seed: 5 },
    );
    // The root of 1,000 trees leaves about 0.005; the logarithm in place of the harmonic number, less than 0.005 more.
    found.forEach((score, row) => {
      expect(Math.abs(score - (wanted[row] ?? Number.NaN))).toBeLessThan(0.03);
    });
  });

  it('are the same for points that are the same', () => {
    const values = [1, 1, 1, 2, 2, 9, 9, 3, 4, 5];
    const { scores } = detect(table(values, values), { detector });
    expect([scores[1], scores[3], scores[5]]).toEqual([scores[0], scores[4], scores[6]]);
    expect(scores[2]).toBe(scores[0]);
  });

  it('do not change when columns are stretched or moved: splits are drawn between the least and the greatest', () => {
    const columns = [normal(200, 7), normal(200, 8)] as const;
    const plain = detect(table(...columns), { detector, trees: 50 }).scores;
    const [a, b] = columns;
    const other = detect(
      table(
        a.map((value) => value * 1_024),
        b.map((value) => value / 256),
      ),
      { detector, trees: 50 },
    ).scores;
    expect([...other]).toEqual([...plain].map((score) => expect.closeTo(score, 9)));
  });

  it('come near to those of more trees, the more there are', () => {
    const observations = table(normal(300, 9), normal(300, 10));
    const of = (trees: number, seed: number) => detect(observations, { detector, trees, seed }).scores;
    const best = of(2_000, 1);
    const far = (scores: Float64Array) =>
      Math.max(...scores.map((score, row) => Math.abs(score - (best[row] ?? 0))));
    expect(far(of(500, 2))).toBeLessThan(far(of(10, 2)));
    expect(far(of(500, 2))).toBeLessThan(0.04);
  });

  it('of what is far away grow with its distance', () => {
    const scoreAt = (far: number) =>
      detect(table([...normal(300, 11), far], [...normal(300, 12), far]), { detector }).scores[300] ?? 0;
    const scores = [0, 3, 6, 30].map(scoreAt);
    expect(scores).toEqual(scores.toSorted((a, b) => a - b));
    expect(scores[0]).toBeLessThan(0.5);
    expect(scores[3]).toBeGreaterThan(0.75);
  });

  it('find a group of outliers that hide each other in the whole, since trees see few of them (swamping and masking, section 1)', () => {
    const group = 12;
    const a = [...normal(1_000, 13), ...normal(group, 14).map((value) => 9 + value / 100)];
    const b = [...normal(1_000, 15), ...normal(group, 16).map((value) => 9 + value / 100)];
    const { scores } = detect(table(a, b), { detector, sampleSize: 128 });
    const least = Math.min(...scores.slice(1_000));
    expect(scores.slice(0, 1_000).filter((score) => score > least).length).toBeLessThan(10);
  });
});

describe('a tree', () => {
  const points = fc.integer({ min: 1, max: 3 }).chain((width) =>
    fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: width, maxLength: width }), {
      minLength: 1,
      maxLength: 60,
    }),
  );

  it('parts its points until each is alone, equal to the rest, or as deep as it may be', () => {
    fc.assert(
      fc.property(points, fc.integer({ min: 1, max: 20 }), fc.nat(1_000), (rows, most, seed) => {
        const given = { values: Float64Array.from(rows.flat()), width: rows[0]?.length ?? 1 };
        const sample = Int32Array.from(rows.keys());
        const tree = growTree(given, sample, most, seededRandom(seed));
        const lengths = rows.map((_, row) => pathLength(tree, given, row));
        expect([...sample].toSorted((a, b) => a - b)).toEqual([...rows.keys()]);
        lengths.forEach((length, row) => {
          expect(length).toBeLessThanOrEqual(most + averagePathLength(rows.length));
          rows.forEach((other, place) => {
            if (other.join() === rows[row]?.join()) expect(lengths[place]).toBe(length);
          });
        });
      }),
    );
  });

  it('of n different points that may be as deep as it likes has n leaves, one for each', () => {
    const values = Float64Array.from({ length: 40 }, (_, place) => place ** 2);
    const tree = growTree({ values, width: 1 }, Int32Array.from(values.keys()), 1_000, seededRandom(1));
    const inner = tree.lefts.filter((left) => left > 0).length;
    expect(inner).toBe(39);
    const depths = [...values.keys()].map((point) => pathLength(tree, { values, width: 1 }, point));
    // Kraft's sum of a full binary tree.
    expect(depths.reduce((sum, depth) => sum + 2 ** -depth, 0)).toBeCloseTo(1, 12);
  });

  it('of one point is a leaf', () => {
    const given = { values: Float64Array.of(3), width: 1 };
    const tree = growTree(given, Int32Array.of(0), 8, seededRandom(1));
    expect(pathLength(tree, given, 0)).toBe(0);
  });

  it('splits between values of any size', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (a, b) => {
          fc.pre(a !== b);
          const given = { values: Float64Array.of(a, b), width: 1 };
          const tree = growTree(given, Int32Array.of(0, 1), 1, seededRandom(2));
          expect([0, 1].map((point) => pathLength(tree, given, point))).toEqual([1, 1]);
        },
      ),
    );
  });
});

describe('the length of a search', () => {
  it('is that of the harmonic numbers, but for what the logarithm leaves', () => {
    for (const size of [3, 10, 256, 10_000])
      expect(Math.abs(averagePathLength(size) - naiveSearchLength(size))).toBeLessThan(1 / (size - 1) + 1e-9);
  });

  it('grows with the size', () => {
    const lengths = Array.from({ length: 1_000 }, (_, size) => averagePathLength(size));
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
  });
});

describe('what stands out', () => {
  const far = table([...normal(500, 17), 12], [...normal(500, 18), 12]);

  it('is what is above the threshold', () => {
    const { scores, findings, threshold } = detect(far, { detector, threshold: 0.6, limit: 1_000 });
    expect(threshold).toBe(0.6);
    expect(findings.map(({ row }) => row).toSorted((a, b) => a - b)).toEqual(
      [...scores.keys()].filter((row) => (scores[row] ?? 0) > 0.6),
    );
  });

  it('is no more than a corner of a cloud where it must be some deviations off', () => {
    const random = seededRandom(19);
    const noise = table(...Array.from({ length: 3 }, () => Array.from({ length: 2_000 }, random)));
    expect(detect(noise, { detector }).outlying).toBeGreaterThan(10);
    expect(detect(noise, { detector, minDeviations: 5 }).outlying).toBe(0);
    const { findings, threshold } = detect(far, { detector, minDeviations: 5 });
    expect(findings[0]?.row).toBe(500);
    expect(findings[0]?.degree).toBeGreaterThan(1);
    expect(threshold).toBeGreaterThan(0.55);
  });

  it('is what is infinite, however many deviations are asked for', () => {
    const { findings, threshold } = detect(
      table([...normal(50, 20), Number.POSITIVE_INFINITY], normal(51, 21)),
      { detector, minDeviations: 1_000 },
    );
    expect(findings.map(({ row }) => row)).toEqual([50]);
    expect(Number.isFinite(threshold)).toBe(true);
  });
});
