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

  const make = () => sourcingSubject(database);
  for (const { name, run } of appProjectionCases(make)) it(name, run, 60_000);
});
