import { MortarError } from 'mortar/errors';
import { constraintViolated } from 'mortar/unit-of-work';
import pg from 'pg';

/** An appending transaction whose client says nothing for so long is ended: it holds its locks for nothing. */
export const IDLE_IN_TRANSACTION_MS = 2_000;

/** What the functions of the store raise, by their SQLSTATE. */
export const RAISED = {
  unchangeable: 'MR000',
  /** Another has made a stream or a key at the same time: to be tried again. */
  raced: 'MR001',
  /** A member of an append has failed; the detail says how. */
  failed: 'MR002',
  leaseLost: 'MR003',
  isolation: 'MR005',
  known: 'MR006',
  /** Other projections are inline than the caller knows. */
  stale: 'MR008',
} as const;

/** Serialization failure, deadlock, and our own: nothing has happened, and it may succeed now. */
const TRANSIENT: readonly string[] = ['40001', '40P01', RAISED.raced];
const UNIQUE = '23505';
const OWN_TABLES: ReadonlySet<string> = new Set([
  'audit',
  'collections',
  'dead_letters',
  'events',
  'generations',
  'held_keys',
  'inbox',
  'leases',
  'migrations',
  'owners',
  'replay_jobs',
  'replay_letters',
  'results',
  'scheduled',
  'snapshots',
  'streams',
  'subscriptions',
  'units',
]);
/** The documents of one. */
const COLLECTION = /^documents_\d+$/;
/** Ended by an administrator, a crash, or a timeout of the session; the server starts or stops; no place for a connection. */
const LOST = /^(?:08|57P0|25P03|25P04)/;
/** The session idled in its transaction. */
const IDLE = '25P03';
/** Errors that say something of the server, of what is there already, or of others at the same time: not of a statement. */
const NOT_REFUSED = /^(?:08|23|28|40|53|55|57|58|XX|MR001|25P03|25P04|25006|3D000)/;
const REFUSED = /^(?:53300|28|3D000|25006|57P03)/;

/** The connection ended, or was silent for too long. */
export class ConnectionLost extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'ConnectionLost';
  }
}

/**
 * The error of a statement. What does not come from the server comes from the connection to it, unless the statement could
 * not even be sent, for a parameter that can't be written.
 */
export function statementError(error: unknown): unknown {
  const isOther =
    error instanceof pg.DatabaseError || error instanceof TypeError || error instanceof RangeError;
  return error instanceof Error && !isOther ? new ConnectionLost(error) : error;
}

/** What is used of an error of the server. It is named here, since users of this package may lack the types of the driver. */
export interface ServerError extends Error {
  /** The SQLSTATE. */
  readonly code: string | undefined;
  readonly detail: string | undefined;
  readonly schema: string | undefined;
  readonly table: string | undefined;
  readonly column: string | undefined;
  readonly constraint: string | undefined;
}

/** The server's own error, if it is one. */
export function serverError(error: unknown): ServerError | undefined {
  return error instanceof pg.DatabaseError ? error : undefined;
}

/** Whether the connection is of no more use after this error. */
export function isLost(error: unknown): boolean {
  if (error instanceof MortarError) return error.code === 'MORTAR_STORE_UNAVAILABLE';
  return error instanceof ConnectionLost || LOST.test(serverError(error)?.code ?? '');
}

/** Whether nothing has happened and the same may succeed when tried again. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.includes(serverError(error)?.code ?? '');
}

/** Whether one of the store's own rows was made by another at the same time. Its schema has tables of projections as well. */
export function isRaced(error: unknown, schema: string): boolean {
  const found = serverError(error);
  return found?.code === UNIQUE && found.schema === schema && isOwnTable(found.table ?? '');
}

/** Whether a table of the schema is one that the store works with itself. */
export function isOwnTable(table: string): boolean {
  return OWN_TABLES.has(table) || COLLECTION.test(table);
}

/**
 * A statement of a `write` was refused for what it says, or for the data that it met. Who wrote it gets the driver's own
 * error; an error in the store's own statements would be one of the store.
 */
export class StatementRefused extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'StatementRefused';
  }
}

