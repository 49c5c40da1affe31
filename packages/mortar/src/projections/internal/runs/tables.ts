import { MortarError } from '../../../errors/index.js';
import type { SqlTransaction } from '../../../unit-of-work/index.js';
import type { GenerationPlace } from '../../projection-run.js';
import type { SqlProjection } from '../../sql-projection.js';

/** The tables of a generation of a projection. */
export interface SqlTables {
  readonly projection: SqlProjection;
  readonly tableOf: GenerationPlace['tableOf'];
  /** See `UnitStore.schema`. */
  readonly schema: string | undefined;
}

/** The name of a table wherever it is asked for, whatever the search path of who asks. */
export function fullName({ tableOf, schema }: Pick<SqlTables, 'tableOf' | 'schema'>, table: string): string {
  return schema === undefined ? tableOf(table) : `${schema}.${tableOf(table)}`;
}

/**
 * Makes the tables of a generation that are not there, in the schema of the store.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for statements that make it elsewhere, or not at all
 */
export async function makeTables(tx: SqlTransaction, tables: SqlTables): Promise<void> {
  const { projection, tableOf, schema } = tables;
  for (const [table, statements] of projection.tables) {
    const name = fullName(tables, table);
    await lockName(tx, name);
    if (await isThere(tx, name)) continue;
    if (schema !== undefined) await makeIn(tx, schema);
    for (const statement of statements(tableOf(table))) await tx.execute(statement);
    if (!(await isThere(tx, name))) throw notMade(projection, table, name);
  }
}

/** Lets a server that plans by statistics look at the tables of a generation. On SQLite that would stop all who write, for little. */
export async function analyzeTables(tx: SqlTransaction, tables: SqlTables): Promise<void> {
  if (tx.dialect === 'sqlite') return;
  for (const table of tables.projection.tables.keys()) await tx.execute(`ANALYZE ${fullName(tables, table)}`);
}

/** Removes the tables of a generation. */
export async function removeTables(tx: SqlTransaction, tables: SqlTables): Promise<void> {
  for (const table of [...tables.projection.tables.keys()].reverse())
    await tx.execute(`DROP TABLE IF EXISTS ${fullName(tables, table)}`);
}

/**
 * Until the end of the transaction, what is made without a schema is made in this one: a name of an index can't have one. What
 * statements speak of is still found where it was found before, unless the schema has something of that name.
 */
async function makeIn(tx: SqlTransaction, schema: string): Promise<void> {
  await tx.query(
    `SELECT set_config('search_path', concat_ws(', ', $1::text, nullif(current_setting('search_path'), '')), true)`,
    [schema],
  );
}

/** Nobody else can make it, until the transaction has ended. On SQLite one transaction writes at a time. */
async function lockName(tx: SqlTransaction, name: string): Promise<void> {
  if (tx.dialect === 'postgres')
    await tx.query(`SELECT pg_advisory_xact_lock(hashtext('mortar projections'), hashtext($1))`, [name]);
}

async function isThere(tx: SqlTransaction, name: string): Promise<boolean> {
  const found = await tx.query(
    tx.dialect === 'sqlite'
      ? `SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?`
      : 'SELECT 1 WHERE to_regclass($1) IS NOT NULL',
    [name],
  );
  return found.length > 0;
}

function notMade({ name }: SqlProjection, table: string, made: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The tables of projection ${name} are made by statements, under names that they are given, in the schema of their store.`,
    expected: `${made} to be there once ${table} was made`,
    got: 'no such table',
  });
}
