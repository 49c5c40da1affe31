import { eventStoreCases } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { twoHandles } from '../support/subject.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('the event store on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const make = async () => {
    const { store, second, dispose } = await twoHandles(database);
    return { events: store.events, second, dispose, raceRounds: 1_000 };
  };
  for (const { name, run } of eventStoreCases(make)) it(name, run);
});