/** What a `write` has failed with, for those who look at what kind of error it is. */
export function writeError(error: unknown): unknown {
  const found = serverError(error);
  if (found?.code === IDLE) return writeIdle(error);
  return found === undefined || NOT_REFUSED.test(found.code ?? '') ? error : new StatementRefused(found);
}

/** What a caller of the store gets for an error of the server or of the connection. Errors of our own stay as they are. */
export function failureOf(error: unknown, place: string): MortarError {
  if (error instanceof MortarError) return error;
  const found = serverError(error);
  const code = found?.code ?? '';
  if (found === undefined || LOST.test(code) || REFUSED.test(code)) return unavailable(place, error);
  if (code.startsWith('53')) return full(place, error);
  if (code.startsWith('XX00')) return broken('MORTAR_STORE_CORRUPT', place, error);
  if (code === '22P02' || code === '22021' || code === '22P05') return unfit(error);
  if (code === '58030') return broken('MORTAR_STORE_BROKEN', place, error);
  if (code.startsWith('23'))
    return constraintViolated(found.constraint ?? found.column ?? 'a constraint', error);
  return unavailable(place, error);
}

/** The error of a store that can't be reached, or does not answer. */
export function unavailable(place: string, cause: unknown): MortarError {
  return new MortarError('MORTAR_STORE_UNAVAILABLE', {
    rule: 'A store answers.',
    expected: `an answer of PostgreSQL at ${place}`,
    got: describe(cause),
    cause,
  });
}

/** The error of a store that was closed. */
export function closed(): MortarError {
  return new MortarError('MORTAR_STORE_CLOSED', {
    rule: 'A store is used until it is closed.',
    expected: 'an open store',
    got: 'one that was closed',
  });
}

/** The error of a commit of which nobody knows whether it happened. */
export function commitUnknown(place: string, cause: unknown): MortarError {
  return new MortarError('MORTAR_COMMIT_UNKNOWN', {
    rule: 'A commit is known to have happened or not.',
    expected: `an answer of PostgreSQL at ${place}`,
    got: `${describe(cause)}, and the outcome could not be looked up`,
    cause,
  });
}

/** The error of a `write` that took too long by the server's clock. */
export function writeTimeout(cause: unknown, timeoutMs: number): MortarError {
  return new MortarError('MORTAR_WRITE_TIMEOUT', {
    rule: 'The writes of a unit are short, since their transaction holds locks.',
    expected: `at most ${timeoutMs} ms together`,
    got: 'more',
    cause,
  });
}

/** The error of a `write` that let its transaction idle for so long that the server has ended it. */
function writeIdle(cause: unknown): MortarError {
  return new MortarError('MORTAR_WRITE_TIMEOUT', {
    rule: 'The writes of a unit are short, since their transaction holds locks.',
    expected: `at most ${IDLE_IN_TRANSACTION_MS} ms between two statements`,
    got: 'more',
    cause,
  });
}

function full(place: string, cause: unknown): MortarError {
  return new MortarError('MORTAR_STORE_FULL', {
    rule: 'A store has room for what it is given.',
    expected: `room at ${place}`,
    got: describe(cause),
    cause,
  });
}

function unfit(cause: unknown): MortarError {
  return new MortarError('MORTAR_CODEC_CORRUPT', {
    rule: 'What a store keeps is text that it can keep as it is, and payloads are JSON.',
    expected: 'JSON in UTF-8 without NUL',
    got: describe(cause),
    cause,
  });
}

function broken(
  code: 'MORTAR_STORE_CORRUPT' | 'MORTAR_STORE_BROKEN',
  place: string,
  cause: unknown,
): MortarError {
  return new MortarError(code, {
    rule: 'A store reads back what it has written.',
    expected: `sound files at ${place}`,
    got: describe(cause),
    cause,
  });
}

function describe(cause: unknown): string {
  const code = serverError(cause)?.code;
  const message = cause instanceof Error && cause.message !== '' ? cause.message : 'no connection';
  return code === undefined ? message : `${message} (${code})`;
}
