import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { detect } from '../../../src/anomaly-detection/domain/detect.js';
import { tableChoices } from '../../../src/anomaly-detection/domain/plan.js';
import { seededRandom } from '../../../src/anomaly-detection/domain/statistics/random.js';
import { normal } from '../domain/tables.js';
import {
  dataSets,
  type Labelled,
  precisionAndRecall,
  readExpected,
  readLabelled,
  rocAuc,
} from './labelled.js';

const expected = readExpected();
const { trees, sampleSize, neighbours } = expected;
const mostApart = 0.02;

describe.each(dataSets)('on %s', (name) => {
  const { columns, labels } = readLabelled(name);
  const figures = expected.dataSets[name];

  it('the isolation forest ranks as that of scikit-learn does', () => {
    const aucs = figures.isolationForest.aucs.map((_, seed) => {
      const { scores } = detect({ columns }, { detector: 'isolation-forest', trees, sampleSize, seed });
      return rocAuc(scores, labels);
    });
    const mean = aucs.reduce((sum, auc) => sum + auc, 0) / aucs.length;
    expect(Math.abs(mean - figures.isolationForest.meanAuc)).toBeLessThan(mostApart);
  });

  it.each(['none', 'robust'] as const)('the local outlier factor does, with scale %s', (scale) => {
    const { scores } = detect({ columns }, { detector: 'local-outlier-factor', neighbours, scale });
    const { auc, scores: theirs } = figures.localOutlierFactor[scale];
    expect(Math.abs(rocAuc(scores, labels) - auc)).toBeLessThan(mostApart);
    // Neighbours as far as the last one count here, and there only some of them: whole numbers have such.
    scores.forEach((score, row) => {
      expect(score).toBeCloseTo(theirs[row] ?? Number.NaN, name === 'digits' ? 1 : 7);
    });
  });
});

describe('precision and recall', () => {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const rows = dataSets.flatMap((name) => [
    { name, title: 'isolation forest', choice: { detector: 'isolation-forest' as const }, least: 0.501 },
    { name, title: 'LOF', choice: { detector: 'local-outlier-factor' as const }, least: 1.001 },
    {
      name,
      title: 'LOF, scale none',
      choice: { detector: 'local-outlier-factor' as const, scale: 'none' as const },
      least: 1.001,
    },
  ]);

  it.each(rows)('of $title on $name are those that the README tells', ({ name, title, choice, least }) => {
    const { columns, labels } = readLabelled(name);
    const outliers = labels.filter((isOutlier) => isOutlier).length;
    const plain = detect({ columns }, choice);
    const { precision, recall } = precisionAndRecall(plain, labels);
    // Of as many rows as there are outliers, both are the same.
    const ranked = detect({ columns }, { ...choice, threshold: least, maxShare: outliers / labels.length });
    const cells = [
      name,
      `${labels.length} × ${columns.length}`,
      String(outliers),
      title,
      rocAuc(plain.scores, labels).toFixed(3),
      percent(precision),
      percent(recall),
      percent(precisionAndRecall(ranked, labels).precision),
    ];
    expect(readme).toContain(`| ${cells.join(' | ')} |`);
  });
});

describe('with the settings of npm start', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

  /** What each detector tells, and what of it is right. */
  function toldOf({ columns, labels }: Labelled): (number | string)[] {
    return tableChoices({}).flatMap((choice) => {
      const { outlying, findings } = detect({ columns }, choice);
      expect(findings).toHaveLength(outlying);
      return [outlying, findings.filter(({ row }) => labels[row]).length];
    });
  }

  it.each(dataSets)('what is told of %s is what the README tells', (name) => {
    const labelled = readLabelled(name);
    const outliers = labelled.labels.filter((isOutlier) => isOutlier).length;
    expect(readme).toContain(`| ${[name, outliers, ...toldOf(labelled)].join(' | ')} |`);
  });

  it.each(['uniform', 'normal'] as const)('what is told of %s noise is what the README tells', (kind) => {
    const columns = Array.from({ length: 4 }, (_, seed) => {
      const random = seededRandom(seed);
      const values = kind === 'normal' ? normal(20_000, seed) : Array.from({ length: 20_000 }, random);
      return { name: `c${seed}`, values: Float64Array.from(values) };
    });
    const labels = Array.from({ length: 20_000 }, () => false);
    const cells = [`${kind} noise, 20,000 × 4`, 0, ...toldOf({ columns, labels })];
    expect(readme).toContain(`| ${cells.join(' | ')} |`);
  });
});
