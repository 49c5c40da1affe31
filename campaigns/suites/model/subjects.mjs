import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from 'mortar/contracts';
import { silentLogger } from 'mortar/logging';
import { MemoryEventStore, MemoryLog, MemoryUnitStore } from 'mortar/memory';
import { sqlEffects } from 'mortar/testing/conformance';
import pg from 'pg';
import { findServer } from '../../../scripts/postgres/find.mjs';
import { UsageError } from '../../frame/arguments.mjs';

/** @typedef {import('mortar/testing/conformance').UnitStoreSubject} Subject */
/** @typedef {{ make: () => Promise<Subject>, close: () => Promise<void> }} Subjects */

const TABLE = 'model_effects';
const CREATE = `CREATE TABLE ${TABLE} (key text PRIMARY KEY, value text NOT NULL)`;

/**
 * Empty stores of a kind, one after the other.
 * @param {import('../../frame/campaign.mjs').StoreKind} kind
 * @returns {Promise<Subjects>}
 */
export async function subjects(kind) {
  if (kind === 'memory') return { make: async () => inMemory(), close: async () => {} };
  return kind === 'sqlite' ? inFiles() : inDatabase();
}

/** @returns {Subject} */
function inMemory() {
  const log = new MemoryLog({});
  return {
    events: new MemoryEventStore(log),
    units: new MemoryUnitStore(log),
    effects: {
      insert: async (tx, key, value) => /** @type {any} */ (tx).table('effects').insert(key, value),
      get: async (tx, key) => /** @type {any} */ (tx).table('effects').get(key),
      all: () =>
        log.exclusively(() => Object.fromEntries(/** @type {any} */ (log.table('effects')).entries())),
      constraint: 'effects.key',
    },
    scheduled: async () => [],
    dispose: () => log.close(),
  };
}

/** @returns {Promise<Subjects>} */
async function inFiles() {
  const { sqlite } = await import('@mortar/sqlite');
  const { default: Database } = await import('better-sqlite3');
  const folder = mkdtempSync(join(tmpdir(), 'mortar-campaign-'));
  let files = 0;
  return {
    async make() {
      files += 1;
      const file = join(folder, `${files}.db`);
      const store = await sqlite(file).open({ logger: silentLogger });
      const db = new Database(file);
      db.exec(CREATE);
      const all = db.prepare(`SELECT key, value FROM ${TABLE}`);
      return subjectOf(
        store,
        async () => /** @type {any[]} */ (all.all()),
        async () => {
          db.close();
          await store.close();
          for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
        },
      );
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** @returns {Promise<Subjects>} */
async function inDatabase() {
  const server = await findServer();
  if (server === undefined)
    throw new UsageError('The campaign needs PostgreSQL. Expected a server; got none.');
  const { postgres } = await import('@mortar/postgres');
  const admin = await connect(server.url);
  const database = `mortar_model_${process.pid}`;
  await admin.query(`CREATE DATABASE ${database}`);
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const client = await connect(url.href);
  await client.query(CREATE);
  let schemas = 0;
  return {
    async make() {
      schemas += 1;
      const schema = `log${schemas}`;
      const store = await postgres(url.href, { schema }).open({ logger: silentLogger });
      const all = async () => (await client.query(`SELECT key, value FROM public.${TABLE}`)).rows;
      return subjectOf(store, all, async () => {
        await store.close();
        await client.query(`TRUNCATE ${TABLE}; DROP SCHEMA ${schema} CASCADE`);
      });
    },
    async close() {
      await client.end();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
      await server.stop();
    },
  };
}

/**
 * @param {import('mortar/delivery').OpenStore} store
 * @param {() => Promise<readonly { key: string, value: string }[]>} all
 * @param {() => Promise<void>} dispose
 * @returns {Subject}
 */
function subjectOf({ events, units, deliveries }, all, dispose) {
  const rows = async () => Object.fromEntries((await all()).map(({ key, value }) => [key, value]));
  return {
    events,
    units,
    effects: sqlEffects(TABLE, { all: rows, constraint: newId() }),
    scheduled: async () => (await deliveries.due(1_000)).events,
    dispose,
  };
}

/** @param {string} url */
async function connect(url) {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}
