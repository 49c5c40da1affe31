import { createHash } from 'node:crypto';
import type { Migration, MigrationPlan } from 'mortar/delivery';
import { MortarError } from 'mortar/errors';
import type { Connection } from './internal/driver/driver.js';
import { log } from './migrations/001-log.js';
import { units } from './migrations/002-units.js';
import { delivery } from './migrations/003-delivery.js';
import { deadLetters } from './migrations/004-dead-letters.js';
import { spentTokens } from './migrations/005-spent-tokens.js';
import { readModels } from './migrations/006-read-models.js';
import { projections } from './migrations/007-projections.js';

/** What makes the tables of a store, in order. One that was released never changes; a change is another one. */
export const migrations: readonly Migration[] = [
  log,
  units,
  delivery,
  deadLetters,
  spentTokens,
  readModels,
  projections,
];

interface Applied {
  readonly id: number;
  readonly name: string;
  readonly checksum: string;
}

const TABLE = `CREATE TABLE IF NOT EXISTS mortar_migrations (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;

/**
 * What is still to be applied. Changes nothing.
 * @throws MortarError `MORTAR_STORE_VERSION` if the database has migrations that the code does not know,
 * `MORTAR_MIGRATION_FAILED` if one that was applied is another one now
 */
export function planMigrations(
  connection: Connection,
  known: readonly Migration[] = migrations,
): MigrationPlan {
  const applied = appliedTo(connection);
  const current = applied.at(-1)?.id ?? 0;
  const target = known.at(-1)?.id ?? 0;
  if (current > target) throw newer(current, target);
  for (const { id, name, checksum } of applied) {
    const migration = known.find((one) => one.id === id);
    if (migration === undefined || checksumOf(migration) !== checksum) throw changed(id, name);
  }
  return { current, target, pending: known.filter(({ id }) => id > current) };
}

/**
 * Applies what is still to be applied, all of it or nothing. The caller holds a transaction that nobody else writes in,
 * and commits it.
 * @throws MortarError as `planMigrations`, and `MORTAR_MIGRATION_FAILED` with its cause
 */
export function applyMigrations(
  connection: Connection,
  known: readonly Migration[] = migrations,
): MigrationPlan {
  const plan = planMigrations(connection, known);
  if (plan.pending.length === 0) return plan;
  connection.exec(TABLE);
  const keep = connection.prepare('INSERT INTO mortar_migrations VALUES (?, ?, ?, ?)', 'tuples');
  for (const migration of plan.pending) {
    apply(connection, migration);
    keep.run([migration.id, migration.name, checksumOf(migration), Date.now()]);
  }
  return plan;
}

function apply(connection: Connection, { id, name, sql }: Migration): void {
  try {
    connection.exec(sql);
  } catch (cause) {
    throw new MortarError('MORTAR_MIGRATION_FAILED', {
      rule: 'The tables of a store are brought up to date before it is used.',
      expected: `migration ${id} (${name}) to succeed`,
      got: cause instanceof Error ? cause.message : 'an error',
      details: { id, name },
      cause,
    });
  }
}

/** In the order of their ids. */
function appliedTo(connection: Connection): readonly Applied[] {
  const table = connection
    .prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'mortar_migrations'", 'tuples')
    .first([]);
  if (table === undefined) return [];
  const sql = 'SELECT id, name, checksum FROM mortar_migrations ORDER BY id';
  return connection.prepare<Applied>(sql, 'objects').all([]);
}

function checksumOf({ sql }: Migration): string {
  return createHash('sha256').update(sql).digest('hex');
}

function newer(current: number, target: number): MortarError {
  return new MortarError('MORTAR_STORE_VERSION', {
    rule: 'A store is opened by code that knows all of its migrations.',
    expected: `at most migration ${target}`,
    got: `a database at migration ${current}; it was opened by a newer version`,
    details: { current, target },
  });
}

function changed(id: number, name: string): MortarError {
  return new MortarError('MORTAR_MIGRATION_FAILED', {
    rule: 'A migration that was applied never changes.',
    expected: `migration ${id} (${name}) as it was applied`,
    got: 'another one under its number',
    details: { id, name },
  });
}
