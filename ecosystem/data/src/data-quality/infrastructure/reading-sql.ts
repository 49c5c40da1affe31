import type { Source } from '../contract/source.js';
import { cellIn, type Session } from './engine.js';
import { headOf } from './source-file.js';
import { identifier, literal } from './sql.js';

/** The tables that a reader of CSV writes its rejected lines into. */
export const REJECTED = 'rejected_lines';
export const SCANS = 'rejected_scans';
export const MOST_REJECTED = 10_000;

const JSON_OPTIONS = 'sample_size=-1, maximum_object_size=67108864';

/** A way to read a file with SQL: what stands after FROM, and what had to be borne with. */
export interface Reading {
  readonly from: string;
  readonly notes: readonly string[];
}

/** The ways to read a file, the strictest first. */
export async function readingsOf(source: Source): Promise<Reading[]> {
  const path = literal(source.path);
  switch (source.format) {
    case 'parquet':
      return [{ from: `read_parquet(${path})`, notes: [] }];
    case 'json':
      return [{ from: `read_json(${path}, ${JSON_OPTIONS})`, notes: [] }];
    case 'ndjson': {
      const lines = `read_json(${path}, format='newline_delimited', ${JSON_OPTIONS}`;
      const note = 'Some lines are no JSON: each stands as a row without values.';
      return [
        { from: `${lines})`, notes: [] },
        { from: `${lines}, ignore_errors=true)`, notes: [note] },
      ];
    }
    case 'csv':
      return csvReadings(source, delimiterOf(await headOf(source.path), source.encoding));
  }
}

function csvReadings({ path, encoding }: Source, delimiter: string): Reading[] {
  const options = [
    `delim=${literal(delimiter)}`,
    ...[`comment=''`, 'skip=0', 'header=true', 'all_varchar=true'],
    ...['store_rejects=true', `rejects_table=${literal(REJECTED)}`, `rejects_scan=${literal(SCANS)}`],
    ...[`rejects_limit=${MOST_REJECTED}`, `encoding=${literal(encoding)}`],
  ].join(', ');
  const from = `read_csv(${literal(path)}, ${options}`;
  const notes =
    encoding === 'latin-1' ? ['It is not UTF-8, so it was read as Latin-1: letters may come out wrong.'] : [];
  return [
    { from: `${from}, quote='"', escape='"')`, notes },
    {
      from: `${from}, quote='', escape='')`,
      notes: [...notes, 'Its quotes do not match, so they were read as text.'],
    },
  ];
}

/** What stands most often between the names of the first line. */
function delimiterOf(head: Buffer, encoding: Source['encoding']): string {
  const text = head.toString(encoding === 'utf-16' ? 'utf16le' : 'latin1');
  const names = (text.split(/\r\n|\n|\r/, 1)[0] ?? '').replaceAll(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((delimiter) => names.split(delimiter).length);
  const most = Math.max(...counts);
  return most === 1 ? ',' : ([',', ';', '\t', '|'][counts.indexOf(most)] ?? ',');
}

/** The columns of a reading, each as an expression that makes a text of it. */
export async function textColumnsOf(
  session: Session,
  from: string,
): Promise<{ name: string; text: string }[]> {
  const described = await session.rows(`DESCRIBE SELECT * FROM ${from}`);
  return described.map((row) => {
    const name = String(cellIn(row, 'column_name'));
    return { name, text: textOf(identifier(name), String(cellIn(row, 'column_type'))) };
  });
}

function textOf(column: string, type: string): string {
  if (type === 'VARCHAR') return column;
  if (type === 'JSON') return `(${column} ->> '$')`;
  if (/^(?:STRUCT|MAP|UNION)|\]$/.test(type)) return `CAST(to_json(${column}) AS VARCHAR)`;
  return `CAST(${column} AS VARCHAR)`;
}
