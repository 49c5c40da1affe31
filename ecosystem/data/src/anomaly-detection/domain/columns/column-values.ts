import type { Column } from '../detector.js';

const HUGE = 1e100;
const TINY = 1e-100;

/** The values of a column that can be counted with. */
export interface ColumnValues {
  readonly column: Column;
  /** Finite; in the order of their rows, on the scale and in the unit below. */
  readonly values: Float64Array;
  /** The row of each. */
  readonly rows: Int32Array;
  readonly isLog: boolean;
  /** A value on the linear scale is that in `values` times this; so that squares neither overflow nor vanish. */
  readonly unit: number;
  readonly notes: readonly string[];
}

/** Leaves out what is missing or infinite; takes logarithms where that is asked and can be, and leaves 0 out of them. */
export function columnValues(column: Column, scale: 'linear' | 'log'): ColumnValues {
  const finite = column.values.filter(Number.isFinite);
  const isLog = scale === 'log' && finite.every((value) => value >= 0);
  const rows = Int32Array.from(column.values.keys()).filter((row) => isCounted(column.values[row], isLog));
  const largest = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = isLog || (largest <= HUGE && largest >= TINY) || largest === 0 ? 1 : powerOfTwoNear(largest);
  const valueAt = (row: number): number => column.values[row] ?? Number.NaN;
  const values = Float64Array.from(rows, (row) => (isLog ? Math.log(valueAt(row)) : valueAt(row) / unit));
  const infinite = column.values.filter((value) => Math.abs(value) === Number.POSITIVE_INFINITY).length;
  const zeros = finite.length - rows.length;
  return { column, values, rows, isLog, unit, notes: notesOf(column, { scale, isLog, infinite, zeros }) };
}

/** A value of `values` as it stands in the column. */
export function originalOf({ isLog, unit }: ColumnValues, value: number): number {
  return isLog ? Math.exp(value) : value * unit;
}

/** Division by it is exact. */
export function powerOfTwoNear(size: number): number {
  const exponent = Math.max(-1022, Math.min(1023, Math.floor(Math.log2(size))));
  return 2 ** exponent;
}

function isCounted(value: number | undefined, isLog: boolean): boolean {
  return Number.isFinite(value) && !(isLog && value === 0);
}

interface Counts {
  readonly scale: 'linear' | 'log';
  readonly isLog: boolean;
  readonly infinite: number;
  readonly zeros: number;
}

function notesOf({ name }: Column, { scale, isLog, infinite, zeros }: Counts): string[] {
  const notes: string[] = [];
  if (scale === 'log' && !isLog)
    notes.push(`${name} has values below 0, so it was looked at on a linear scale.`);
  if (zeros > 0) notes.push(`${name} is 0 in ${zeros} rows, which have no place on a logarithmic scale.`);
  if (infinite > 0) notes.push(`${name} has ${infinite} infinite values; they are findings by themselves.`);
  return notes;
}
