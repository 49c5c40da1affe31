import {
  checkWriteStatement,
  constraintViolated,
  type SqlTransaction,
  type WriteGuard,
} from 'mortar/unit-of-work';
import type { Connection, Statement } from './internal/connection/database.js';
import { serverError } from './internal/connection/failures.js';

/** What a statement of a transaction has come to. */
export interface StatementResult<Row> {
  readonly rows: readonly Row[];
  readonly rowCount: number;
}

/** The transaction of a unit of work on PostgreSQL. Parameters are `$1`, `$2` and so on; rows are as `pg` reads them. */
export class PostgresTransaction implements SqlTransaction {
  readonly dialect = 'postgres';
  readonly #connection: Connection;
  readonly #guard: WriteGuard;
  #savepoints = 0;

  /** Made by the store, for the `write` functions of one unit. */
  constructor(connection: Connection, guard: WriteGuard) {
    this.#connection = connection;
    this.#guard = guard;
  }

  query<Row = Readonly<Record<string, unknown>>>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<readonly Row[]> {
    return this.#guard.operation(async () => (await this.#send<Row>(sql, parameters)).rows);
  }

  execute(sql: string, parameters?: readonly unknown[]): Promise<number> {
    return this.#guard.operation(async () => (await this.#send(sql, parameters)).rowCount);
  }

  /** Both: the rows, and how many were changed or found. */
  run<Row = Readonly<Record<string, unknown>>>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<StatementResult<Row>> {
    return this.#guard.operation(() => this.#send<Row>(sql, parameters));
  }

  savepoint<T>(work: () => T | PromiseLike<T>): Promise<T> {
    this.#savepoints += 1;
    const name = `mortar_${this.#savepoints}`;
    return this.#guard.savepoint(work, {
      begin: () => this.#steer(`SAVEPOINT ${name}`),
      release: () => this.#steer(`RELEASE SAVEPOINT ${name}`),
      rollback: () => this.#steer(`ROLLBACK TO SAVEPOINT ${name}; RELEASE SAVEPOINT ${name}`),
    });
  }

  async #steer(text: string): Promise<void> {
    await this.#connection.objects({ text });
  }

  async #send<Row>(text: string, values: readonly unknown[] | undefined): Promise<StatementResult<Row>> {
    checkWriteStatement(text, FORBIDDEN);
    const statement: Statement = values === undefined ? { text } : { text, values };
    try {
      return await this.#connection.objects<Row>(statement);
    } catch (error) {
      const found = serverError(error);
      if (found?.code?.startsWith('23') !== true) throw error;
      throw constraintViolated(found.constraint ?? found.column ?? 'a constraint', error);
    }
  }
}

/**
 * What begins, ends or changes the transaction, which is not the write's to do, or outlives it on a pooled connection.
 * `SELECT set_config(…, true)` makes a setting that is over with the transaction.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'abort',
  'begin',
  'commit',
  'deallocate',
  'discard',
  'end',
  'listen',
  'prepare',
  'release',
  'reset',
  'rollback',
  'savepoint',
  'set',
  'start',
  'unlisten',
]);
