import type { Migration } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgres } from '../src/index.js';
import { Database } from '../src/internal/connection/database.js';
import { checkVersion, MIGRATIONS, migrate, planMigrations } from '../src/migrations.js';
import { checkOptions } from '../src/options.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from './support/server.js';

const FIRST: Migration = { id: 1, name: 'first', sql: 'CREATE TABLE {schema}.one (id integer)' };
const SECOND: Migration = { id: 2, name: 'second', sql: 'CREATE TABLE {schema}.two (id integer)' };

it('migrations are numbered from 1 without a gap', () => {
  expect(MIGRATIONS.map(({ id }) => id)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  expect(new Set(MIGRATIONS.map(({ name }) => name)).size).toBe(MIGRATIONS.length);
});

it('a server below version 13 is refused', () => {
  expect(() => checkVersion(120_022, '12.22')).toThrow(
    expect.objectContaining({ code: 'MORTAR_STORE_VERSION', got: 'PostgreSQL 12.22' }),
  );
  expect(() => checkVersion(130_000, '13.0')).not.toThrow();
});

// Left out where no server is named.
describe.skipIf(leftOut.skip)('the tables of a store', () => {
  let database: TestDatabase;
  const opened: Database[] = [];
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(async () => {
    await Promise.all(opened.map((one) => one.close()));
    await database.drop();
  }, HOOK_MS);

  const connect = (schema = newSchema()): Database => {
    const made = new Database(checkOptions({ url: database.url, schema }), silentLogger);
    opened.push(made);
    return made;
  };
  const tablesOf = async ({ options }: Database): Promise<readonly unknown[]> => {
    const rows = await database.query('SELECT tablename FROM pg_tables WHERE schemaname = $1 ORDER BY 1', [
      options.schemaName,
    ]);
    return rows.map(({ tablename }) => tablename);
  };

  it('are planned without being made', async () => {
    const schema = newSchema();
    const plan = await postgres(database.url, { schema }).plan();
    expect(plan).toMatchObject({ current: 0, target: MIGRATIONS.length });
    expect(plan.pending.map(({ name }) => name)).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(plan.pending[0]?.sql).toContain(`"${schema}".events`);
    expect(plan.pending.every(({ sql }) => !/\{(?:schema|namespace)\}/.test(sql))).toBe(true);
    expect(await database.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])).toEqual([]);
  });

  it('are made once, also by many at once, and then nothing is pending', async () => {
    const schema = newSchema();
    const handles = Array.from({ length: 6 }, () => connect(schema));
    // Each has looked before, so that its connection remembers that there was nothing.
    await Promise.all(handles.map((one) => planMigrations(one)));
    await Promise.all(handles.map((one) => migrate(one)));
    expect(await planMigrations(connect(schema))).toEqual({
      current: MIGRATIONS.length,
      target: MIGRATIONS.length,
      pending: [],
    });
    const rows = await database.query(`SELECT id FROM ${schema}.migrations ORDER BY id`);
    expect(rows.map(({ id }) => id)).toEqual(MIGRATIONS.map(({ id }) => id));
  });

  it('get what is new and keep what is there', async () => {
    const one = connect();
    await migrate(one, [FIRST]);
    expect((await planMigrations(one, [FIRST, SECOND])).pending.map(({ id }) => id)).toEqual([2]);
    await migrate(one, [FIRST, SECOND]);
    expect(await tablesOf(one)).toEqual(['migrations', 'one', 'two']);
  });

  it('are refused when newer code has made them', async () => {
    const one = connect();
    await migrate(one, [FIRST, SECOND]);
    await expect(migrate(one, [FIRST])).rejects.toMatchObject({ code: 'MORTAR_STORE_VERSION' });
    await expect(planMigrations(one, [FIRST])).rejects.toMatchObject({ code: 'MORTAR_STORE_VERSION' });
  });

  it('are refused when another migration has the number', async () => {
    const one = connect();
    await migrate(one, [FIRST]);
    const other = { ...FIRST, sql: 'CREATE TABLE {schema}.other (id integer)' };
    await expect(migrate(one, [other, SECOND])).rejects.toMatchObject({ code: 'MORTAR_STORE_VERSION' });
  });

  it('stay as they were when one of several fails', async () => {
    const one = connect();
    const broken = { ...SECOND, sql: 'CREATE TABLE {schema}.two (id nonsense)' };
    await expect(migrate(one, [FIRST, broken])).rejects.toMatchObject({
      code: 'MORTAR_MIGRATION_FAILED',
      expected: expect.stringContaining('migration 2 (second)'),
    });
    expect(await tablesOf(one)).toEqual([]);
    await migrate(one, [FIRST, SECOND]);
    expect(await tablesOf(one)).toEqual(['migrations', 'one', 'two']);
  });

  it('are refused under another isolation than READ COMMITTED, with the cure', async () => {
    const strict = await makeDatabase();
    try {
      await strict.query(
        `ALTER DATABASE ${strict.name} SET default_transaction_isolation = 'repeatable read'`,
      );
      await expect(strict.open()).rejects.toMatchObject({
        code: 'MORTAR_OPTIONS_INVALID',
        expected: expect.stringContaining('default_transaction_isolation'),
      });
    } finally {
      await strict.drop();
    }
  });

  it('are not to be had of a server that is not there', async () => {
    const store = postgres('postgres://nobody:hunter2@127.0.0.1:1/none', { connectTimeoutMs: 500 });
    for (const call of [store.plan(), store.open({ logger: silentLogger })]) {
      const error: unknown = await call.catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'MORTAR_STORE_UNAVAILABLE' });
      expect(String(error)).not.toContain('hunter2');
    }
  });

  it('nothing of the log can be changed or removed', async () => {
    const schema = newSchema();
    await migrate(connect(schema));
    for (const text of [
      `UPDATE ${schema}.events SET type = 'x'`,
      `DELETE FROM ${schema}.events`,
      `TRUNCATE ${schema}.events`,
    ])
      await expect(database.query(text)).rejects.toThrow('nothing is ever changed');
  });
});
