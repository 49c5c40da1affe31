import { type Detection, type Detector, detectionOf, nothingToJudge } from '../detector.js';
import type { SettingsOf } from '../settings.js';
import { MAD_TO_DEVIATION, MEAN_AD_TO_DEVIATION, meanOf, median } from '../statistics/order.js';
import { say, sayScore } from '../statistics/wording.js';
import { type Grid, gridOf } from './grid.js';
import { movingMedian } from './moving-median.js';
import { findSeason, seasonOf } from './season.js';
import { lineOf, minus, roughTrendOf, trendOf } from './trend.js';

type Settings = SettingsOf<'seasonal-window'>;

const FEWEST_VALUES = 20;
const USUAL_WINDOW = 31;
const WIDEST_WINDOW = 10_001;
/** The deviation of fewer values is a matter of chance itself. */
const LEAST_DEVIATION_WINDOW = 91;
/** A quiet stretch is not taken for quieter than that share of the whole series, or every ripple in it would stand out. */
const LEAST_SHARE = 0.75;

/**
 * What trend and season leave of a value, in deviations of what they leave of its neighbours. Trend and deviation are moving medians
 * (the Hampel identifier: Davies and Gather 1993), the season has the medians of its places (see `seasonOf`), so that up to half
 * of the values near by may be wrong. Needs `times`; rows must be in their order.
 */
export const seasonalWindow: Detector<Settings> = ({ columns, times }, settings): Detection => {
  const [column] = columns;
  const rows = column?.values.length ?? 0;
  if (column === undefined || times === undefined)
    return nothingToJudge(rows, settings.threshold, [
      'There is no series: a column of numbers, and one of times.',
    ]);
  const counted = column.values.filter(Number.isFinite).length;
  if (counted < FEWEST_VALUES)
    return nothingToJudge(rows, settings.threshold, [
      `${column.name} has ${counted} values: too few for a series.`,
    ]);
  const grid = gridOf(column.values, times);
  const { expected, deviations, season } = decompose(grid, settings);
  const scores = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const place = grid.places[row] ?? 0;
    scores[row] = scoreOf(
      column.values[row] ?? Number.NaN,
      expected[place] ?? Number.NaN,
      deviations[place] ?? 0,
    );
  }
  const describe = (row: number, score: number): { columns: string[]; reason: string } => {
    const value = column.values[row] ?? Number.NaN;
    const when = sayTime(times[row] ?? Number.NaN);
    const usual = expected[grid.places[row] ?? 0] ?? Number.NaN;
    const reason = Number.isFinite(score)
      ? `${column.name} was ${say(value)} on ${when}, where ${say(usual)} was to be expected: ${sayScore(score)} deviations away.`
      : `${column.name} was ${say(value)} on ${when}.`;
    return { columns: [column.name], reason };
  };
  const { threshold, limit } = settings;
  return detectionOf({ scores, threshold, usual: 0, limit, notes: [noteOf(column.name, season)], describe });
};

function scoreOf(value: number, expected: number, deviation: number): number {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? Number.NaN : Number.POSITIVE_INFINITY;
  return deviation === 0 ? 0 : Math.abs(value - expected) / deviation;
}

interface Decomposition {
  /** Trend and season of each place. */
  readonly expected: Float64Array;
  readonly deviations: Float64Array;
  /** In places; 0 for none. */
  readonly season: number;
}

function decompose({ values, stepMs }: Grid, settings: Settings): Decomposition {
  const { season: wanted } = settings;
  const season = wanted === 'auto' ? findSeason(values, stepMs) : wanted === 'none' ? 0 : wanted;
  const window = Math.min(WIDEST_WINDOW, settings.window ?? usualWindow(season)) | 1;
  const reach = { window, stretch: season === 0 ? window : season * Math.ceil(window / season) };
  const line = lineOf(values, reach.stretch);
  const level = minus(values, line);
  const cycle =
    season === 0 ? new Float64Array(1) : seasonOf(minus(level, roughTrendOf(level, reach)), season);
  const seasonal = values.map((_, place) => orZero(cycle[place % cycle.length]));
  const trend = trendOf(minus(level, seasonal), reach);
  const expected = trend.map((value, place) => value + (line[place] ?? 0) + (seasonal[place] ?? 0));
  const residuals = minus(values, expected).map(Math.abs);
  return { expected, deviations: deviationsOf(residuals, Math.max(window, LEAST_DEVIATION_WINDOW)), season };
}

/** Of whole seasons, so that each place of them weighs the same. */
function usualWindow(season: number): number {
  return season === 0 ? USUAL_WINDOW : season * Math.ceil(USUAL_WINDOW / season);
}

function deviationsOf(residuals: Float64Array, window: number): Float64Array {
  const least = deviationAround0(residuals) * LEAST_SHARE;
  return movingMedian(residuals, window).map((middle) => Math.max(orZero(middle) * MAD_TO_DEVIATION, least));
}

/** Of residuals without their signs: as `robustScaleOf` would have it if there were as many on either side of 0. */
function deviationAround0(residuals: Float64Array): number {
  const known = residuals.filter((residual) => !Number.isNaN(residual));
  return median(known) * MAD_TO_DEVIATION || meanOf(known) * MEAN_AD_TO_DEVIATION;
}

function orZero(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? 0 : value;
}

function noteOf(name: string, season: number): string {
  return season === 0
    ? `${name} was taken as a series without a season.`
    : `${name} has a season of ${season} rows.`;
}

function sayTime(time: number): string {
  if (!Number.isFinite(time)) return 'an unknown day';
  const text = new Date(time).toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
}
