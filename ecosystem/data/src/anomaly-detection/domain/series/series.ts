import { tellable } from '../plan.js';
import { ascending } from '../statistics/order.js';

/** A series of a data set, with the rows that it is made of, in the order of time. */
export interface Series {
  /** Which of several; absent where there is one. */
  readonly name: string | undefined;
  /** Absent where it is made of all rows as they stand. */
  readonly rows: Int32Array | undefined;
}

const HOUR_MS = 3_600_000;
/** Clocks are turned back once in that time at most. */
const AUTUMN_TO_AUTUMN_MS = 300 * 24 * HOUR_MS;
const MOST_REPEATED = 0.05;

/**
 * The series in which each time comes once: of all rows, or of those with one text in one of the columns of `groups`. Nothing where
 * there are none. Local times come twice in the hour in autumn in which clocks are turned back.
 */
export function findSeries(
  times: Float64Array,
  groups: readonly { readonly texts: readonly (string | null)[] }[],
): readonly Series[] | undefined {
  if (times.length < 2) return undefined;
  if (isAscending(times)) return [{ name: undefined, rows: undefined }];
  if (areOfOneSeries(ascending(times.filter(Number.isFinite))))
    return [{ name: undefined, rows: inOrderOfTime(times, [...times.keys()]) }];
  for (const { texts } of groups) {
    const series = seriesBy(times, texts);
    if (series.every(({ rows }) => areOfOneSeries(timesOf(times, rows)))) return series;
  }
  return undefined;
}

/** Whether each time is known, and after the one before. */
function isAscending(times: Float64Array): boolean {
  return times.every(
    (time, row) => Number.isFinite(time) && (row === 0 || time > (times[row - 1] ?? Number.NaN)),
  );
}

/** Whether each of these times, which ascend, is there once; or twice, within one hour a year. */
function areOfOneSeries(times: Float64Array): boolean {
  const repeated = times.filter((time, place) => place > 0 && time === times[place - 1]);
  if (times.length < 2 || repeated.length > times.length * MOST_REPEATED) return false;
  let turnedBack = Number.NEGATIVE_INFINITY;
  return repeated.every((time, place) => {
    if (time === repeated[place - 1]) return false;
    if (time < turnedBack + HOUR_MS) return true;
    const isAnotherYear = time >= turnedBack + AUTUMN_TO_AUTUMN_MS;
    turnedBack = time;
    return isAnotherYear;
  });
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

/** Those with a known time; rows of one time as they stand. */
function inOrderOfTime(times: Float64Array, rows: readonly number[]): Int32Array {
  const known = Int32Array.from(rows.filter((row) => Number.isFinite(times[row] ?? Number.NaN)));
  const isInOrder = known.every(
    (row, place) => place === 0 || (times[known[place - 1] ?? 0] ?? 0) <= (times[row] ?? 0),
  );
  return isInOrder ? known : known.sort((a, b) => (times[a] ?? 0) - (times[b] ?? 0) || a - b);
}

function timesOf(times: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => times[row] ?? Number.NaN);
}
