import type { Column, Observations } from './detector.js';
import { ascending } from './statistics/order.js';

const MOST_EQUAL = 0.5;
const ENOUGH_VALUES = 10_001;

/** Whether more than half of the values are one and the same, so that nothing can be said of a season. Of many, a sample tells it. */
export function isMostlyOneValue(values: Float64Array): boolean {
  const rows = evenSample(values.length, ENOUGH_VALUES);
  const some = rows === undefined ? values : pickValues(values, rows);
  const sorted = ascending(some.filter(Number.isFinite));
  const half = Math.floor(sorted.length * MOST_EQUAL);
  return sorted.some((value, place) => place + half < sorted.length && sorted[place + half] === value);
}

/** Only some rows of all columns, in that order. */
export function pick({ columns, times }: Observations, rows: Int32Array): Observations {
  const picked = columns.map(({ name, values }): Column => ({ name, values: pickValues(values, rows) }));
  return times === undefined ? { columns: picked } : { columns: picked, times: pickValues(times, rows) };
}

function pickValues(values: Float64Array, rows: Int32Array): Float64Array {
  const picked = new Float64Array(rows.length);
  for (let place = 0; place < rows.length; place += 1) picked[place] = values[rows[place] ?? 0] ?? Number.NaN;
  return picked;
}

/** Rows at even distances, `most` of them at most; all where there are no more. */
export function evenSample(rows: number, most: number): Int32Array | undefined {
  if (rows <= most) return undefined;
  return Int32Array.from({ length: most }, (_, place) => Math.floor((place * rows) / most));
}
