import { ascending, median, quantile, robustScaleOf } from '../statistics/order.js';
import { movingMedian } from './moving-median.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365.25 * DAY_MS;

/** What people and the sun repeat. */
const CYCLES_MS = [MINUTE_MS, HOUR_MS, DAY_MS, 7 * DAY_MS, YEAR_MS];
/** Fewer seasons than that can't be told from a trend. */
const FEWEST_CYCLES = 3;
const LEAST_CORRELATION = 0.3;
/** What repeats daily repeats weekly too; only where a longer season explains more is it the season. */
const LEAST_GAIN = 0.05;
const LONGEST = 10_000;
/** So many seasons, or places where seasons are short, tell as much of a season as a longer series would. */
const ENOUGH_CYCLES = 50;
const ENOUGH_PLACES = 50_000;

/**
 * How many places a season has, of those that a calendar suggests for such steps: the one at whose distance values are most alike,
 * if they are at all; 0 for none.
 */
export function findSeason(values: Float64Array, stepMs: number): number {
  const candidates = CYCLES_MS.map((cycle) => Math.round(cycle / stepMs)).filter(
    (length) => length >= 4 && length <= LONGEST && length * FEWEST_CYCLES <= values.length,
  );
  if (candidates.length === 0) return 0;
  const steady = withoutExtremes(values);
  let [best, bestCorrelation] = [0, LEAST_CORRELATION - LEAST_GAIN];
  for (const length of candidates) {
    const stretch = middleOf(steady, Math.max(ENOUGH_CYCLES * length, ENOUGH_PLACES));
    const correlation = correlationAt(withoutTrend(stretch, length), length);
    if (correlation > bestCorrelation + LEAST_GAIN) [best, bestCorrelation] = [length, correlation];
  }
  return best;
}

/**
 * What each place of a season adds: the median over all seasons (as S-H-ESD of Hochenbaum, Vallis and Kejariwal 2017 has it after STL,
 * Cleveland et al. 1990), smoothed by a median over its neighbours where seasons are long and few.
 */
export function seasonOf(detrended: Float64Array, length: number): Float64Array {
  const phases = Float64Array.from({ length }, (_, phase) => median(valuesAt(detrended, phase, length)));
  const neighbours = Math.floor(length / 24);
  if (neighbours === 0) return phases;
  const round = new Float64Array(length + 2 * neighbours);
  round.forEach((_, place) => {
    round[place] = phases[(place - neighbours + length) % length] ?? Number.NaN;
  });
  return movingMedian(round, 2 * neighbours + 1).slice(neighbours, neighbours + length);
}

/** The known values at one place of each season. */
function valuesAt(detrended: Float64Array, phase: number, length: number): Float64Array {
  const values = new Float64Array(Math.ceil(Math.max(0, detrended.length - phase) / length));
  let count = 0;
  for (let place = phase; place < detrended.length; place += length) {
    const value = detrended[place] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    values[count] = value;
    count += 1;
  }
  return values.subarray(0, count);
}

/** The values in the middle, `most` of them at most. */
function middleOf(values: Float64Array, most: number): Float64Array {
  const start = Math.max(0, Math.floor((values.length - most) / 2));
  return values.subarray(start, start + most);
}

/** What is far out is taken for what is just not far out, so that single values do not make or hide a season. */
function withoutExtremes(values: Float64Array): Float64Array {
  const { median: middle, deviation } = robustScaleOf(values.filter((value) => !Number.isNaN(value)));
  if (deviation === 0) return values;
  const [low, high] = [middle - 4 * deviation, middle + 4 * deviation];
  return values.map((value) => Math.max(low, Math.min(high, value)));
}

function withoutTrend(values: Float64Array, length: number): Float64Array {
  const trend = movingMedian(values, length | 1);
  return values.map((value, place) => value - (trend[place] ?? Number.NaN));
}

/** Of the values with those a season later; those at either end of the order weigh no more than the rest. */
function correlationAt(values: Float64Array, distance: number): number {
  const sorted = ascending(values.filter((value) => !Number.isNaN(value)));
  const middle = quantile(sorted, 0.5);
  let [products, squares, count] = [0, 0, 0];
  for (let place = distance; place < values.length; place += 1) {
    const [one, other] = [values[place - distance] ?? Number.NaN, values[place] ?? Number.NaN];
    if (Number.isNaN(one) || Number.isNaN(other)) continue;
    products += (one - middle) * (other - middle);
    squares += ((one - middle) ** 2 + (other - middle) ** 2) / 2;
    count += 1;
  }
  return count < distance || squares === 0 ? 0 : products / squares;
}
