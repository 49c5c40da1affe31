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

/** The name of one file in SQL: to the engine, some letters of a name stand for others. */
export function fileNamed(path: string): string {
  return literal(path.replaceAll(/[*?[]/g, '[$&]'));
}

/** The name of a column in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The column of a copy with the trimmed values of a column of the file; NULL where one is missing. */
export function presentOf(name: string): string {
  return identifier(`v:${name}`);
}

/** The column of a copy with what is written in the file where that is not the value; NULL elsewhere. */
export function oddlyWritten(name: string): string {
  return identifier(`w:${name}`);
}

/** The values of a column as they are written in the file. */
export function writtenIn(name: string): string {
  return `COALESCE(${oddlyWritten(name)}, ${presentOf(name)})`;
}

/**
 * Makes the columns of a copy, once, so that whatever is asked of it later need not trim or compare: that took two thirds of the
 * time of a profile. `columns` are those of the file, each with the expression that makes a text of it.
 */
export function copyOf(
  from: string,
  columns: readonly { readonly name: string; readonly text: string }[],
): string {
  const each = (part: (value: string, written: string) => string) =>
    columns.map(({ name }) => part(presentOf(name), oddlyWritten(name))).join(', ');
  const texts = columns.map(({ name, text }) => `${text} AS ${oddlyWritten(name)}`).join(', ');
  const trimmed = each((value, written) => `${trim(written)} AS ${value}, ${written}`);
  const present = each((value, written) => `${presentIn(value)} AS ${value}, ${written}`);
  const odd = (value: string, written: string) =>
    `CASE WHEN ${written} IS DISTINCT FROM ${value} THEN ${written} END`;
  const kept = each((value, written) => `${value}, ${odd(value, written)} AS ${written}`);
  return `SELECT ${kept} FROM (SELECT ${present} FROM (SELECT ${trimmed} FROM (SELECT ${texts} FROM ${from})))`;
}

/** Only spaces are trimmed, those of Unicode too; `trim` alone would look at each character of each value. */
function trim(text: string): string {
  const isAscii = `strlen(${text}) = length(${text})`;
  return `CASE WHEN ${text} >= '!' AND NOT suffix(${text}, ' ') AND ${isAscii} THEN ${text} ELSE trim(${text}) END`;
}

/** A list rather than `IN`, which the engine makes a join of: one for each of hundreds of columns takes all its memory. */
function presentIn(trimmed: string): string {
  const isNothing = `strlen(${trimmed}) < ${LONGER_THAN_NOTHING} AND list_contains([${NOTHING_LIST}], lower(${trimmed}))`;
  return `CASE WHEN ${isNothing} THEN NULL ELSE ${trimmed} END`;
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
  const value = typed(presentOf(name), { type, formats });
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
