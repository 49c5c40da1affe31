/** What SQLite keeps in a column. */
export type Value = string | number | bigint | Uint8Array | null;

/** What a statement without rows has done. */
export interface Changes {
  readonly changes: number;
  readonly lastInsertRowid: number;
}

/**
 * A prepared statement. Rows are tuples of the columns in their order, or objects by the columns' names, as it was
 * prepared; their type is what the caller says.
 */
export interface Statement<Row> {
  readonly returnsRows: boolean;
  run(parameters: readonly unknown[]): Changes;
  first(parameters: readonly unknown[]): Row | undefined;
  all(parameters: readonly unknown[]): readonly Row[];
}

/**
 * One connection to one file. Everything is synchronous, and throws what the driver throws: `resultOf` says which of
 * SQLite's results it stands for.
 */
export interface Connection {
  readonly isInTransaction: boolean;
  /** Runs any number of statements that need no parameters. */
  exec(sql: string): void;
  /** Prepares one statement. Throws if the text has another one. */
  prepare<Row>(sql: string, rows: 'tuples' | 'objects'): Statement<Row>;
  close(): void;
}

/** A way to SQLite. */
export interface Driver {
  readonly name: DriverName;
  /** The version of SQLite that it brings. */
  readonly sqliteVersion: string;
  /** Opens a file, and makes it if it is not there and `isReadOnly` is not set. */
  open(file: string, isReadOnly: boolean): Connection;
}

/** `node:sqlite` is part of newer versions of Node; `better-sqlite3` is a package. */
export type DriverName = 'node:sqlite' | 'better-sqlite3';
