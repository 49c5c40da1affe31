import { projectionCases } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { type TwoHandles, twoHandles } from '../support/subject.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('projections on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const make = async () => {
    const subject = await twoHandles(database);
    const beside: TwoHandles[] = [];
    const neighbour = async () => {
      const other = await twoHandles(database);
      beside.push(other);
      return other.store;
    };
    const dispose = async () => {
      for (const one of [subject, ...beside]) await one.dispose();
    };
    return { ...subject, neighbour, dispose };
  };
  for (const { name, run } of projectionCases(make)) it(name, run);
});
