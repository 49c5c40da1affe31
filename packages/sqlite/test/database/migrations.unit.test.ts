import { existsSync } from 'node:fs';
import type { Migration } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { chooseDriver } from '../../src/internal/driver/choice.js';
import type { Connection } from '../../src/internal/driver/driver.js';
import { applyMigrations, migrations, planMigrations } from '../../src/migrations.js';
import { sqlite } from '../../src/store.js';
import { aFile } from '../support/file.js';
import { openFile } from '../support/store.js';
import { anEvent } from '../support/units.js';

const LAST = migrations.length;
const first: Migration = { id: 1, name: 'one', sql: 'CREATE TABLE one (a INTEGER) STRICT' };
const second: Migration = { id: 2, name: 'two', sql: 'CREATE TABLE two (a INTEGER) STRICT' };

async function connect(file: string): Promise<Connection> {
  const connection = (await chooseDriver()).open(file, false);
  onTestFinished(() => connection.close());
  return connection;
}

function tablesOf(connection: Connection): readonly string[] {
  const sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
  return connection
    .prepare<readonly [string]>(sql, 'tuples')
    .all([])
    .map(([name]) => name);
}

describe('the migrations', () => {
  it('count from 1 without a gap, and have names of their own', () => {
    expect(migrations.map(({ id }) => id)).toEqual(Array.from({ length: LAST }, (_, index) => index + 1));
    expect(new Set(migrations.map(({ name }) => name)).size).toBe(LAST);
  });

  it('make tables that begin with mortar_, and are strict', async () => {
    const file = aFile();
    await openFile(file);
    const connection = await connect(file);
    const tables = tablesOf(connection);
    expect(tables.length).toBeGreaterThan(10);
    expect(tables.filter((name) => !name.startsWith('mortar_'))).toEqual([]);
    const lax = connection
      .prepare<readonly [string]>(
        "SELECT name FROM pragma_table_list WHERE NOT strict AND name LIKE 'mortar%'",
        'tuples',
      )
      .all([]);
    expect(lax).toEqual([]);
  });
});

describe('opening a file', () => {
  it('brings its tables up to date once', async () => {
    const file = aFile();
    await (await openFile(file)).close();
    expect(await sqlite(file).plan()).toEqual({ current: LAST, target: LAST, pending: [] });
    const store = await openFile(file);
    await store.events.append([{ events: [anEvent()] }]);
    expect(await store.events.head()).toBe(1);
  });

  it('says what it would do, and makes no file', async () => {
    const file = aFile();
    expect(await sqlite(file).plan()).toEqual({ current: 0, target: LAST, pending: migrations });
    expect(existsSync(file)).toBe(false);
  });

  it('may be done by many at once', async () => {
    const file = aFile();
    const stores = await Promise.all(Array.from({ length: 8 }, () => openFile(file)));
    await Promise.all(stores.map(({ events }) => events.append([{ events: [anEvent()] }])));
    expect(await stores[0]?.events.head()).toBe(8);
  });

  it('leaves tables of others alone', async () => {
    const file = aFile();
    const connection = await connect(file);
    connection.exec("CREATE TABLE orders (id TEXT); INSERT INTO orders VALUES ('a')");
    expect(await sqlite(file).plan()).toMatchObject({ current: 0, target: LAST });
    await openFile(file);
    expect(connection.prepare('SELECT id FROM orders', 'tuples').all([])).toEqual([['a']]);
  });

  it('refuses tables that are in the way, and then has made none', async () => {
    const file = aFile();
    const connection = await connect(file);
    connection.exec('CREATE TABLE mortar_inbox (id TEXT)');
    await expect(sqlite(file).open({ logger: silentLogger })).rejects.toMatchObject({
      code: 'MORTAR_MIGRATION_FAILED',
      details: { id: 2, name: 'units' },
    });
    expect(tablesOf(connection)).toEqual(['mortar_inbox']);
  });

  it('refuses a database of a newer version', async () => {
    const file = aFile();
    await openFile(file);
    (await connect(file)).exec(`INSERT INTO mortar_migrations VALUES (${LAST + 1}, 'next', 'x', 0)`);
    const expected = { code: 'MORTAR_STORE_VERSION', details: { current: LAST + 1, target: LAST } };
    await expect(sqlite(file).open({ logger: silentLogger })).rejects.toMatchObject(expected);
    await expect(sqlite(file).plan()).rejects.toMatchObject(expected);
  });

  it('refuses a database whose migrations are others', async () => {
    const file = aFile();
    await openFile(file);
    (await connect(file)).exec("UPDATE mortar_migrations SET checksum = 'x' WHERE id = 2");
    await expect(sqlite(file).open({ logger: silentLogger })).rejects.toMatchObject({
      code: 'MORTAR_MIGRATION_FAILED',
      expected: 'migration 2 (units) as it was applied',
    });
  });
});

describe('applying migrations', () => {
  let connection: Connection;

  beforeEach(async () => {
    connection = await connect(aFile());
  });

  it('applies what is new, in order', () => {
    expect(applyMigrations(connection, [first]).pending).toEqual([first]);
    expect(planMigrations(connection, [first, second])).toEqual({ current: 1, target: 2, pending: [second] });
    expect(applyMigrations(connection, [first, second]).pending).toEqual([second]);
    expect(applyMigrations(connection, [first, second]).pending).toEqual([]);
    expect(tablesOf(connection)).toEqual(['mortar_migrations', 'one', 'two']);
  });

  it('is undone as a whole', () => {
    const wrong: Migration = { id: 2, name: 'wrong', sql: 'CREATE TABLE three (a); CREATE NONSENSE' };
    connection.exec('BEGIN IMMEDIATE');
    expect(() => applyMigrations(connection, [first, wrong])).toThrow(
      expect.objectContaining({ code: 'MORTAR_MIGRATION_FAILED', details: { id: 2, name: 'wrong' } }),
    );
    connection.exec('ROLLBACK');
    expect(tablesOf(connection)).toEqual([]);
  });

  it('never applies one that was changed', () => {
    applyMigrations(connection, [first]);
    const changed = { ...first, sql: `${first.sql} ` };
    expect(() => planMigrations(connection, [changed])).toThrow(
      expect.objectContaining({ code: 'MORTAR_MIGRATION_FAILED' }),
    );
  });
});
