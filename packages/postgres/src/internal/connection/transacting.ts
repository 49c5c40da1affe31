import type { RawRow } from '../reading/rows.js';
import type { Connection, Database, Statement } from './database.js';
import { failureOf, IDLE_IN_TRANSACTION_MS, isLost, isRaced, isTransient } from './failures.js';
import { delay } from './recovery.js';

const MAX_TRIES = 20;
/** What is weaker than being on this server's disk and on those of the standbys that it waits for. */
const WEAKER = `'off', 'local', 'remote_write'`;
const COMMIT: Statement = { text: 'COMMIT' };

/** Begins a transaction that writes. All of its settings end with it, since a pooler may give the connection to others. */
export function beginStatement({ options }: Database): Statement {
  const { statementTimeoutMs, lockTimeoutMs, writeTimeoutMs, isDurable } = options;
  const durable = `;
SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') IN (${WEAKER})`;
  return {
    text: `BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
SET LOCAL statement_timeout = ${Math.min(statementTimeoutMs, writeTimeoutMs)};
SET LOCAL lock_timeout = ${lockTimeoutMs};
SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MS}${isDurable ? durable : ''}`,
  };
}

/** Sends statements at once. Of those that failed, the first says why; the others follow from it. */
export async function send(
  connection: Connection,
  statements: readonly Statement[],
): Promise<readonly (readonly RawRow[])[]> {
  const settled = await Promise.allSettled(statements.map((statement) => connection.rows(statement)));
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}

/** The same on a connection of its own. @throws MortarError as `failureOf` answers */
export async function sendAll(
  database: Database,
  statements: readonly Statement[],
): Promise<readonly (readonly RawRow[])[]> {
  try {
    return await database.use((connection) => send(connection, statements));
  } catch (error) {
    throw failureOf(error, database.place);
  }
}

/** `send`, with the COMMIT behind them. */
export async function sendCommit(
  connection: Connection,
  statements: readonly Statement[],
): Promise<readonly (readonly RawRow[])[]> {
  return send(connection, [...statements, COMMIT]);
}

/** One statement that changes something, in a transaction: one round trip. @throws MortarError as `failureOf` answers */
export async function change(database: Database, statement: Statement): Promise<readonly RawRow[]> {
  return transact(database, async (connection, begin) => {
    const [, rows] = await sendCommit(connection, [begin, statement]);
    return rows ?? [];
  });
}

/**
 * Runs work in a transaction that it begins and commits itself; it is tried again where it raced with another, and undone
 * where it fails.
 * @throws MortarError as `failureOf` answers, and what the work throws of its own
 */
export async function transact<T>(
  database: Database,
  work: (connection: Connection, begin: Statement) => Promise<T>,
): Promise<T> {
  const begin = beginStatement(database);
  for (let tries = 1; ; tries += 1) {
    try {
      return await database.use((connection) => undoing(connection, () => work(connection, begin)));
    } catch (error) {
      const isPassing = isTransient(error) || isRaced(error, database.options.schemaName);
      if (!isPassing || tries >= MAX_TRIES) throw failureOf(error, database.place);
      await delay(tries);
    }
  }
}

/** Ends the transaction that work has begun if it fails, with its connection where that is of no more use. */
export async function undoing<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isLost(error)) await connection.rows({ text: 'ROLLBACK' }).catch(() => connection.drop());
    throw error;
  }
}
