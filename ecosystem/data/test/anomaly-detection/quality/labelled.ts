import { readFileSync } from 'node:fs';
import type { Column, Detection } from '../../../src/anomaly-detection/domain/detector.js';

/** The names of the labelled data sets in `fixtures`. */
export const dataSets = ['breast-cancer', 'wine', 'digits'] as const;
export type DataSet = (typeof dataSets)[number];

/** A table, and which of its rows are outliers. */
export interface Labelled {
  readonly columns: readonly Column[];
  readonly labels: readonly boolean[];
}

/** What scikit-learn says of the data sets; made by `expected.py`. */
export interface Expected {
  readonly trees: number;
  readonly sampleSize: number;
  readonly neighbours: number;
  readonly dataSets: Readonly<
    Record<
      DataSet,
      {
        readonly isolationForest: { readonly meanAuc: number; readonly aucs: readonly number[] };
        readonly localOutlierFactor: Readonly<
          Record<'none' | 'robust', { readonly auc: number; readonly scores: readonly number[] }>
        >;
      }
    >
  >;
}

export function readExpected(): Expected {
  return JSON.parse(readFileSync(new URL('fixtures/expected.json', import.meta.url), 'utf8'));
}

export function readLabelled(name: DataSet): Labelled {
  const lines = readFileSync(new URL(`fixtures/${name}.csv`, import.meta.url), 'utf8')
    .trim()
    .split('\n');
  const rows = lines.map((line) => line.split(',').map(Number));
  const width = (rows[0]?.length ?? 1) - 1;
  const columns = Array.from({ length: width }, (_, index) => ({
    name: `c${index}`,
    values: Float64Array.from(rows, (row) => row[index] ?? Number.NaN),
  }));
  return { columns, labels: rows.map((row) => row[width] === 1) };
}

/** The area under the curve of true against false positives, by ranks; equal scores share theirs (Mann and Whitney 1947). */
export function rocAuc(scores: Float64Array, labels: readonly boolean[]): number {
  let wins = 0;
  const outliers = scores.filter((_, row) => labels[row]);
  const others = scores.filter((_, row) => !labels[row]);
  for (const outlier of outliers)
    for (const other of others) wins += outlier > other ? 1 : outlier === other ? 0.5 : 0;
  return wins / (outliers.length * others.length);
}

/** Of the rows that stand out, how many are outliers; and of the outliers, how many stand out. */
export function precisionAndRecall(
  { scores, threshold }: Pick<Detection, 'scores' | 'threshold'>,
  labels: readonly boolean[],
): { readonly precision: number; readonly recall: number } {
  const standing = labels.filter((_, row) => (scores[row] ?? 0) > threshold);
  const right = standing.filter((isOutlier) => isOutlier).length;
  return {
    precision: standing.length === 0 ? 0 : right / standing.length,
    recall: right / labels.filter((isOutlier) => isOutlier).length,
  };
}
