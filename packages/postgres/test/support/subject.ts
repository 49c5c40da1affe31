import type { OpenStore } from 'mortar/delivery';
import {
  type DocumentStoreSubject,
  type SnapshotStoreSubject,
  sqlEffects,
  type UnitStoreSubject,
} from 'mortar/testing/conformance';
import { newSchema, type TestDatabase } from './server.js';

/** Two handles on one empty store, in a schema of its own. */
export interface TwoHandles {
  readonly schema: string;
  readonly store: OpenStore;
  readonly second: OpenStore;
  readonly dispose: () => Promise<void>;
}

const WRITE_TIMEOUT_MS = 1_000;

/** Schemas that were emptied, by their database: making all tables anew takes much longer than emptying them. */
const free = new Map<string, string[]>();

/** What the cases of the stores are run on. */
export async function twoHandles(database: TestDatabase): Promise<TwoHandles> {
  const schema = free.get(database.name)?.pop() ?? newSchema();
  const options = { schema, writeTimeoutMs: WRITE_TIMEOUT_MS };
  const store = await database.open(options);
  const second = await database.open(options);
  const dispose = async (): Promise<void> => {
    await Promise.all([store.close(), second.close()]);
    await empty(database, schema);
    free.set(database.name, [...(free.get(database.name) ?? []), schema]);
  };
  return { schema, store, second, dispose };
}

/** The table of a collection, or of a projection of SQL. */
const OF_PROJECTION = /^documents_\d+$|_[0-9a-f]{8}_\d+$/;

/** As after the migrations. The trigger that protects the log is not for us. */
async function empty(database: TestDatabase, schema: string): Promise<void> {
  const tables = await database.query(
    `SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'migrations'`,
    [schema],
  );
  const deletions = tables.map(({ tablename }) => {
    return `${OF_PROJECTION.test(String(tablename)) ? 'DROP TABLE' : 'DELETE FROM'} ${schema}.${String(tablename)}`;
  });
  await database.query(
    [
      'SET session_replication_role = replica',
      ...deletions,
      `SELECT setval('${schema}.log_position', 0), setval('${schema}.inline_epoch', 0)`,
    ].join(';'),
  );
}

/** The same for the suite of documents. */
export async function documentSubject(database: TestDatabase): Promise<DocumentStoreSubject> {
  const { store, second, dispose } = await twoHandles(database);
  return { documents: store.documents, units: store.units, second, dispose };
}

/** The same for the suite of snapshots. */
export async function snapshotSubject(database: TestDatabase): Promise<SnapshotStoreSubject> {
  const { schema, store, second, dispose } = await twoHandles(database);
  const age = async (ms: number): Promise<void> => {
    await database.query(`UPDATE ${schema}.snapshots SET saved_at = saved_at - $1`, [ms]);
  };
  return { snapshots: store.snapshots, second, age, dispose };
}

/** The same with a table for what units write. */
export async function unitSubject(database: TestDatabase): Promise<UnitStoreSubject> {
  const { schema, store, second, dispose } = await twoHandles(database);
  await database.query(
    `CREATE TABLE IF NOT EXISTS ${schema}.effects (key text PRIMARY KEY, value text NOT NULL)`,
  );
  const all = async (): Promise<Record<string, string>> => {
    const rows = await database.query(`SELECT key, value FROM ${schema}.effects`);
    return Object.fromEntries(rows.map(({ key, value }) => [String(key), String(value)]));
  };
  return {
    events: store.events,
    units: store.units,
    documents: store.documents,
    second,
    dispose,
    effects: sqlEffects(`${schema}.effects`, { all, constraint: 'effects_pkey' }),
    scheduled: async () => (await store.deliveries.due(1_000)).events,
    writeTimeoutMs: WRITE_TIMEOUT_MS,
  };
}
