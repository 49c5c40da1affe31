import { sourcingCases } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { sourcingSubject } from '../support/sourcing-subject.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('sourcing on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const make = () => sourcingSubject(database);
  const features = { 'damaged JSON': { skip: 'a column of JSON takes nothing else' } };
  // Left out is what `features` names, with the reason.
  for (const { name, skip, run } of sourcingCases(make, features)) it.skipIf(skip !== undefined)(name, run);
});
