import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import {
  type Detection,
  detectionOf,
  type Observations,
  thresholdFor,
} from '../../../src/anomaly-detection/domain/detector.js';
import { type DetectorName, detectorNames } from '../../../src/anomaly-detection/domain/settings.js';
import { daily, normal, table } from './tables.js';

/** Rows as each detector takes them: a series, a column, or a table of the same column twice. */
function given(detector: DetectorName, values: readonly number[]): Observations {
  if (detector === 'seasonal-window') return daily(values);
  return detector === 'isolation-forest' || detector === 'local-outlier-factor'
    ? table(values, values.toReversed())
    : table(values);
}

const ofRows = (detector: DetectorName): boolean =>
  detector === 'isolation-forest' || detector === 'local-outlier-factor';

describe.each(detectorNames)('%s', (detector) => {
  const find = (values: readonly number[]): Detection => detect(given(detector, values), { detector });

  it.each([[[]], [[1]], [[1, 2]]])('judges nothing in %j, and says why', (values) => {
    const { scores, judged, outlying, findings, notes } = find(values);
    expect([judged, outlying, findings, scores.length]).toEqual([0, 0, [], values.length]);
    expect(notes.join(' ')).toMatch(/few|no column|all the same/);
  });

  it.each([[0], [-0], [5], [1e300], [5e-324], [-1e-300]])(
    'finds nothing where all values are %d',
    (value) => {
      const { outlying, scores } = find(Array.from({ length: 50 }, () => value));
      expect(outlying).toBe(0);
      expect(scores.every((score) => Number.isNaN(score) || score === 0)).toBe(true);
    },
  );

  it('judges nothing where all values are missing', () => {
    const { judged, outlying } = find(Array.from({ length: 50 }, () => Number.NaN));
    expect([judged, outlying]).toEqual([0, 0]);
  });

  it('tells all that is infinite where everything is', () => {
    const values = Array.from({ length: 40 }, (_, row) =>
      row % 2 === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
    );
    const { outlying, judged } = find(values);
    // A series and a column of nothing else have nothing to be judged by, but what is infinite is a finding by itself.
    if (detector === 'seasonal-window') expect([judged, outlying]).toEqual([0, 0]);
    else expect(outlying).toBe(ofRows(detector) ? judged : 40);
  });

  it('knows no difference between 0 and -0', () => {
    const values = normal(60, 1).map((value, row) => (row % 5 === 0 ? 0 : value));
    const others = values.map((value) => (value === 0 ? -0 : value));
    expect(find(others).scores).toEqual(find(values).scores);
  });

  it.each([1e150, 1e-150, 1e300])('finds the same in values times %d', (factor) => {
    const values = normal(80, 2).with(40, 60);
    const plain = find(values);
    const other = find(values.map((value) => value * factor));
    expect(other.findings.map(({ row }) => row)).toEqual(plain.findings.map(({ row }) => row));
    expect(other.scores.some(Number.isNaN)).toBe(false);
  });

  it('finds the one value that is far beyond all others, however far', () => {
    for (const far of [1e3, 1e6, 1e15, 1e100]) {
      const { findings } = find(normal(101, 3).with(50, far));
      expect(findings[0]?.row).toBe(50);
    }
  });

  it('finds as much in mirrored values', () => {
    const values = normal(90, 4).with(30, 25);
    const [plain, mirrored] = [find(values), find(values.map((value) => -value))];
    if (detector === 'isolation-forest') expect(mirrored.findings[0]?.row).toBe(plain.findings[0]?.row);
    else
      mirrored.scores.forEach((score, row) => {
        expect(score).toBeCloseTo(plain.scores[row] ?? Number.NaN, 6);
      });
  });

  it('leaves what it is given as it is', () => {
    const observations = given(detector, normal(60, 5).with(3, Number.NaN));
    const before = structuredClone(observations);
    detect(observations, { detector });
    expect(observations).toEqual(before);
  });

  it('answers with plain data that can go to another thread', () => {
    const found = find(normal(60, 6).with(3, 90));
    expect(structuredClone(found)).toEqual(found);
  });

  it('tells sentences that end, with numbers a person can read', () => {
    const { findings } = find(normal(61, 7).with(30, 1_234_567.891));
    expect(findings[0]?.reason).toContain('1,234,570');
    expect(findings[0]?.reason).toMatch(/\.$/);
  });
});

describe('scores', () => {
  const scored = (scores: readonly number[], rest: Partial<Parameters<typeof detectionOf>[0]> = {}) =>
    detectionOf({
      scores: Float64Array.from(scores),
      threshold: 3,
      usual: 0,
      limit: 100,
      notes: [],
      describe: (row) => ({ columns: ['a'], reason: `Row ${row}.` }),
      ...rest,
    });

  it('stand out above the threshold, not at it', () => {
    expect(scored([2, 3, 3.01, Number.NaN]).findings.map(({ row }) => row)).toEqual([2]);
  });

  it('that are equal stand in the order of rows', () => {
    expect(scored([4, 9, 4, 9, Number.POSITIVE_INFINITY]).findings.map(({ row }) => row)).toEqual([
      4, 1, 3, 0, 2,
    ]);
  });

  it('are described only as far as the limit', () => {
    const described: number[] = [];
    const { findings, outlying } = scored([9, 8, 7, 6], {
      limit: 2,
      describe: (row) => {
        described.push(row);
        return { columns: ['a'], reason: '' };
      },
    });
    expect([described, findings.length, outlying]).toEqual([[0, 1], 2, 4]);
  });

  it('have degrees: 1 at the threshold, 2 at twice the distance from what is usual', () => {
    const degrees = (usual: number, threshold: number, scores: readonly number[]) =>
      scored(scores, { usual, threshold }).findings.map(({ degree }) => degree);
    expect(degrees(0, 3, [6])).toEqual([2]);
    expect(degrees(1, 1.5, [2])).toEqual([2]);
    expect(degrees(0.5, 0.55, [0.65])[0]).toBeCloseTo(3, 9);
  });
});

describe('a threshold', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, place) => place);

  it('is what was asked for where nothing bounds it', () => {
    expect(thresholdFor(hundred, { threshold: 3, maxShare: 1 })).toBe(3);
    expect(thresholdFor(new Float64Array(), { threshold: 3, maxShare: 0.1, minDeviations: 2 })).toBe(3);
  });

  it('lets no more than a share through', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.double({ min: 0, max: 10, noNaN: true }),
            fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 4),
          ),
          { maxLength: 200 },
        ),
        fc.double({ min: 0.001, max: 0.999, noNaN: true }),
        (list, maxShare) => {
          const scores = Float64Array.from(list);
          const threshold = thresholdFor(scores, { threshold: 3, maxShare });
          const judged = list.filter((score) => !Number.isNaN(score)).length;
          expect(threshold).toBeGreaterThanOrEqual(3);
          expect(list.filter((score) => score > threshold).length).toBeLessThanOrEqual(
            Math.floor(judged * maxShare),
          );
        },
      ),
    );
  });

  it('is some deviations above the median of what is finite', () => {
    // Median 49.5, median absolute deviation 25.
    const scores = Float64Array.from([...hundred, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(thresholdFor(scores, { threshold: 3, maxShare: 1, minDeviations: 2 })).toBeCloseTo(
      49.5 + 2 * 25 * 1.482_602_218_5,
      6,
    );
    expect(thresholdFor(scores, { threshold: 500, maxShare: 1, minDeviations: 2 })).toBe(500);
  });
});
