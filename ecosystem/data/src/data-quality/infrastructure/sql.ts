import type { ColumnReading } from '../application/inspector.js';
import type { ColumnType } from '../contract/report.js';

/** Words that people write where there is nothing. */
const NOTHING = ['', 'na', 'n/a', '#n/a', 'null', 'nil', 'nan', '?', '-', '--', '.'];
const LONGER_THAN_NOTHING = Math.max(...NOTHING.map(({ length }) => length)) + 1;
const NOTHING_LIST = NOTHING.map(literal).join(', ');

/** A string in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The name of a column in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The trimmed value of a column of texts; NULL where it is missing. */
export function presentIn(name: string): string {
  const trimmed = `trim(${identifier(name)})`;
  return `CASE WHEN length(${trimmed}) < ${LONGER_THAN_NOTHING} AND lower(${trimmed}) IN (${NOTHING_LIST}) THEN NULL ELSE ${trimmed} END`;
}

/** A present value as what its column is; NULL where it is something else. */
export function typed(
  value: string,
  { type, formats }: { readonly type: ColumnType; readonly formats: readonly string[] },
): string {
  switch (type) {
    case 'integer':
    case 'number':
      return `TRY_CAST(${value} AS DOUBLE)`;
    case 'boolean':
      return `CASE lower(${value}) WHEN 'true' THEN true WHEN 'yes' THEN true WHEN 'false' THEN false WHEN 'no' THEN false END`;
    case 'date':
      return dateOf(value, formats);
    case 'text':
      return value;
  }
}

/** Doubles for calculating: numbers, and dates as milliseconds since the Unix epoch. */
export function numeric({ name, type, formats }: ColumnReading): string {
  const value = typed(presentIn(name), { type, formats });
  if (type === 'date') return `CAST(epoch_ms(${value}) AS DOUBLE)`;
  if (type === 'boolean') return `CAST(${value} AS DOUBLE)`;
  return type === 'text' ? `TRY_CAST(${value} AS DOUBLE)` : value;
}

function dateOf(value: string, formats: readonly string[]): string {
  const parsed = formats.map((format) => dateIn(value, format));
  return parsed.length === 0 ? 'NULL::TIMESTAMP' : `COALESCE(${parsed.join(', ')})`;
}

function dateIn(value: string, format: string): string {
  return format === 'iso' ? `TRY_CAST(${value} AS TIMESTAMP)` : `TRY_STRPTIME(${value}, ${literal(format)})`;
}
