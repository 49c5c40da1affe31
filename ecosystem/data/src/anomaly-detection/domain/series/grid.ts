import { median } from '../statistics/order.js';

/** A series at even distances. */
export interface Grid {
  /** That of the first row of a place that has a finite one; `NaN` where there is none. */
  readonly values: Float64Array;
  /** The place of each row. */
  readonly places: Int32Array;
  /** Between two places. */
  readonly stepMs: number;
}

const MOST_GAPS = 4;
const MONTH_MS = 30.436875 * 86_400_000;
const MONTH_TOLERANCE = 0.05;

/**
 * Puts rows at the place of their time, so that a season is a number of places even where rows are missing; months, which are not
 * equally long, by the calendar. Rows of one time, as of the hour in autumn in which clocks are turned back, share a place. Where that
 * would make far more places than rows, as of trading days or of times at random, each row is a place.
 */
export function gridOf(values: Float64Array, times: Float64Array): Grid {
  const stepMs = usualStep(times);
  const placeOf = Number.isNaN(stepMs) ? undefined : placing(times[0] ?? 0, stepMs);
  const last = placeOf?.(times.at(-1) ?? 0) ?? 0;
  const places = new Int32Array(values.length);
  const isEven = placeOf !== undefined && last < MOST_GAPS * values.length;
  for (let row = 0; row < places.length; row += 1) places[row] = isEven ? placeOf(times[row] ?? 0) : row;
  if (!isEven || !havePlacesOfTheirOwn(places, times))
    return { values: values.map(finite), places: places.map((_, row) => row), stepMs };
  const grid = new Float64Array(last + 1).fill(Number.NaN);
  places.forEach((place, row) => {
    if (Number.isNaN(grid[place])) grid[place] = finite(values[row] ?? Number.NaN);
  });
  return { values: grid, places, stepMs };
}

/** The median of what lies between a row and the next one; `NaN` where no time goes by. */
function usualStep(times: Float64Array): number {
  const steps = new Float64Array(times.length);
  let count = 0;
  for (let row = 1; row < times.length; row += 1) {
    const step = (times[row] ?? 0) - (times[row - 1] ?? 0);
    if (!(step > 0)) continue;
    steps[count] = step;
    count += 1;
  }
  return median(steps.subarray(0, count));
}

function placing(first: number, stepMs: number): (time: number) => number {
  const months = Math.round(stepMs / MONTH_MS);
  if (months === 0 || Math.abs(stepMs / MONTH_MS - months) >= months * MONTH_TOLERANCE)
    return (time) => Math.round((time - first) / stepMs);
  const monthOf = (time: number): number => {
    const date = new Date(time);
    return date.getUTCFullYear() * 12 + date.getUTCMonth();
  };
  const firstMonth = monthOf(first);
  return (time) => Math.floor((monthOf(time) - firstMonth) / months);
}

/** Rows of several times at one place would hide each other. */
function havePlacesOfTheirOwn(places: Int32Array, times: Float64Array): boolean {
  return places.every(
    (place, row) => row === 0 || place > (places[row - 1] ?? 0) || times[row] === times[row - 1],
  );
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}
