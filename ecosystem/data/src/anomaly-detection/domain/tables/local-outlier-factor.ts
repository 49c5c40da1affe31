import { powerOfTwoNear } from '../columns/column-values.js';
import { type Detection, type Detector, detectionOf, nothingToJudge, thresholdFor } from '../detector.js';
import type { SettingsOf } from '../settings.js';
import { quantile } from '../statistics/order.js';
import { drawWithoutReplacement, seededRandom } from '../statistics/random.js';
import { sayScore } from '../statistics/wording.js';
import { localOutlierFactors } from './local-density.js';
import { describeInfinite, describeRow, type TableValues, tableValues } from './table-values.js';

type Settings = SettingsOf<'local-outlier-factor'>;

/** Of two, each is as far from the other. */
const FEWEST_ROWS = 3;

/** How many rows a k-d tree answers for in seconds: it sees ever more of them with every column. */
const REFERENCE_ROWS: readonly { readonly columns: number; readonly rows: number }[] = [
  { columns: 5, rows: 100_000 },
  { columns: 10, rows: 5_000 },
  { columns: Number.POSITIVE_INFINITY, rows: 2_000 },
];

/**
 * How much less dense the surroundings of a row are than those of its neighbours: M. M. Breunig, H.-P. Kriegel, R. T. Ng and
 * J. Sander, LOF: Identifying Density-Based Local Outliers, SIGMOD 2000. Neighbours as far as the last one count too, as in the
 * paper. Beyond `maxReferenceRows`, every row is compared with a sample, and the notes say so.
 */
export const localOutlierFactor: Detector<Settings> = (observations, settings): Detection => {
  const table = tableValues(observations);
  const { columns, rows, scores, notes } = table;
  if (rows.length < FEWEST_ROWS || columns.length === 0) {
    const reason = `${rows.length} rows in ${columns.length} columns that differ are too few.`;
    return nothingToJudge(scores.length, settings.threshold, [...notes, reason]);
  }
  const neighbours = Math.min(settings.neighbours, rows.length - 1);
  const nearest = neighbours === 1 ? 'nearest row' : `${neighbours} nearest rows`;
  const reference = referenceOf(rows.length, columns.length, settings);
  const points = { values: scaled(table, settings.scale), width: columns.length };
  localOutlierFactors(points, neighbours, reference).forEach((factor, index) => {
    scores[rows[index] ?? 0] = factor;
  });
  return detectionOf({
    scores,
    threshold: thresholdFor(scores, settings),
    usual: 1,
    limit: settings.limit,
    notes: [...notes, ...sampleNotes(reference, rows.length)],
    describe: (row, score) =>
      describeInfinite(observations.columns, row) ??
      describeRow(
        table,
        row,
        `The surroundings of the row are ${sayScore(score)} times less dense than those of its ${nearest}`,
      ),
  });
};

/** The points that all are compared with, ascending; nothing where it is all of them. */
function referenceOf(rows: number, columns: number, settings: Settings): Int32Array | undefined {
  const usual = REFERENCE_ROWS.find((bound) => columns <= bound.columns)?.rows ?? 0;
  const most = Math.max(settings.maxReferenceRows ?? usual, settings.neighbours + 1);
  return rows <= most ? undefined : drawWithoutReplacement(rows, most, seededRandom(settings.seed));
}

function sampleNotes(reference: Int32Array | undefined, rows: number): string[] {
  return reference === undefined
    ? []
    : [`Each of the ${rows} rows was compared with a sample of ${reference.length} of them.`];
}

const FARTHEST = 1e100;

/** Columns by the range of most of their values; or all as they are but for one factor. So squares of distances stay finite. */
function scaled({ points, columns }: TableValues, scale: Settings['scale']): Float64Array {
  if (scale === 'none') {
    const largest = points.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const unit = largest === 0 ? 1 : powerOfTwoNear(largest);
    return points.map((value) => value / unit);
  }
  const width = columns.length;
  const ranges = columns.map((_, column) => rangeOf(columnOf(points, column, width).sort()));
  const result = new Float64Array(points.length);
  ranges.forEach(({ low, width: range }, column) => {
    for (let place = column; place < points.length; place += width) {
      const distance = (points[place] ?? 0) / range - low / range;
      result[place] = Number.isNaN(distance) ? 0 : Math.max(-FARTHEST, Math.min(FARTHEST, distance));
    }
  });
  return result;
}

function columnOf(points: Float64Array, column: number, width: number): Float64Array {
  const values = new Float64Array(points.length / width);
  for (let row = 0; row < values.length; row += 1) values[row] = points[row * width + column] ?? 0;
  return values;
}

/** Of nine in ten values; of all where these are the same. */
function rangeOf(sorted: Float64Array): { readonly low: number; readonly width: number } {
  const [low, high] = [quantile(sorted, 0.05), quantile(sorted, 0.95)];
  if (high > low) return { low, width: Math.min(Number.MAX_VALUE, high - low) };
  const [least = 0, greatest = 1] = [sorted[0], sorted.at(-1)];
  return { low: least, width: Math.min(Number.MAX_VALUE, greatest - least) };
}
