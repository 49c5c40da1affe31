import type { Source } from '../contract/source.js';
import { cellIn, type Session } from './engine.js';
import { headOf } from './source-file.js';
import { fileNamed, identifier, literal } from './sql.js';

/** The tables that a reader of CSV writes its rejected lines into. */
export const REJECTED = 'rejected_lines';
export const SCANS = 'rejected_scans';
export const MOST_REJECTED = 10_000;
export const MOST_COLUMNS = 300;

/** The values of folders such as `year=2024` are no columns of the files in them. */
const FILE_OPTIONS = 'hive_partitioning=false';
const OBJECT_OPTIONS = `${FILE_OPTIONS}, maximum_object_size=67108864`;
const JSON_OPTIONS = `${OBJECT_OPTIONS}, sample_size=-1, map_inference_threshold=${MOST_COLUMNS + 1}, field_appearance_threshold=0`;
const DELIMITERS = [',', ';', '\t', '|'] as const;

/** A way to read a file with SQL: what stands after FROM, and what had to be borne with. */
export interface Reading {
  readonly from: string;
  readonly notes: readonly string[];
}

/** The ways to read a file, the strictest first. `path` is that of its text in UTF-8. */
export async function readingsOf(
  { format, encoding, path: own }: Pick<Source, 'format' | 'encoding' | 'path'>,
  path = own,
): Promise<Reading[]> {
  const file = fileNamed(path);
  const notes =
    encoding === 'latin-1'
      ? ['It is not UTF-8, so it was read as Windows-1252 (Latin-1): letters may come out wrong.']
      : [];
  switch (format) {
    case 'parquet':
      return [{ from: `read_parquet(${file}, ${FILE_OPTIONS})`, notes }];
    case 'json':
      return [{ from: `read_json(${file}, ${JSON_OPTIONS})`, notes }];
    case 'ndjson': {
      const lines = `read_json(${file}, format='newline_delimited', ${JSON_OPTIONS}`;
      const note = 'Some lines are no JSON: each stands as a row without values.';
      return [
        { from: `${lines})`, notes },
        { from: `${lines}, ignore_errors=true)`, notes: [...notes, note] },
      ];
    }
    case 'csv':
      return csvReadings(file, formOf(await headOf(path)), notes);
  }
}

/** What stands after FROM for the values of a JSON file, each as it is. */
export function valuesOf(path: string): string {
  return `read_json_objects(${fileNamed(path)}, ${OBJECT_OPTIONS})`;
}

/** How the lines of a CSV are to be read. */
interface Form {
  readonly delimiter: string;
  /** Lines before that with the names. */
  readonly skip: number;
}

function csvReadings(file: string, { delimiter, skip }: Form, notes: readonly string[]): Reading[] {
  const options = [
    `delim=${literal(delimiter)}`,
    ...[FILE_OPTIONS, `comment=''`, `skip=${skip}`, 'header=true', 'all_varchar=true'],
    ...['store_rejects=true', `rejects_table=${literal(REJECTED)}`, `rejects_scan=${literal(SCANS)}`],
    `rejects_limit=${MOST_REJECTED}`,
  ].join(', ');
  const from = `read_csv(${file}, ${options}`;
  return [
    { from: `${from}, quote='"', escape='"')`, notes },
    {
      from: `${from}, quote='', escape='')`,
      notes: [...notes, 'Its quotes do not match, so they were read as text.'],
    },
  ];
}

/** Blank lines may come first, and a line that names the delimiter, as spreadsheets write it. */
function formOf(head: Buffer): Form {
  const lines = head
    .toString('utf8')
    .replace(/^\u{FEFF}/u, '')
    .split(/\r\n|\n|\r/);
  const skip = Math.max(
    0,
    lines.findIndex((line) => line.trim() !== ''),
  );
  const first = lines[skip] ?? '';
  const [, said] = /^"?sep=([^"])"?$/i.exec(first) ?? [];
  return said === undefined ? { delimiter: delimiterOf(first), skip } : { delimiter: said, skip: skip + 1 };
}

/** What stands most often between the names. */
function delimiterOf(line: string): string {
  const names = line.replaceAll(/"[^"]*"/g, '');
  const counts = DELIMITERS.map((delimiter) => names.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))] ?? ',';
}

/** A column of a reading, with an expression that makes a text of it. */
export interface TextColumn {
  readonly name: string;
  readonly type: string;
  readonly text: string;
}

/** The columns of a reading. */
export async function textColumnsOf(session: Session, from: string): Promise<TextColumn[]> {
  const described = await session.rows(`DESCRIBE SELECT * FROM ${from}`);
  return described.map((row) => {
    const [name, type] = [String(cellIn(row, 'column_name')), String(cellIn(row, 'column_type'))];
    return { name, type, text: textOf(identifier(name), type) };
  });
}

function textOf(column: string, type: string): string {
  if (type === 'VARCHAR') return column;
  if (type === 'JSON') return `(${column} ->> '$')`;
  if (/^(?:STRUCT|MAP|UNION)|\]$/.test(type)) return `CAST(to_json(${column}) AS VARCHAR)`;
  return `CAST(${column} AS VARCHAR)`;
}
