import type { Column, Observations } from './detector.js';
import { tellable } from './plan.js';
import { ascending } from './statistics/order.js';

const MOST_EQUAL = 0.5;
const ENOUGH_VALUES = 10_001;

/** A series of a data set, with the rows that it is made of, in the order of time. */
export interface Series {
  /** Which of several; absent where there is one. */
  readonly name: string | undefined;
  /** Absent where it is made of all rows as they stand. */
  readonly rows: Int32Array | undefined;
}

/** Whether more than half of the values are one and the same, so that nothing can be said of a season. Of many, a sample tells it. */
export function isMostlyOneValue(values: Float64Array): boolean {
  const rows = evenSample(values.length, ENOUGH_VALUES);
  const some = rows === undefined ? values : pickValues(values, rows);
  const sorted = ascending(some.filter(Number.isFinite));
  const half = Math.floor(sorted.length * MOST_EQUAL);
  return sorted.some((value, place) => place + half < sorted.length && sorted[place + half] === value);
}

/**
 * The series in which each time comes once: of all rows, or of those with one text in one of the columns of `groups`. Nothing where
 * there are none.
 */
export function findSeries(
  times: Float64Array,
  groups: readonly { readonly texts: readonly (string | null)[] }[],
): readonly Series[] | undefined {
  if (times.length < 2) return undefined;
  if (isAscending(times)) return [{ name: undefined, rows: undefined }];
  if (!hasEqual(times)) {
    const rows = inOrderOfTime(times, [...times.keys()]);
    return rows.length > 1 ? [{ name: undefined, rows }] : undefined;
  }
  for (const { texts } of groups) {
    const series = seriesBy(times, texts);
    if (series.every(({ rows }) => hasDistinctTimes(times, rows))) return series;
  }
  return undefined;
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

function seriesBy(times: Float64Array, texts: readonly (string | null)[]): (Series & { rows: Int32Array })[] {
  const rowsOf = new Map<string, number[]>();
  texts.forEach((text, row) => {
    const rows = rowsOf.get(text ?? '');
    if (rows === undefined) rowsOf.set(text ?? '', [row]);
    else rows.push(row);
  });
  return [...rowsOf]
    .map(([name, rows]) => ({ name: tellable(name), rows: inOrderOfTime(times, rows) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function inOrderOfTime(times: Float64Array, rows: readonly number[]): Int32Array {
  const known = Int32Array.from(rows.filter((row) => Number.isFinite(times[row] ?? Number.NaN)));
  const isInOrder = known.every(
    (row, place) => place === 0 || (times[known[place - 1] ?? 0] ?? 0) <= (times[row] ?? 0),
  );
  return isInOrder ? known : known.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
}

/** Whether each time is known, and after the one before. */
function isAscending(times: Float64Array): boolean {
  return times.every(
    (time, row) => Number.isFinite(time) && (row === 0 || time > (times[row - 1] ?? Number.NaN)),
  );
}

function hasEqual(times: Float64Array): boolean {
  return ascending(times).some((time, place, sorted) => place > 0 && time === sorted[place - 1]);
}

function hasDistinctTimes(times: Float64Array, rows: Int32Array): boolean {
  return (
    rows.length > 1 && rows.every((row, place) => place === 0 || times[row] !== times[rows[place - 1] ?? 0])
  );
}
