import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import { seededRandom } from '../../../src/anomaly-detection/domain/statistics/random.js';
import { distinctPoints } from '../../../src/anomaly-detection/domain/tables/distinct-points.js';
import { averagePathLength } from '../../../src/anomaly-detection/domain/tables/isolation-tree.js';
import { KDTree } from '../../../src/anomaly-detection/domain/tables/k-d-tree.js';
import { normal, table } from './tables.js';

const cloud = [normal(300, 1), normal(300, 2)] as const;
const withStranger = table([...cloud[0], 8], [...cloud[1], -8]);
const detectors = ['isolation-forest', 'local-outlier-factor'] as const;

describe.each(detectors)('%s', (detector) => {
  it('finds the row that is far from all others, and says by what', () => {
    const { findings } = detect(withStranger, { detector });
    expect(findings[0]?.row).toBe(300);
    expect(findings[0]?.columns.toSorted()).toEqual(['a', 'b']);
    expect(findings[0]?.reason).toMatch(/: [ab] -?8 \(median .*, .* deviations away\), [ab] -?8 \(median/);
  });

  it('finds the row whose values are usual one by one, and not together', () => {
    const line = Array.from({ length: 200 }, (_, place) => place / 10);
    const { scores } = detect(table([...line, 4], [...line, 16]), {
      detector: 'local-outlier-factor',
      neighbours: 10,
    });
    expect(scores.indexOf(Math.max(...scores))).toBe(200);
    expect(detect(table([...line, 4]), { detector: 'z-score' }).scores[200]).toBeLessThan(2);
  });

  it('takes the median for what is missing, and a row with nothing for nothing', () => {
    const observations = table([...cloud[0], 0, Number.NaN], [...cloud[1], Number.NaN, Number.NaN]);
    const { scores, judged, notes } = detect(observations, { detector });
    expect([judged, scores[301], notes]).toEqual([
      301,
      Number.NaN,
      ['1 missing values were taken for the median of their column.'],
    ]);
    expect(scores[300]).toBeLessThan(detector === 'isolation-forest' ? 0.5 : 1.2);
  });

  it('takes a row with an infinite value for a finding by itself', () => {
    const observations = table([...cloud[0], Number.POSITIVE_INFINITY], [...cloud[1], 0]);
    const { findings, scores } = detect(observations, { detector });
    expect(findings[0]).toMatchObject({
      row: 300,
      score: Number.POSITIVE_INFINITY,
      columns: ['a'],
      reason: 'a is infinite.',
    });
    const others = detect(table(...cloud), { detector }).scores;
    expect(scores.slice(0, 300)).toEqual(others);
  });

  it('leaves out columns whose values are all the same', () => {
    const { scores, notes } = detect(
      table(
        ...cloud,
        cloud[0].map(() => 7),
      ),
      { detector },
    );
    expect(notes).toEqual(['Left out, since their values are all the same: c.']);
    expect(scores).toEqual(detect(table(...cloud), { detector }).scores);
  });

  it('says that there is too little to look at', () => {
    for (const observations of [
      table([1], [2]),
      table([]),
      { columns: [] },
      table([5, 5, 5, 5, 5, 5, 5, 5, 5]),
    ]) {
      const { judged, outlying, notes } = detect(observations, { detector });
      expect([judged, outlying]).toEqual([0, 0]);
      expect(notes.at(-1)).toMatch(/^\d rows in [01] columns that differ are too few\.$/);
    }
  });

  it('answers for values of any size', () => {
    const huge = table(
      cloud[0].map((value) => value * 1e307),
      cloud[1].map((value) => value * 1e-307),
    );
    const { scores } = detect(huge, { detector });
    expect(scores.every(Number.isFinite)).toBe(true);
  });

  it('lets no more rows stand out than the share that it is told', () => {
    const few = detect(table(...cloud), {
      detector,
      maxShare: 0.02,
      threshold: detector === 'isolation-forest' ? 0.501 : 1.01,
    });
    expect(few.outlying).toBe(6);
    expect(few.findings.every(({ degree }) => degree >= 1)).toBe(true);
  });
});

describe('the isolation forest', () => {
  it('knows how long searches in trees are', () => {
    expect([0, 1, 2].map(averagePathLength)).toEqual([0, 0, 1]);
    // 2 H(255) - 2 * 255 / 256, with the logarithm for the harmonic number.
    expect(averagePathLength(256)).toBeCloseTo(10.244_770_92, 8);
  });

  it('gives another seed another forest, and the same seed the same', () => {
    const of = (seed: number) => detect(withStranger, { detector: 'isolation-forest', seed }).scores;
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
  });

  it('scores rows of a cloud around a half, and none beyond 0 to 1', () => {
    const { scores } = detect(table(...cloud), { detector: 'isolation-forest' });
    expect(scores.every((score) => score > 0 && score < 1)).toBe(true);
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    expect(mean).toBeGreaterThan(0.4);
    expect(mean).toBeLessThan(0.52);
  });
});

describe('the local outlier factor', () => {
  it('is 1 within a lattice, far from its borders', () => {
    const places = Array.from({ length: 400 }, (_, place) => place);
    const lattice = table(
      places.map((place) => place % 20),
      places.map((place) => Math.floor(place / 20)),
    );
    const { scores } = detect(lattice, { detector: 'local-outlier-factor', neighbours: 4, scale: 'none' });
    expect(scores[210]).toBeCloseTo(1, 9);
  });

  it('is as the definitions give it by hand', () => {
    // 0, 1, 2 and 10 with two neighbours: k-distances 2, 1, 2, 9; densities 2/3, 1/2, 2/3, 2/17.
    const { scores } = detect(table([0, 1, 2, 10]), {
      detector: 'local-outlier-factor',
      neighbours: 2,
      scale: 'none',
    });
    const wanted = [
      (1 / 2 + 2 / 3) / 2 / (2 / 3),
      (2 / 3 + 2 / 3) / 2 / (1 / 2),
      7 / 8,
      (1 / 2 + 2 / 3) / 2 / (2 / 17),
    ];
    scores.forEach((score, row) => {
      expect(score).toBeCloseTo(wanted[row] ?? Number.NaN, 8);
    });
  });

  it('is 1 for rows that are there many times, and fast for a table of few different ones', () => {
    const random = seededRandom(5);
    const values = Array.from({ length: 20_000 }, () => Math.floor(random() * 4));
    const { scores } = detect(
      table(
        values,
        values.map((value) => value % 2),
      ),
      { detector: 'local-outlier-factor' },
    );
    expect(scores.every((score) => Math.abs(score - 1) < 1e-9)).toBe(true);
  });

  it('compares with a sample where there are more rows than it may, says so, and still scores each row', () => {
    const { scores, notes, findings } = detect(withStranger, {
      detector: 'local-outlier-factor',
      maxReferenceRows: 100,
    });
    expect(notes).toEqual(['Each of the 301 rows was compared with a sample of 100 of them.']);
    expect(scores.every((score) => score > 0)).toBe(true);
    expect(findings[0]?.row).toBe(300);
  });
});

describe('the k-d tree', () => {
  const spots = fc.integer({ min: 1, max: 4 }).chain((width) =>
    fc.record({
      width: fc.constant(width),
      rows: fc.array(fc.array(fc.integer({ min: -6, max: 6 }), { minLength: width, maxLength: width }), {
        minLength: 2,
        maxLength: 120,
      }),
      wanted: fc.integer({ min: 1, max: 12 }),
    }),
  );

  it('finds the neighbours that looking at every point finds, those as far as the last one too', () => {
    fc.assert(
      fc.property(spots, ({ width, rows, wanted }) => {
        const values = Float64Array.from(rows.flat());
        const points = distinctPoints(values, width);
        const tree = new KDTree(points);
        const most = Math.min(wanted, rows.length - 1);
        rows.forEach((row, index) => {
          const squares = rows
            .filter((_, other) => other !== index)
            .map((other) => other.reduce((sum, value, column) => sum + (value - (row[column] ?? 0)) ** 2, 0))
            .sort((a, b) => a - b);
          const reach = squares[most - 1] ?? 0;
          const found = tree.nearest(values, index * width, points.members[index], most);
          const expanded = [...found.squares].flatMap((square, place) =>
            Array.from({ length: found.weights[place] ?? 0 }, () => square),
          );
          expect(expanded).toEqual(squares.filter((square) => square <= reach));
        });
      }),
      { numRuns: 200 },
    );
  });
});
