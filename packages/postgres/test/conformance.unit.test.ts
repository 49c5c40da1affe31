import {
  deadLetterStoreCases,
  deliveryStoreCases,
  eventStoreCases,
  sqlEffects,
  unitStoreCases,
} from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from './support/server.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a store on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const subject = async () => {
    const schema = newSchema();
    const [store, second] = [await database.open({ schema }), await database.open({ schema })];
    const dispose = async () => void (await Promise.all([store.close(), second.close()]));
    return { store, second, dispose, schema };
  };
  const units = async () => {
    const { store, second, dispose, schema } = await subject();
    await database.query(`CREATE TABLE ${schema}.effects (key text PRIMARY KEY, value text NOT NULL)`);
    const all = async () => {
      const rows = await database.query(`SELECT key, value FROM ${schema}.effects`);
      return Object.fromEntries(rows.map(({ key, value }) => [String(key), String(value)]));
    };
    return {
      events: store.events,
      units: store.units,
      second,
      dispose,
      effects: sqlEffects(`${schema}.effects`, { all, constraint: 'effects_pkey' }),
      scheduled: async () => (await store.deliveries.due(1_000)).events,
    };
  };
  const events = async () => {
    const { store, second, dispose } = await subject();
    return { events: store.events, second, dispose };
  };
  for (const { name, run } of eventStoreCases(events)) it(`events: ${name}`, run);
  for (const { name, run } of unitStoreCases(units)) it(`units: ${name}`, run);
  for (const { name, run } of deliveryStoreCases(subject)) it(`deliveries: ${name}`, run);
  for (const { name, run } of deadLetterStoreCases(subject)) it(`dead letters: ${name}`, run);
});
