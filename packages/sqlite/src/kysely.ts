import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { MortarError } from 'mortar/errors';
import type { SqlTransaction, Transaction } from 'mortar/unit-of-work';

/**
 * Kysely over the transaction of a unit of work: what it does is committed with the unit, or not at all. It ends with
 * the `write` function that it was made in. Transactions of its own are refused; `tx.savepoint` is for a part that may fail.
 * @example
 * unit.write(async (tx) => {
 *   await kyselyOf<Tables>(tx).insertInto('orders').values({ id, total }).execute();
 * });
 * @throws MortarError `MORTAR_WRITE_INVALID` for the transaction of another store
 */
export function kyselyOf<Tables>(tx: Transaction): Kysely<Tables> {
  if (!isSqlite(tx))
    throw new MortarError('MORTAR_WRITE_INVALID', {
      rule: 'kyselyOf of @mortar/sqlite speaks to a SQLite store.',
      expected: 'the transaction of one',
      got: 'another one',
    });
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new TransactionDriver(tx),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

function isSqlite(tx: Transaction): tx is SqlTransaction {
  return 'dialect' in tx && tx.dialect === 'sqlite';
}

/** Gives out the one connection that there is: the transaction. */
class TransactionDriver implements Driver {
  readonly #connection: DatabaseConnection;

  constructor(tx: SqlTransaction) {
    this.#connection = new TransactionConnection(tx);
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }

  async beginTransaction(): Promise<void> {
    throw notItsOwn('a transaction of its own');
  }

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(): Promise<void> {}

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {}
}

class TransactionConnection implements DatabaseConnection {
  readonly #tx: SqlTransaction;

  constructor(tx: SqlTransaction) {
    this.#tx = tx;
  }

  async executeQuery<Row>({ query, sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const changes = CHANGES.has(query.kind) && !('returning' in query && query.returning !== undefined);
    if (!changes) return { rows: [...(await this.#tx.query<Row>(sql, parameters))] };
    const numAffectedRows = BigInt(await this.#tx.execute(sql, parameters));
    if (query.kind !== 'InsertQueryNode' || numAffectedRows === 0n) return { rows: [], numAffectedRows };
    const [last] = await this.#tx.query<{ readonly id: number }>('SELECT last_insert_rowid() AS id');
    return { rows: [], numAffectedRows, insertId: BigInt(last?.id ?? 0) };
  }

  streamQuery(): never {
    throw notItsOwn('rows one after the other');
  }
}

/** What answers with how many rows were changed, unless rows are asked for. */
const CHANGES: ReadonlySet<string> = new Set(['InsertQueryNode', 'UpdateQueryNode', 'DeleteQueryNode']);

function notItsOwn(got: string): MortarError {
  return new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'Kysely works within the transaction of a unit of work.',
    expected: 'queries, and tx.savepoint for a part that may fail',
    got,
  });
}
