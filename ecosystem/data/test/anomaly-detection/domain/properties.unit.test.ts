import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import type { Observations } from '../../../src/anomaly-detection/domain/detector.js';
import { type DetectorChoice, detectorNames } from '../../../src/anomaly-detection/domain/settings.js';
import {
  drawWithoutReplacement,
  seededRandom,
} from '../../../src/anomaly-detection/domain/statistics/random.js';
import { anyNumber, daily, reordered, shuffledTables, table } from './tables.js';

/** A tree of all rows depends on their values alone; with a sample, which rows it takes depends on their order. */
const choices: readonly DetectorChoice[] = [
  { detector: 'z-score' },
  { detector: 'robust-z-score' },
  { detector: 'interquartile-range' },
  { detector: 'isolation-forest', trees: 10 },
  { detector: 'local-outlier-factor', neighbours: 3 },
  { detector: 'local-outlier-factor', neighbours: 5, scale: 'none' },
];

function expectClose(scores: Iterable<number>, wanted: readonly number[]): void {
  [...scores].forEach((score, row) => {
    const other = wanted[row] ?? Number.NaN;
    if (Number.isNaN(other)) expect(score).toBeNaN();
    else expect(Math.abs(score - other)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(other)));
  });
}

describe.each(choices)('$detector, scale $scale', (choice) => {
  it('scores a row the same wherever it stands', () => {
    fc.assert(
      fc.property(shuffledTables, ({ rows, order }) => {
        const { scores } = detect(rows, choice);
        expectClose(
          detect(reordered(rows, order), choice).scores,
          order.map((row) => scores[row] ?? Number.NaN),
        );
      }),
    );
  });

  it('scores rows the same when all values are multiplied or moved by powers of two', () => {
    fc.assert(
      fc.property(shuffledTables, fc.constantFrom(0.25, 2, 1_024), ({ rows }, factor) => {
        const scaled: Observations = {
          columns: rows.columns.map(({ name, values }) => ({
            name,
            values: values.map((value) => value * factor),
          })),
        };
        expectClose(detect(scaled, choice).scores, [...detect(rows, choice).scores]);
      }),
    );
  });
});

describe.each(detectorNames)('%s', (detector) => {
  it('answers for any numbers: each row has a score or none, and what stands out is told in order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyNumber, anyNumber), { maxLength: 50 }), (rows) => {
        const first = rows.map(([a]) => a);
        const observations =
          detector === 'seasonal-window'
            ? daily(first)
            : table(
                first,
                rows.map(([, b]) => b),
              );
        const before = observations.columns.map(({ values }) => [...values]);
        const found = detect(observations, { detector });
        expect(found.scores).toHaveLength(rows.length);
        expect(found.scores.every((score) => Number.isNaN(score) || score >= 0)).toBe(true);
        expect(found.judged).toBe(found.scores.filter((score) => !Number.isNaN(score)).length);
        expect(found.outlying).toBe(found.scores.filter((score) => score > found.threshold).length);
        const told = found.findings.map(({ score }) => score);
        expect(told).toEqual(told.toSorted((a, b) => (a === b ? 0 : b > a ? 1 : -1)));
        expect(found.findings.every(({ degree, reason }) => degree >= 1 && reason.endsWith('.'))).toBe(true);
        expect(observations.columns.map(({ values }) => [...values])).toEqual(before);
        expect(detect(observations, { detector })).toEqual(found);
      }),
    );
  });
});

describe('numbers that look like chance', () => {
  it('are from 0 to less than 1, the same for a seed, and spread evenly', () => {
    const draws = (seed: number) => {
      const random = seededRandom(seed);
      return Array.from({ length: 10_000 }, () => random());
    };
    expect(draws(7)).toEqual(draws(7));
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const draw of draws(8)) tenths[Math.floor(draw * 10)] = (tenths[Math.floor(draw * 10)] ?? 0) + 1;
    expect(tenths).toHaveLength(10);
    expect(tenths.every((count) => count > 880 && count < 1_120)).toBe(true);
  });

  it('draw different numbers, each as likely as the others', () => {
    const random = seededRandom(9);
    const counts = new Int32Array(10);
    for (let round = 0; round < 5_000; round += 1) {
      const drawn = drawWithoutReplacement(10, 4, random);
      expect(new Set(drawn).size).toBe(4);
      for (const number of drawn) counts[number] = (counts[number] ?? 0) + 1;
    }
    expect(counts.every((count) => count > 1_850 && count < 2_150)).toBe(true);
    expect([...drawWithoutReplacement(3, 5, random)]).toEqual([0, 1, 2]);
  });
});
