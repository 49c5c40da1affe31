import { createHash } from 'node:crypto';
import type { Migration, MigrationPlan } from 'mortar/delivery';
import { MortarError } from 'mortar/errors';
import type { Connection, Database } from './internal/connection/database.js';
import { failureOf } from './internal/connection/failures.js';
import { log } from './migrations/001-log.js';
import { append } from './migrations/002-append.js';
import { units } from './migrations/003-units.js';
import { deliveries } from './migrations/004-deliveries.js';
import { deadLetters } from './migrations/005-dead-letters.js';
import { readModels } from './migrations/006-read-models.js';
import { projections } from './migrations/007-projections.js';
import type { CheckedOptions } from './options.js';

/** All that has ever been released, in order. One that was released is never changed: a new one comes after it. */
export const MIGRATIONS: readonly Migration[] = [
  log,
  append,
  units,
  deliveries,
  deadLetters,
  readModels,
  projections,
];

const OLDEST_VERSION = 130_000;
/** Held while tables are changed, so that processes that start together do it one after the other. */
const LOCK = 7_305_808_869_231_202;

/** What is recorded of a migration that was applied. */
interface Applied {
  readonly id: number;
  readonly checksum: string;
}

/**
 * Brings the tables up to date.
 * @throws MortarError `MORTAR_STORE_VERSION`, `MORTAR_MIGRATION_FAILED`, `MORTAR_STORE_UNAVAILABLE`
 */
export async function migrate(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const { pending } = await planMigrations(database, migrations);
  if (pending.length === 0) return;
  try {
    await database.use((connection) => apply(connection, database, migrations));
  } catch (error) {
    throw error instanceof MortarError ? error : failureOf(error, database.place);
  }
}

