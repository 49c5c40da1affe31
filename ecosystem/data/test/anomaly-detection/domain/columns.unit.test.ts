import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import { daily, table } from './tables.js';

const usual = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
const detectors = ['z-score', 'robust-z-score', 'interquartile-range'] as const;

describe('the z-score', () => {
  it('is the distance from the mean in standard deviations', () => {
    // Mean 5, standard deviation of the sample sqrt(32 / 7).
    const { scores } = detect(table([2, 4, 4, 4, 5, 5, 7, 9]), { detector: 'z-score' });
    expect(scores[7]).toBeCloseTo(4 / Math.sqrt(32 / 7), 12);
    expect(scores[4]).toBe(0);
  });

  it('is hidden by what it should find: two far values make the deviation large', () => {
    const values = [...usual, 1_000, 1_001];
    expect(detect(table(values), { detector: 'z-score' }).outlying).toBe(0);
    expect(detect(table(values), { detector: 'robust-z-score' }).findings.map(({ row }) => row)).toEqual([
      12, 11,
    ]);
  });
});

describe('the robust z-score', () => {
  it('is the distance from the median in median absolute deviations, as Iglewicz and Hoaglin have it', () => {
    // Median 15, median absolute deviation 3: 0.6745 times 985 / 3.
    const { scores } = detect(table([...usual.slice(0, -1), 1_000]), { detector: 'robust-z-score' });
    expect(scores[10]).toBeCloseTo((0.674_489_75 * 985) / 3, 3);
  });

  it('takes the mean deviation where half of the values are the same', () => {
    const { scores, findings, notes } = detect(table([5, 5, 5, 5, 5, 5, 5, 5, 5, 95]), {
      detector: 'robust-z-score',
    });
    expect(scores[9]).toBeCloseTo(90 / (1.253_314 * 9), 4);
    expect(findings).toHaveLength(1);
    expect(notes).toEqual([
      'At least half of the values are the same: the mean deviation from the median was used.',
    ]);
  });
});

describe('the interquartile range', () => {
  it('counts from the quartiles', () => {
    // Quartiles 12.5 and 17.5.
    const { findings, scores } = detect(table([...usual.slice(0, -1), 30]), {
      detector: 'interquartile-range',
    });
    expect(scores[10]).toBeCloseTo((30 - 17.5) / 5, 12);
    expect(scores[0]).toBeCloseTo((12.5 - 10) / 5, 12);
    expect(findings[0]?.reason).toBe(
      'a is 30: 2.5 interquartile ranges above the third quartile of 17.5 (more than 1.5).',
    );
  });

  it('judges nothing where half of the values are the same', () => {
    const { judged, notes } = detect(table([5, 5, 5, 5, 5, 5, 5, 5, 9, 95]), {
      detector: 'interquartile-range',
    });
    expect(judged).toBe(0);
    expect(notes).toEqual(['Half of the values are the same, so there is no range between quartiles.']);
  });
});

describe.each(detectors)('%s', (detector) => {
  it('gives a value that is missing no score, and takes one that is infinite for a finding by itself', () => {
    const values = [...usual, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const { scores, findings, notes, judged } = detect(table(values), { detector });
    expect(scores[11]).toBeNaN();
    expect(judged).toBe(13);
    expect(findings.map(({ row, score, degree, reason }) => ({ row, score, degree, reason }))).toEqual([
      {
        row: 12,
        score: Number.POSITIVE_INFINITY,
        degree: Number.POSITIVE_INFINITY,
        reason: 'a is infinite.',
      },
      {
        row: 13,
        score: Number.POSITIVE_INFINITY,
        degree: Number.POSITIVE_INFINITY,
        reason: 'a is infinitely low.',
      },
    ]);
    expect(notes).toEqual(['a has 2 infinite values; they are findings by themselves.']);
  });

  it('says that values are all the same, or too few', () => {
    const same = detect(table([0.1, 0.1, 0.1, 0.1, 0.1, 0.1]), { detector });
    expect([same.judged, same.outlying, same.notes]).toEqual([0, 0, ['The values of a are all the same.']]);
    const few = detect(table([1, 2, 3, Number.NaN]), { detector });
    expect([few.judged, few.notes]).toEqual([0, ['a has 3 values, too few to tell one from the others.']]);
    expect(detect({ columns: [] }, { detector }).notes).toEqual(['There is no column.']);
    expect(detect(table([]), { detector }).judged).toBe(0);
  });

  it.each([1e308, 1e-308, 5e-324])('counts with values as large as %s', (size) => {
    const values = [...usual, 90].map((value) => (size === 5e-324 ? value : value / 100) * size);
    const plain = detect(table([...usual, 90]), { detector }).scores;
    const scores = detect(table(values), { detector }).scores;
    plain.forEach((score, row) => {
      expect(scores[row]).toBeCloseTo(score, 6);
    });
  });

  it('looks at logarithms where it is told to', () => {
    const growing = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024];
    expect(detect(table(growing), { detector, scale: 'log' }).outlying).toBe(0);
    const low = detect(table([...growing.map((value) => value * 1e6), 1e-9]), {
      detector,
      scale: 'log',
      threshold: 1.2,
    });
    expect(low.findings[0]?.row).toBe(11);
    expect(low.findings[0]?.reason).toContain('on a logarithmic scale');
    const choose = { detector, scale: 'auto' as const };
    expect(detect(table(growing), choose)).toEqual(detect(table(growing), { detector, scale: 'log' }));
    expect(detect(table(usual), choose)).toEqual(detect(table(usual), { detector }));
  });

  it('leaves 0 out of logarithms, and does without them where values are below 0', () => {
    const withZero = detect(table([0, ...usual]), { detector, scale: 'log' });
    expect(withZero.scores[0]).toBeNaN();
    expect(withZero.notes).toEqual(['a is 0 in 1 rows, which have no place on a logarithmic scale.']);
    const below = detect(table([-1, ...usual]), { detector, scale: 'log' });
    expect(below.notes).toEqual(['a has values below 0, so it was looked at on a linear scale.']);
    expect(below.scores).toEqual(detect(table([-1, ...usual]), { detector }).scores);
  });

  it('tells the most unusual first, and no more than it should', () => {
    const values = [...usual, ...usual, ...usual, ...usual, 300, 400, 300];
    const { findings, outlying } = detect(table(values), { detector, threshold: 1, limit: 2 });
    expect(outlying).toBeGreaterThanOrEqual(3);
    expect(findings.map(({ row }) => row)).toEqual([45, 44]);
  });
});

it('a value at the threshold is 1 degree beyond what is usual, at twice the distance 2', () => {
  const { findings } = detect(table([...usual.slice(0, -1), 30]), {
    detector: 'interquartile-range',
    threshold: 1.25,
  });
  expect(findings[0]?.degree).toBeCloseTo(2, 12);
});

it('a detector of columns does not mind times', () => {
  const values = [...usual, 90];
  expect(detect(daily(values), { detector: 'z-score' })).toEqual(
    detect(table(values), { detector: 'z-score' }),
  );
});
