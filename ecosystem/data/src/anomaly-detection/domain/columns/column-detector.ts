import { type Column, type Detection, detectionOf, nothingToJudge, type Observations } from '../detector.js';
import { say, sayScore } from '../statistics/wording.js';
import { type ColumnValues, columnValues, originalOf } from './column-values.js';
import { scaleOf } from './scale.js';

/** Below that, no value can be told from the others. */
const FEWEST_VALUES = 5;

/** How one value is judged. */
export interface Judgement {
  /** The score of a value as it stands in `ColumnValues.values`. */
  readonly scoreOf: (value: number) => number;
  /** What the value is compared with, as it stands in `ColumnValues.values`. */
  readonly centreOf: (value: number) => number;
  /** `standard deviations`. */
  readonly units: string;
  /** `the mean`. */
  readonly centreName: (value: number) => string;
  readonly notes?: readonly string[];
}

interface Settings {
  readonly threshold: number;
  readonly scale: 'linear' | 'log' | 'auto';
  readonly limit: number;
}

/**
 * Judges each value of the first column against all of them. A missing value has no score; an infinite one stands out in any
 * case. `judge` answers with nothing where the values are all the same.
 */
export function judgeColumn(
  { columns }: Observations,
  settings: Settings,
  judge: (values: Float64Array) => Judgement | undefined,
): Detection {
  const [column] = columns;
  if (column === undefined) return nothingToJudge(0, settings.threshold, ['There is no column.']);
  const usable = columnValues(column, settings.scale === 'auto' ? scaleOf(column.values) : settings.scale);
  const isFew = usable.values.length < FEWEST_VALUES;
  const judgement = isFew ? undefined : judge(usable.values);
  const reason = isFew
    ? `${column.name} has ${usable.values.length} values, too few to tell one from the others.`
    : `The values of ${column.name} are all the same.`;
  return detectionOf({
    scores: scoresOf(column, usable, judgement),
    threshold: settings.threshold,
    usual: 0,
    limit: settings.limit,
    notes: [...usable.notes, ...(judgement === undefined ? [reason] : (judgement.notes ?? []))],
    describe: (row, score) => ({
      columns: [column.name],
      reason: describe(usable, column.values[row] ?? Number.NaN, score, settings.threshold, judgement),
    }),
  });
}

function scoresOf(
  column: Column,
  { values, rows }: ColumnValues,
  judgement: Judgement | undefined,
): Float64Array {
  const scores = column.values.map((value) =>
    Number.isFinite(value) || Number.isNaN(value) ? Number.NaN : Number.POSITIVE_INFINITY,
  );
  if (judgement === undefined) return scores;
  rows.forEach((row, index) => {
    scores[row] = judgement.scoreOf(values[index] ?? Number.NaN);
  });
  return scores;
}

function describe(
  usable: ColumnValues,
  value: number,
  score: number,
  threshold: number,
  judgement: Judgement | undefined,
): string {
  const { column, isLog, unit } = usable;
  if (judgement === undefined || !Number.isFinite(value)) return `${column.name} is ${say(value)}.`;
  const place = isLog ? Math.log(value) : value / unit;
  const centre = judgement.centreOf(place);
  const side = place < centre ? 'below' : 'above';
  const scale = isLog ? ' on a logarithmic scale' : '';
  return `${column.name} is ${say(value)}: ${sayScore(score)} ${judgement.units} ${side} ${judgement.centreName(place)} of ${say(originalOf(usable, centre))}${scale} (more than ${sayScore(threshold)}).`;
}
