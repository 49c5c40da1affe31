import { type Detection, type Detector, detectionOf, nothingToJudge, thresholdFor } from '../detector.js';
import type { SettingsOf } from '../settings.js';
import { drawWithoutReplacement, seededRandom } from '../statistics/random.js';
import { sayScore } from '../statistics/wording.js';
import { averagePathLength, growTree, type IsolationTree, pathLength } from './isolation-tree.js';
import type { Points } from './points.js';
import { describeInfinite, describeRow, tableValues } from './table-values.js';

type Settings = SettingsOf<'isolation-forest'>;

/** Below that, isolation is no sign of anything. */
const FEWEST_ROWS = 8;

/**
 * How easily random splits part a row from the others: F. T. Liu, K. M. Ting and Z.-H. Zhou, Isolation Forest, ICDM 2008. Only
 * columns in which the points of a node differ are split by. Time grows with rows times trees; there is one tree at a time.
 */
export const isolationForest: Detector<Settings> = (observations, settings): Detection => {
  const table = tableValues(observations);
  const { columns, rows, scores, notes } = table;
  if (rows.length < FEWEST_ROWS || columns.length === 0) {
    const reason = `${rows.length} rows in ${columns.length} columns that differ are too few.`;
    return nothingToJudge(scores.length, settings.threshold, [...notes, reason]);
  }
  const points = { values: table.points, width: columns.length };
  forestScores(points, settings).forEach((score, index) => {
    scores[rows[index] ?? 0] = score;
  });
  return detectionOf({
    scores,
    threshold: thresholdFor(scores, settings),
    usual: 0.5,
    limit: settings.limit,
    notes,
    describe: (row, score) =>
      describeInfinite(observations.columns, row) ??
      describeRow(table, row, `The row is parted from the others by few splits (score ${sayScore(score)})`),
  });
};

/** The score of each point, from 0 to 1: 2 to the power of minus its average path length over that of a search (equation 2). */
export function forestScores(
  points: Points,
  settings: Pick<Settings, 'trees' | 'sampleSize' | 'seed'>,
): Float64Array {
  const count = points.values.length / points.width;
  const size = Math.min(settings.sampleSize, count);
  const sums = new Float64Array(count);
  const random = seededRandom(settings.seed);
  for (let grown = 0; grown < settings.trees; grown += 1) {
    const sample = drawWithoutReplacement(count, size, random);
    const tree: IsolationTree = growTree(points, sample, Math.ceil(Math.log2(size)), random);
    for (let point = 0; point < count; point += 1) {
      sums[point] = (sums[point] ?? 0) + pathLength(tree, points, point);
    }
  }
  const usual = settings.trees * averagePathLength(size);
  return sums.map((sum) => 2 ** (-sum / usual));
}
