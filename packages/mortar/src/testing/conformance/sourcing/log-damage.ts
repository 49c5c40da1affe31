import type { Awaitable } from '../../../bus/index.js';
import type { StreamId } from '../../../event-store/index.js';

/** Changes what lies in the log behind the store's back, as a bad disk or a bad hand does. */
export interface LogDamage {
  /** The entry of a stream at a version is gone. */
  remove(stream: StreamId, version: number): Awaitable<void>;
  /** It has another version, which another entry of the stream may have as well. */
  renumber(stream: StreamId, version: number, to: number): Awaitable<void>;
  /** Its payload is another text. */
  rewrite(stream: StreamId, version: number, payload: string): Awaitable<void>;
}

/** Where a log lies in a database that speaks SQL. */
export interface LogTable {
  /** The table of events, with its column of streams; `version` and `payload` are called so. */
  readonly table: string;
  readonly stream: string;
  /** Runs one statement, with no trigger, index or constraint in its way. */
  run(sql: string): Awaitable<void>;
}

/** Damage to a log that lies in a table. The names of streams come from the suite and hold nothing that needs quoting. */
export function sqlDamage({ table, stream: column, run }: LogTable): LogDamage {
  const where = (stream: StreamId, version: number): string =>
    `WHERE ${column} = '${stream}' AND version = ${version}`;
  return {
    remove: (stream, version) => run(`DELETE FROM ${table} ${where(stream, version)}`),
    renumber: (stream, version, to) => run(`UPDATE ${table} SET version = ${to} ${where(stream, version)}`),
    rewrite: (stream, version, payload) =>
      run(`UPDATE ${table} SET payload = '${payload.replaceAll("'", "''")}' ${where(stream, version)}`),
  };
}
