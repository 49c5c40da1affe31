import type { DocumentTransaction } from '../read-models/index.js';

/**
 * The transaction of a store, while it commits a unit of work. A `write` may await what this gives it, and nothing else.
 * Once the `write` has ended, the transaction refuses with `MORTAR_WRITE_INVALID`.
 */
export interface Transaction {
  /**
   * Runs a part of the work that may fail on its own: if it throws, what it has changed is undone, and the rest goes on.
   * Rejects with what it throws. An operation that fails outside of any savepoint fails the unit, caught or not; within
   * one, it fails the savepoint. Savepoints may lie within one another, but not beside each other at once.
   */
  savepoint<T>(work: () => T | PromiseLike<T>): Promise<T>;
}

/** The same where the store speaks SQL. Parameters are given apart, as the store marks them: `?` on SQLite, `$1` on PostgreSQL. */
export interface SqlTransaction extends Transaction {
  readonly dialect: 'sqlite' | 'postgres';
  /** @throws MortarError `MORTAR_CONSTRAINT_VIOLATED` with the constraint's name in `details`; the driver's error else */
  query<Row = Readonly<Record<string, unknown>>>(
    sql: string,
    parameters?: readonly unknown[],
  ): Promise<readonly Row[]>;
  /** The same for what answers with no rows. Resolves with how many rows were changed. */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
}

/** What a unit of work does in the transaction of its store. It may run several times, so it changes nothing it has captured. */
export type Write<Tx extends Transaction = Transaction, T = unknown> = (tx: Tx) => T | PromiseLike<T>;

/**
 * What inline projections have in the transaction of an append. On a store that speaks SQL it is an `SqlTransaction` as well,
 * for projections into tables of one's own.
 */
export interface ProjectionTransaction extends Transaction, DocumentTransaction {}
