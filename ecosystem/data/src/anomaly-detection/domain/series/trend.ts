import { median } from '../statistics/order.js';
import { movingMedian } from './moving-median.js';

/** How far a trend looks around. */
export interface Reach {
  /** The places around each one, an odd number. */
  readonly window: number;
  /** Whole seasons, and no fewer places than the window. */
  readonly stretch: number;
}

/** So many places tell the slope of a line: of each two of them, so that many more would take their time. */
const ENOUGH_PLACES = 200;

/**
 * The line that a series follows if it rises all the time: the median of what it rises by over a stretch (as Theil 1950 and Sen 1968
 * have it of all pairs), which a step or odd values don't change. The median of a window that goes up in line with time is the value
 * in its middle, whatever that is; so nothing would be odd but what happens to be in another order.
 */
export function lineOf(values: Float64Array, stretch: number): Float64Array {
  const slope = orZero(knownMedian(minus(values.subarray(stretch), values))) / stretch;
  return values.map((_, place) => slope * place);
}

/**
 * The moving median of what still has its season, and of what the series would be like beyond its ends: as a stretch before, moved by
 * what it has risen by from one stretch to the next.
 */
export function roughTrendOf(values: Float64Array, { window, stretch }: Reach): Float64Array {
  const count = values.length;
  if (count < 2 * stretch) return movingMedian(values, window);
  const half = window >>> 1;
  const level = (start: number): number => knownMedian(values.subarray(start, start + stretch));
  const rise = orZero(level(stretch) - level(0));
  const lastRise = orZero(level(count - stretch) - level(count - 2 * stretch));
  return medianBetween(
    values.slice(stretch - half, stretch).map((value) => value - rise),
    values,
    values.slice(count - stretch, count - stretch + half).map((value) => value + lastRise),
  );
}

/**
 * The moving median of what has no season, and of the line beyond either end that the values of the window there follow: windows that
 * reach beyond an end would else lag behind a rise. It is a line of these alone, since what falls at first may rise later.
 */
export function trendOf(values: Float64Array, { window, stretch }: Reach): Float64Array {
  if (values.length < 2 * stretch) return movingMedian(values, window);
  const half = window >>> 1;
  const before = beyond(values.slice(0, window).reverse(), half).reverse();
  return medianBetween(before, values, beyond(values.slice(-window), half));
}

/** How values go on after the last of them. */
function beyond(values: Float64Array, places: number): Float64Array {
  const slope = slopeOf(values);
  const start = orZero(knownMedian(values.map((value, place) => value - slope * place)));
  return Float64Array.from({ length: places }, (_, place) => start + slope * (values.length + place));
}

/** The median of the slopes between each two values (Sen 1968), of many at even distances; 0 where none is known. */
function slopeOf(values: Float64Array): number {
  const every = Math.ceil(values.length / ENOUGH_PLACES);
  const slopes: number[] = [];
  for (let one = 0; one < values.length; one += every)
    for (let other = one + every; other < values.length; other += every)
      slopes.push(((values[other] ?? Number.NaN) - (values[one] ?? Number.NaN)) / (other - one));
  return orZero(knownMedian(Float64Array.from(slopes)));
}

/** The moving median of values, in windows that reach as far into what stands before and after them. */
function medianBetween(before: Float64Array, values: Float64Array, after: Float64Array): Float64Array {
  const half = before.length;
  const extended = new Float64Array(values.length + 2 * half);
  extended.set(before);
  extended.set(values, half);
  extended.set(after, half + values.length);
  return movingMedian(extended, 2 * half + 1).slice(half, half + values.length);
}

/** The first values less the others, place by place. */
export function minus(values: Float64Array, others: Float64Array): Float64Array {
  const result = new Float64Array(values.length);
  for (let place = 0; place < values.length; place += 1)
    result[place] = (values[place] ?? Number.NaN) - (others[place] ?? Number.NaN);
  return result;
}

function knownMedian(values: Float64Array): number {
  return median(values.filter((value) => !Number.isNaN(value)));
}

function orZero(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}
