import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { nearest } from 'mortar/errors';

/** What was asked for. */
export interface Request {
  /** Absolute paths; the sample data sets where there are none. */
  readonly files: readonly string[];
  readonly asJson: boolean;
  readonly reset: boolean;
  /** Where PostgreSQL is; a file of SQLite's unless said. */
  readonly store: string | undefined;
  /** A directory whose files are taken as they arrive. */
  readonly watch: string | undefined;
  /** Where the database, the copies of the files and the report lie. */
  readonly folder: string;
  /** The options that lead there again, without a password. */
  readonly place: readonly string[];
}

export const usage = `Profiles data sets, holds them to rules, and looks for anomalies in them.

  npm start                            the sample data sets
  npm start -- sales.csv more.parquet  your own: CSV, TSV, JSON, NDJSON, Parquet

  --json            the whole result as JSON on stdout, and nothing else
  --watch DIR       takes the files in a directory, and those that arrive, until it is stopped
  --store URL       keeps everything in PostgreSQL: postgres://user@host/database
  --folder DIR      where the database and the report lie; .mortar unless said
  --reset           forgets everything first
  --help            this text

It may be killed and started again: it goes on where it was. Files that are as they were are not read again.
`;

const options = {
  json: { type: 'boolean', default: false },
  reset: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  store: { type: 'string' },
  watch: { type: 'string' },
  folder: { type: 'string', default: '.mortar' },
} as const;

/**
 * Reads arguments as they follow the program's name. Paths count from `directory`.
 * @throws TypeError for arguments that there are not
 */
export function readArguments(args: readonly string[], directory: string): Request | 'help' {
  const { values, positionals } = parsed(args);
  if (values.help) return 'help';
  if (positionals.includes('')) throw new TypeError('The path of a file is empty.');
  for (const name of ['folder', 'store', 'watch'] as const)
    if (values[name] === '') throw new TypeError(`--${name} needs a value, and has an empty one.`);
  if (values.store !== undefined && !/^postgres(?:ql)?:\/\//.test(values.store))
    throw new TypeError(
      '--store takes the URL of a PostgreSQL database, such as postgres://user@host/database.',
    );
  if (values.watch !== undefined && values.json)
    throw new TypeError('--watch goes on until it is stopped, so there is no one result for --json.');
  if (values.watch !== undefined && positionals.length > 0)
    throw new TypeError(
      `--watch takes the files of its directory, and no others: ${positionals.join(', ')}.`,
    );
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(directory, path));
  return {
    files: [...new Set(positionals.map((path) => resolve(absolute(path))))],
    asJson: values.json,
    reset: values.reset,
    store: values.store,
    watch: values.watch === undefined ? undefined : absolute(values.watch),
    folder: absolute(values.folder),
    place: placeOf(values),
  };
}

function placeOf({ folder, store }: { readonly folder: string; readonly store?: string }): string[] {
  const place = folder === options.folder.default ? [] : ['--folder', quoted(folder)];
  return store === undefined ? place : [...place, '--store', quoted(withoutPassword(store))];
}

function withoutPassword(store: string): string {
  return store.replace(/^(\w+:\/\/[^:@/]*):.*@/, '$1@');
}

function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, unknown] = /^Unknown option '-*([^']*)'/.exec(message) ?? [];
    const [, valueless] =
      /^Option '(?:-\w, )?(--\w+)(?: <value>)?' argument (?:missing|is ambiguous)/.exec(message) ?? [];
    if (valueless !== undefined) throw new TypeError(`${valueless} needs a value after it.`);
    if (unknown === undefined) throw new TypeError(message);
    const like = nearest(unknown, Object.keys(options));
    const guess = like === undefined ? '' : `; did you mean --${like}?`;
    throw new TypeError(`There is no option ${unknown.length > 1 ? '--' : '-'}${unknown}${guess || '.'}`);
  }
}
