import { unitStoreCases } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { unitSubject } from '../support/subject.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('the store of units on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const make = () => unitSubject(database);
  for (const { name, run } of unitStoreCases(make)) it(name, run);
});
