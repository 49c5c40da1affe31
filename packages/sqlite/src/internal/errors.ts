import { dirname } from 'node:path';
import { MortarError } from 'mortar/errors';
import { constraintViolated } from 'mortar/unit-of-work';
import { resultOf } from './driver/result.js';

/** Results after which what was acknowledged later could be lost, so that the store acknowledges nothing any more. */
const BREAKING: readonly string[] = ['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC'];
/** The second one is how a full disk shows when the shared memory beside the log has to grow. */
const NO_ROOM: readonly string[] = ['SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE'];
const CORRUPT: readonly string[] = ['SQLITE_CORRUPT', 'SQLITE_NOTADB'];
const UNAVAILABLE: readonly string[] = [
  'SQLITE_BUSY',
  'SQLITE_CANTOPEN',
  'SQLITE_IOERR',
  'SQLITE_LOCKED',
  'SQLITE_NOMEM',
  'SQLITE_PERM',
  'SQLITE_PROTOCOL',
  'SQLITE_READONLY',
];

/** Whether another process is in the way for the moment. */
export function isBusy(error: unknown): boolean {
  const primary = resultOf(error)?.primary;
  return primary === 'SQLITE_BUSY' || primary === 'SQLITE_LOCKED';
}

/** Whether a row with the same id, name or key is there already. */
export function isDuplicate(error: unknown): boolean {
  const extended = resultOf(error)?.extended;
  return extended === 'SQLITE_CONSTRAINT_UNIQUE' || extended === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

/** An error as the ports speak of it. What is not SQLite's stays as it is. */
export function storeError(error: unknown, file: string): unknown {
  const result = resultOf(error);
  if (result === undefined || error instanceof MortarError || !(error instanceof Error)) return error;
  const { primary, extended } = result;
  if (BREAKING.includes(extended)) return broken(file, error);
  if (NO_ROOM.includes(extended)) return full(file, error);
  if (primary === 'SQLITE_CONSTRAINT') return constraintViolated(constraintOf(error), error);
  if (CORRUPT.includes(primary)) return corrupt(file, error);
  if (UNAVAILABLE.includes(primary)) return unavailable(file, `${extended}: ${error.message}`, error);
  return error;
}

/** `users.email` of `UNIQUE constraint failed: users.email`; `FOREIGN KEY` where SQLite does not say which. */
function constraintOf({ message }: Error): string {
  const [, kind, name] = /([A-Z ]+) constraint failed(?:: (.*))?/.exec(message) ?? [];
  return name ?? kind ?? message;
}

/** Whether a store answers nothing any more after this error. */
export function isBroken(error: unknown): error is MortarError {
  return error instanceof MortarError && error.code === 'MORTAR_STORE_BROKEN';
}

/** Whether a store has met damage of its file. */
export function isCorrupt(error: unknown): error is MortarError {
  return error instanceof MortarError && error.code === 'MORTAR_STORE_CORRUPT';
}

function broken(file: string, cause: unknown): MortarError {
  return new MortarError('MORTAR_STORE_BROKEN', {
    rule: 'A store whose disk did not sync is closed for good: what a later sync says would not count.',
    expected: `the disk of ${file} to sync`,
    got: 'an error; look into the disk, then start the process again',
    cause,
  });
}

/** The error of a store that was closed. */
export function closed(file: string): MortarError {
  return new MortarError('MORTAR_STORE_CLOSED', {
    rule: 'A store is used while it is open.',
    expected: `the store ${file} to be open`,
    got: 'a call after it was closed',
  });
}

/** The error of a store that can't be reached, for the moment or as it was named. */
export function unavailable(file: string, got: string, cause?: unknown): MortarError {
  return new MortarError('MORTAR_STORE_UNAVAILABLE', {
    rule: 'A SQLite store is a file that can be read and written, in a folder where files can be made.',
    expected: `to work with ${file} in ${dirname(file)}`,
    got,
    cause,
  });
}

function full(file: string, cause: unknown): MortarError {
  return new MortarError('MORTAR_STORE_FULL', {
    rule: 'A store needs room for what it is given; the call may be repeated when there is some.',
    expected: `room on the disk of ${file}`,
    got: 'a full disk, or a quota that is used up',
    cause,
  });
}

/** The error of a store whose contents can't be what was written. */
export function corrupt(file: string, cause: unknown): MortarError {
  return new MortarError('MORTAR_STORE_CORRUPT', {
    rule: 'A SQLite store is a sound database of SQLite.',
    expected: `${file} to be one`,
    got: 'a damaged file, or one of another kind; restore it from a backup',
    cause,
  });
}
