/** What SQLite answered with, by its own name: `SQLITE_BUSY`, `SQLITE_IOERR_FSYNC`. */
export interface SqliteResult {
  /** The first two words of it: `SQLITE_IOERR`. */
  readonly primary: string;
  /** All of it, where it says more than the primary one and matters to us. */
  readonly extended: string;
}

/** https://www.sqlite.org/rescode.html */
const PRIMARY: ReadonlyMap<number, string> = new Map([
  [1, 'SQLITE_ERROR'],
  [3, 'SQLITE_PERM'],
  [4, 'SQLITE_ABORT'],
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [8, 'SQLITE_READONLY'],
  [9, 'SQLITE_INTERRUPT'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [19, 'SQLITE_CONSTRAINT'],
  [26, 'SQLITE_NOTADB'],
]);

const EXTENDED: ReadonlyMap<number, string> = new Map([
  [1034, 'SQLITE_IOERR_FSYNC'],
  [1290, 'SQLITE_IOERR_DIR_FSYNC'],
  [4874, 'SQLITE_IOERR_SHMSIZE'],
  [1555, 'SQLITE_CONSTRAINT_PRIMARYKEY'],
  [2067, 'SQLITE_CONSTRAINT_UNIQUE'],
]);

/**
 * What an error of either driver stands for; nothing for any other error. `better-sqlite3` gives the name in `code`,
 * `node:sqlite` the number in `errcode`.
 */
export function resultOf(error: unknown): SqliteResult | undefined {
  if (!(error instanceof Error)) return undefined;
  const errcode: unknown = Reflect.get(error, 'errcode');
  if (typeof errcode === 'number') {
    const primary = PRIMARY.get(errcode & 0xff) ?? 'SQLITE_ERROR';
    return { primary, extended: EXTENDED.get(errcode) ?? primary };
  }
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code !== 'string' || !code.startsWith('SQLITE_')) return undefined;
  return { primary: code.split('_').slice(0, 2).join('_'), extended: code };
}
