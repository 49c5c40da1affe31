import { isAbsolute, resolve } from 'node:path';
import { parseArgs } from 'node:util';

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

/**
 * Reads arguments as they follow the program's name. Paths count from `directory`.
 * @throws TypeError for arguments that there are not
 */
export function readArguments(args: readonly string[], directory: string): Request | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      store: { type: 'string' },
      watch: { type: 'string' },
      folder: { type: 'string', default: '.mortar' },
    },
  });
  if (values.help) return 'help';
  if (values.store !== undefined && !/^postgres(?:ql)?:\/\//.test(values.store))
    throw new TypeError(
      '--store takes the URL of a PostgreSQL database, such as postgres://user@host/database.',
    );
  if (values.watch !== undefined && values.json)
    throw new TypeError('--watch goes on until it is stopped, so there is no one result for --json.');
  const absolute = (path: string) => (isAbsolute(path) ? path : resolve(directory, path));
  return {
    files: [...new Set(positionals.map(absolute))],
    asJson: values.json,
    reset: values.reset,
    store: values.store,
    watch: values.watch === undefined ? undefined : absolute(values.watch),
    folder: absolute(values.folder),
  };
}
