import { projectionCases } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { twoHandles } from '../support/subject.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('projections on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const make = () => twoHandles(database);
  for (const { name, run } of projectionCases(make)) it(name, run);
});
