import type { Column, Observations } from '../detector.js';
import { median, type RobustScale, robustScaleOf } from '../statistics/order.js';
import { say, sayScore } from '../statistics/wording.js';

const NAMED_COLUMNS = 3;

/** The rows of a table that distances and splits can be counted with. */
export interface TableValues {
  /** Those that tell rows apart. */
  readonly columns: readonly Column[];
  /** Row after row, `columns.length` values each. */
  readonly points: Float64Array;
  /** The row of the table that each point is. */
  readonly rows: Int32Array;
  /** Of each column. */
  readonly scales: readonly RobustScale[];
  /** One for each row of the table. */
  readonly scores: Float64Array;
  readonly notes: readonly string[];
}

/**
 * Puts the median where a value is missing, leaves out columns whose values are all the same, and rows with an infinite value: in
 * `scores` these have `Infinity` already, rows without any value `NaN`.
 */
export function tableValues({ columns }: Observations): TableValues {
  const medians = columns.map(({ values }) => median(values.filter(Number.isFinite)));
  const useful = columns.filter(({ values }) => hasSeveralValues(values));
  const usedMedians = columns.flatMap((column, index) =>
    useful.includes(column) ? [medians[index] ?? 0] : [],
  );
  const count = columns[0]?.values.length ?? 0;
  const scores = new Float64Array(count).fill(Number.NaN);
  const rows: number[] = [];
  let filled = 0;
  for (let row = 0; row < count; row += 1) {
    const missing = useful.filter(({ values }) => Number.isNaN(values[row])).length;
    if (columns.some(({ values }) => isInfinite(values[row]))) scores[row] = Number.POSITIVE_INFINITY;
    else if (missing < useful.length) rows.push(row);
    filled += missing < useful.length ? missing : 0;
  }
  const points = new Float64Array(rows.length * useful.length);
  rows.forEach((row, index) => {
    useful.forEach(({ values }, place) => {
      const value = values[row] ?? Number.NaN;
      points[index * useful.length + place] = Number.isNaN(value) ? (usedMedians[place] ?? 0) : value;
    });
  });
  const scales = useful.map(({ values }) => robustScaleOf(values.filter(Number.isFinite)));
  const notes = notesOf(columns, useful, filled);
  return { columns: useful, points, rows: Int32Array.from(rows), scales, scores, notes };
}

/** The columns in which a row is furthest from the medians, and a sentence with their values. */
export function describeRow(
  { columns, scales }: Pick<TableValues, 'columns' | 'scales'>,
  row: number,
  verdict: string,
): { readonly columns: readonly string[]; readonly reason: string } {
  const far = columns
    .map(({ name, values }, index) => {
      const value = values[row] ?? Number.NaN;
      const { median: middle = 0, deviation = 0 } = scales[index] ?? {};
      const distance = Number.isNaN(value) || deviation === 0 ? 0 : Math.abs(value - middle) / deviation;
      return {
        name,
        distance,
        text: `${name} ${say(value)} (median ${say(middle)}, ${sayScore(distance)} deviations away)`,
      };
    })
    .sort((a, b) => b.distance - a.distance || (a.name < b.name ? -1 : 1))
    .slice(0, NAMED_COLUMNS);
  return {
    columns: far.map(({ name }) => name),
    reason: `${verdict}: ${far.map(({ text }) => text).join(', ')}.`,
  };
}

/** The sentence on a row that has an infinite value, if it has one. */
export function describeInfinite(
  columns: readonly Column[],
  row: number,
): { readonly columns: readonly string[]; readonly reason: string } | undefined {
  const infinite = columns.filter(({ values }) => isInfinite(values[row]));
  if (infinite.length === 0) return undefined;
  const told = infinite.map(({ name, values }) => `${name} is ${say(values[row] ?? Number.NaN)}`);
  return { columns: infinite.map(({ name }) => name), reason: `${told.join(', ')}.` };
}

function isInfinite(value: number | undefined): boolean {
  return value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY;
}

function hasSeveralValues(values: Float64Array): boolean {
  const first = values.find(Number.isFinite);
  return values.some((value) => Number.isFinite(value) && value !== first);
}

function notesOf(columns: readonly Column[], useful: readonly Column[], filled: number): string[] {
  const left = columns.filter((column) => !useful.includes(column)).map(({ name }) => name);
  return [
    ...(left.length === 0 ? [] : [`Left out, since their values are all the same: ${left.join(', ')}.`]),
    ...(filled === 0 ? [] : [`${filled} missing values were taken for the median of their column.`]),
  ];
}