/** What `migrate` would do. Changes nothing. @throws MortarError as `migrate` */
export async function planMigrations(
  database: Database,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<MigrationPlan> {
  try {
    return await database.use(async (connection) => {
      const { isDirect, schema } = await checkServer(connection, database.options);
      database.isDirect = isDirect;
      database.plainSchema = schema;
      return planOf(await readApplied(connection, database.options), database.options, migrations);
    });
  } catch (error) {
    throw failureOf(error, database.place);
  }
}

/** In one transaction: all of them, or none. What another process has applied meanwhile is not applied again. */
async function apply(
  connection: Connection,
  { options }: Database,
  migrations: readonly Migration[],
): Promise<void> {
  const { schema } = options;
  await connection.rows({ text: 'BEGIN ISOLATION LEVEL READ COMMITTED' });
  try {
    // The wait is for others who do the same, and as long as they need.
    await connection.rows({ text: 'SET LOCAL lock_timeout = 0' });
    await connection.rows({ text: `SELECT pg_advisory_xact_lock(${LOCK})` });
    const { current, pending } = planOf(await readApplied(connection, options), options, migrations);
    if (pending.length > 0) {
      await connection.rows({ text: `CREATE SCHEMA IF NOT EXISTS ${schema}` });
      await connection.rows({
        text: `CREATE TABLE IF NOT EXISTS ${schema}.migrations (id integer PRIMARY KEY, name text NOT NULL,
          checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
      });
    }
    for (const migration of migrations.slice(current)) await applyOne(connection, options, migration);
    await connection.rows({ text: 'COMMIT' });
  } catch (error) {
    await connection.rows({ text: 'ROLLBACK' }).catch(() => connection.drop());
    throw error;
  }
}

async function applyOne(
  connection: Connection,
  options: CheckedOptions,
  { id, name, sql }: Migration,
): Promise<void> {
  try {
    await connection.rows({ text: filledIn(sql, options) });
    await connection.rows({
      text: `INSERT INTO ${options.schema}.migrations (id, name, checksum) VALUES ($1, $2, $3)`,
      values: [id, name, checksumOf(sql)],
    });
  } catch (error) {
    throw new MortarError('MORTAR_MIGRATION_FAILED', {
      rule: 'The tables of a store are brought up to date when it is opened.',
      expected: `migration ${id} (${name}) to be applied to schema ${options.schemaName}`,
      got: error instanceof Error ? error.message : 'an error',
      cause: error,
    });
  }
}

/** Answers with whether the connection leads to the server itself, and with the schema in quotes where it needs them there. */
async function checkServer(
  connection: Connection,
  { schemaName }: CheckedOptions,
): Promise<{ readonly isDirect: boolean; readonly schema: string }> {
  const [row] = await connection.rows({
    text: `SELECT current_setting('server_version_num'), current_setting('server_version'),
      current_setting('default_transaction_isolation'), pg_is_in_recovery(), pg_backend_pid(), quote_ident($1)`,
    values: [schemaName],
  });
  checkVersion(Number(row?.[0]), row?.[1] ?? '');
  if (row?.[2] !== 'read committed')
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The log is read and written under READ COMMITTED.',
      expected: 'default_transaction_isolation to be "read committed" for the user and the database',
      got: `"${row?.[2]}"`,
    });
  if (row[3] === 't')
    throw new MortarError('MORTAR_STORE_UNAVAILABLE', {
      rule: 'A store is on the primary server: who reads the log must see the locks of those who write it.',
      expected: 'the primary',
      got: 'a standby',
    });
  return { isDirect: Number(row[4]) === connection.processId, schema: row[5] ?? '' };
}

/** @throws MortarError `MORTAR_STORE_VERSION` for a server that is too old */
export function checkVersion(number: number, shown: string): void {
  if (number >= OLDEST_VERSION) return;
  throw new MortarError('MORTAR_STORE_VERSION', {
    rule: 'A store works with the database programs that it was tested with.',
    expected: 'PostgreSQL 13 or later',
    got: `PostgreSQL ${shown}`,
  });
}

async function readApplied(
  connection: Connection,
  { schema, schemaName }: CheckedOptions,
): Promise<readonly Applied[]> {
  // By the catalog's rows, which the statement's snapshot shows: `to_regclass` may answer from a cache of before the lock.
  const [found] = await connection.rows({
    text: `SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relname = 'migrations'`,
    values: [schemaName],
  });
  if (found === undefined) return [];
  const rows = await connection.rows({ text: `SELECT id, checksum FROM ${schema}.migrations ORDER BY id` });
  return rows.map(([id, checksum]) => ({ id: Number(id), checksum: checksum ?? '' }));
}

function planOf(
  applied: readonly Applied[],
  options: CheckedOptions,
  migrations: readonly Migration[],
): MigrationPlan {
  const current = applied.at(-1)?.id ?? 0;
  const target = migrations.at(-1)?.id ?? 0;
  if (current > target)
    throw unknownTables(`migrations up to ${target}`, `migration ${current}; newer code made it`);
  for (const { id, checksum } of applied) {
    const migration = migrations[id - 1];
    if (migration !== undefined && checksumOf(migration.sql) === checksum) continue;
    throw unknownTables(`migration ${id} as the code has it`, 'another one under its number');
  }
  const pending = migrations
    .slice(applied.length)
    .map((migration) => ({ ...migration, sql: filledIn(migration.sql, options) }));
  return { current, target, pending };
}

function unknownTables(expected: string, got: string): MortarError {
  return new MortarError('MORTAR_STORE_VERSION', {
    rule: 'The tables of a store were made by code that this code knows.',
    expected,
    got,
  });
}

function filledIn(sql: string, { schema, schemaName }: CheckedOptions): string {
  return sql.replaceAll('{schema}', schema).replaceAll('{namespace}', `${namespaceOf(schemaName)}`);
}

/**
 * The first byte of the store's advisory locks, 1 to 127. Two schemas of one database with the same one would make each
 * other's readers wait for appends that are under way, and nothing worse.
 */
function namespaceOf(schemaName: string): number {
  return 1 + (createHash('sha256').update(schemaName).digest().readUInt32BE(0) % 127);
}

/** Of the text without names of the user's own, so that it is the same in every schema. */
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex');
}
