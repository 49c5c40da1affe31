import type { SqlTransaction } from '../../../unit-of-work/index.js';
import type { GenerationPlace } from '../../projection-run.js';
import type { SqlProjection } from '../../sql-projection.js';

type TableOf = GenerationPlace['tableOf'];

/** Makes the tables of a generation that are not there. */
export async function makeTables(
  tx: SqlTransaction,
  { tables }: SqlProjection,
  tableOf: TableOf,
): Promise<void> {
  for (const [table, statements] of tables) {
    const name = tableOf(table);
    if (await isThere(tx, name)) continue;
    for (const statement of statements(name)) await tx.execute(statement);
  }
}

/** Lets a server that plans by statistics look at the tables of a generation. On SQLite that would stop all who write, for little. */
export async function analyzeTables(
  tx: SqlTransaction,
  { tables }: SqlProjection,
  tableOf: TableOf,
): Promise<void> {
  if (tx.dialect === 'sqlite') return;
  for (const table of tables.keys()) await tx.execute(`ANALYZE ${tableOf(table)}`);
}

/** Removes the tables of a generation. */
export async function removeTables(
  tx: SqlTransaction,
  { tables }: SqlProjection,
  tableOf: TableOf,
): Promise<void> {
  for (const table of [...tables.keys()].reverse())
    await tx.execute(`DROP TABLE IF EXISTS ${tableOf(table)}`);
}

/** Nobody else can make it, until the transaction has ended. */
async function isThere(tx: SqlTransaction, name: string): Promise<boolean> {
  if (tx.dialect === 'sqlite') {
    // One transaction writes at a time.
    const found = await tx.query(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`, [name]);
    return found.length > 0;
  }
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('mortar projections'), hashtext($1))`, [name]);
  const [row] = await tx.query<{ readonly is_there: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS is_there',
    [name],
  );
  return row?.is_there === true;
}
