import type { ColumnDetails } from '../contract/report.js';
import { type Inference, inferType } from '../domain/column-type.js';
import { cellIn, countIn, numberIn, type Row, type Session, shown } from './engine.js';
import { oddlyWritten, presentOf, typed } from './sql.js';
import type { Table } from './tables.js';

const SAMPLE_ROWS = 20_000;
/** More rows than that, and quantiles are those of rows at even distances, and distinct values are estimated. */
const MOST_EXACT = 1_000_000;
const MOST_COUNTED = 200_000;
const MOST_FREQUENT = 5;
const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

/** What a column of a table is like. */
export async function profileColumn(
  session: Session,
  table: Table,
  rows: number,
  name: string,
): Promise<ColumnDetails> {
  const sample = await sampleOf(session, table, rows, name);
  const inferred = inferType(sample);
  const measured = await measure(session, table, rows, name, inferred);
  const present = countIn(measured, 'present');
  const isWhole = countIn(measured, 'broken_numbers') === 0;
  const type = inferred.type === 'integer' && !isWhole ? 'number' : inferred.type;
  const isNumber = type === 'integer' || type === 'number';
  const frequent = await frequentOf(session, table, name, countIn(measured, 'nearly'));
  const details: ColumnDetails = {
    ...{ name, type, missing: rows - present, disguised: countIn(measured, 'disguised') },
    distinct: Math.min(present, frequent?.distinct ?? countIn(measured, 'nearly')),
    ...{ misfits: countIn(measured, 'misfits'), formats: [...inferred.formats] },
    quantiles: quantilesIn(measured),
    mean: isNumber ? numberIn(measured, 'mean') : null,
    deviation: isNumber ? numberIn(measured, 'deviation') : null,
    lengths: type === 'text' && present > 0 ? lengthsIn(measured) : null,
    frequent: frequent?.values ?? [],
    patterns: type === 'text' && present > 0 ? patternsOf(sample) : [],
    notes: [],
  };
  return { ...details, notes: notesOn(details, rows, measured) };
}

async function sampleOf(session: Session, { from }: Table, rows: number, name: string): Promise<string[]> {
  const every = Math.max(1, Math.ceil(rows / SAMPLE_ROWS));
  const found = await session.rows(`
    SELECT v FROM (SELECT ${presentOf(name)} AS v, file_row_number AS n FROM ${from} WHERE file_row_number % ${every} = 0)
    WHERE v IS NOT NULL ORDER BY n`);
  return found.map(({ v }) => String(v));
}

/** Everything that one look at the values tells. */
async function measure(
  session: Session,
  { from }: Table,
  rows: number,
  name: string,
  inferred: Inference,
): Promise<Row | undefined> {
  const { type } = inferred;
  const value = typed('v', inferred);
  const isOrdered = type !== 'text' && type !== 'boolean';
  const number = type === 'date' ? `CAST(epoch_ms(${value}) AS DOUBLE)` : value;
  const fits = isOrdered ? 'isfinite(x)' : 'x IS NOT NULL';
  const every = Math.max(1, Math.ceil(rows / MOST_EXACT));
  const spread = `, avg(x) FILTER (isfinite(x)) AS mean, stddev_samp(x) FILTER (isfinite(x) AND abs(x) < 1e150) AS deviation,
      count(*) FILTER (NOT isfinite(x)) AS infinite, count(*) FILTER (x <> trunc(x)) AS broken_numbers,
      min(x) FILTER (isfinite(x)) AS least, max(x) FILTER (isfinite(x)) AS most,
      quantile_cont(x, [${QUANTILES.join(', ')}]) FILTER (isfinite(x) AND n % ${every} = 0) AS quantiles`;
  const [row] = await session.rows(`
    SELECT count(v) AS present, count(*) FILTER (v IS NULL AND trim(odd) <> '') AS disguised,
      approx_count_distinct(v) AS nearly, count(v) - count(*) FILTER (${fits}) AS misfits,
      count(odd) FILTER (v IS NOT NULL) AS padded, min(length(v)) AS shortest, max(length(v)) AS longest
      ${isOrdered ? spread : ''}
    FROM (SELECT v, odd, n, ${number} AS x FROM
      (SELECT ${presentOf(name)} AS v, ${oddlyWritten(name)} AS odd, file_row_number AS n FROM ${from}))`);
  return row;
}

/** The ends are those of all rows, even where the rest comes from some; none of it hangs on the order of threads. */
function quantilesIn(row: Row | undefined): number[] | null {
  const [least, most, inner] = [cellIn(row, 'least'), cellIn(row, 'most'), cellIn(row, 'quantiles')];
  if (typeof least !== 'number' || typeof most !== 'number' || !Array.isArray(inner)) return null;
  const within = (value: number) => Math.min(most, Math.max(least, Number(value.toPrecision(15))));
  const quantiles = inner.slice(1, -1).map((value) => within(Number(value)));
  // Between numbers that are so far apart that their difference is infinite, there is none to be found.
  return quantiles.some(Number.isNaN) ? null : [least, ...quantiles, most];
}

function lengthsIn(row: Row | undefined): { least: number; most: number } {
  return { least: countIn(row, 'shortest'), most: countIn(row, 'longest') };
}

/** The most frequent values, where not nearly all differ, and how many different ones there are. */
async function frequentOf(session: Session, { from }: Table, name: string, nearly: number) {
  if (nearly > MOST_COUNTED) return undefined;
  const found = await session.rows(`
    SELECT v, times, count(*) OVER () AS distinct_values
    FROM (SELECT v, count(*) AS times FROM (SELECT ${presentOf(name)} AS v FROM ${from}) WHERE v IS NOT NULL GROUP BY v)
    ORDER BY times DESC, v LIMIT ${MOST_FREQUENT}`);
  return {
    distinct: countIn(found[0], 'distinct_values'),
    values: found.map((row) => ({ value: shown(cellIn(row, 'v')), count: countIn(row, 'times') })),
  };
}

function patternsOf(sample: readonly string[]): ColumnDetails['patterns'] {
  const counts = new Map<string, number>();
  for (const value of sample) {
    const pattern = shown(
      value
        .slice(0, 200)
        .replace(/\p{L}+/gu, 'a')
        .replace(/\d+/g, '9'),
    );
    counts.set(pattern, (counts.get(pattern) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, MOST_FREQUENT);
}

function notesOn(
  { type, missing, disguised, distinct, formats }: ColumnDetails,
  rows: number,
  measured: Row | undefined,
): string[] {
  const [padded, infinite] = [countIn(measured, 'padded'), countIn(measured, 'infinite')];
  const notes: string[] = [];
  if (rows > 0 && missing === rows) notes.push('it has no value at all');
  else if (distinct === 1 && rows > 1) notes.push('it has one value throughout');
  if (formats.length > 1) notes.push(`dates are written in ${formats.length} ways: ${formats.join(', ')}`);
  if (disguised > 0) notes.push(`a word such as NA stands for nothing: ${times(disguised)}`);
  if (padded > 0) notes.push(`blanks stand around the value: ${times(padded)}`);
  if (infinite > 0)
    notes.push(type === 'date' ? 'it has dates without end' : `values are infinite: ${times(infinite)}`);
  return notes;
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
