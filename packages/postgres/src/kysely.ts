import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { MortarError } from 'mortar/errors';
import type { Transaction } from 'mortar/unit-of-work';
import { PostgresTransaction } from './transaction.js';

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
  if (!(tx instanceof PostgresTransaction))
    throw refused(
      'kyselyOf of @mortar/postgres speaks to a PostgreSQL store.',
      'the transaction of one',
      'another one',
    );
  return new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => driverOf(tx),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new QueryCompiler(),
    },
  });
}

/** Takes a name in quotes as it is: `table` of a projection gives the name of a schema so where it needs them. */
class QueryCompiler extends PostgresQueryCompiler {
  protected override sanitizeIdentifier(identifier: string): string {
    return super.sanitizeIdentifier(/^"[^"]+"$/.test(identifier) ? identifier.slice(1, -1) : identifier);
  }
}

/** Gives out the one connection that there is: the transaction. */
function driverOf(tx: PostgresTransaction): Driver {
  const connection: DatabaseConnection = {
    executeQuery: (query) => executeQuery(tx, query),
    streamQuery: () => {
      throw notItsOwn('a stream of rows');
    },
  };
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: async () => {
      throw notItsOwn('a transaction of its own');
    },
    commitTransaction: nothing,
    rollbackTransaction: nothing,
    releaseConnection: nothing,
    destroy: nothing,
  };
}

async function executeQuery<Row>(
  tx: PostgresTransaction,
  { sql, parameters }: CompiledQuery,
): Promise<QueryResult<Row>> {
  const { rows, rowCount } = await tx.run<Row>(sql, parameters);
  return { rows: [...rows], numAffectedRows: BigInt(rowCount) };
}

async function nothing(): Promise<void> {}

function notItsOwn(what: string): MortarError {
  return refused('A write does all that it does in the transaction of its unit.', 'queries', what);
}

function refused(rule: string, expected: string, got: string): MortarError {
  return new MortarError('MORTAR_WRITE_INVALID', { rule, expected, got });
}
