import { appProjectionCases } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { sourcingSubject } from '../support/sourcing-subject.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('projections of apps on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const make = async () => {
    const subject = await sourcingSubject(database);
    const dispose = async () => {
      await subject.dispose?.();
      await dropTables();
    };
    return { ...subject, dispose };
  };
  for (const { name, run } of appProjectionCases(make)) it(name, run, 60_000);
});

/** Tables of projections lie where the connection puts them, not in the schema of the store, and so outlive a case. */
async function dropTables(): Promise<void> {
  const tables = await database.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
  for (const { tablename } of tables) await database.query(`DROP TABLE ${String(tablename)}`);
}
