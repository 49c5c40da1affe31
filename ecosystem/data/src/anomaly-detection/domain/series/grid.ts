import { median } from '../statistics/order.js';

/** A series at even distances. */
export interface Grid {
  /** `NaN` where there is no row, or one without a finite value. */
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
 * equally long, by the calendar. Where that would make far more places than rows, as of trading days or of times at random, each row
 * is a place.
 */
export function gridOf(values: Float64Array, times: Float64Array): Grid {
  const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const stepMs = median(steps.filter((step) => step > 0));
  const places = Number.isNaN(stepMs) ? undefined : placesOf(times, stepMs);
  const last = places?.at(-1) ?? 0;
  if (places === undefined || last >= MOST_GAPS * values.length || !isAscending(places))
    return { values: values.map(finite), places: Int32Array.from(values, (_, row) => row), stepMs };
  const grid = new Float64Array(last + 1).fill(Number.NaN);
  places.forEach((place, row) => {
    grid[place] = finite(values[row] ?? Number.NaN);
  });
  return { values: grid, places, stepMs };
}

function placesOf(times: Float64Array, stepMs: number): Int32Array {
  const first = times[0] ?? 0;
  const months = Math.round(stepMs / MONTH_MS);
  if (months >= 1 && Math.abs(stepMs / MONTH_MS - months) < months * MONTH_TOLERANCE) {
    const monthOf = (time: number): number => {
      const date = new Date(time);
      return date.getUTCFullYear() * 12 + date.getUTCMonth();
    };
    return Int32Array.from(times, (time) => Math.floor((monthOf(time) - monthOf(first)) / months));
  }
  return Int32Array.from(times, (time) => Math.round((time - first) / stepMs));
}

/** Two rows at one place would hide each other. */
function isAscending(places: Int32Array): boolean {
  return places.every((place, row) => row === 0 || place > (places[row - 1] ?? 0));
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : Number.NaN;
}
