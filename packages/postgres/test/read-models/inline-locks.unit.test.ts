import { newId } from 'mortar/contracts';
import type { OpenStore } from 'mortar/delivery';
import { type EncodedEvent, encodeEvent } from 'mortar/event-store';
import { inlineStore } from 'mortar/projections';
import type { SqlTransaction, Unit } from 'mortar/unit-of-work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

const GENERATION = { projection: 'shop/totals', number: 1 };
const TYPES = ['shop.sold'];

let database: TestDatabase;

function sold(): EncodedEvent {
  const id = newId();
  return encodeEvent({
    id,
    type: 'shop.sold',
    schemaVersion: 1,
    key: undefined,
    priority: 'normal',
    occurredAt: Date.now(),
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    data: {},
  });
}

/** A unit whose projection takes its time, while it is in the way of whoever wants all appends to have ended. */
function slow(seconds: number, inlineEpoch = 0): Unit {
  return {
    id: newId(),
    writes: [],
    appends: [{ events: [sold()] }],
    inlineEpoch,
    project: async (tx) =>
      void (await (tx as SqlTransaction & typeof tx).query(`SELECT pg_sleep(${seconds})`)),
  };
}

async function isHeld(schema: string): Promise<void> {
  for (;;) {
    const found =
      await database.query(`SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(%' AND state = 'active'
      AND query NOT LIKE '%pg_stat_activity%' AND datname = current_database()`);
    if (found.length > 0) return;
    await database.query(`SELECT 1 FROM ${schema}.events LIMIT 1`);
  }
}

async function begun(schema: string): Promise<OpenStore> {
  const store = await database.open({ schema });
  await store.projections.begin(GENERATION.projection, 'code');
  await store.deliveries.register('shop/totals#1', 'beginning', 1);
  return store;
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('appends that take long', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('are waited for by a promotion for about a second, and others go on then', async () => {
    const schema = newSchema();
    const store = await begun(schema);
    const long = store.units.commit([slow(3)]);
    await isHeld(schema);
    const from = performance.now();
    const promotion = store.projections
      .promote(GENERATION, TYPES, async () => undefined)
      .then(
        ({ kind }) => kind,
        (error) => error.code,
      );
    expect(await promotion).toBe('MORTAR_STORE_UNAVAILABLE');
    expect(performance.now() - from).toBeGreaterThan(900);
    await store.events.append([{ events: [sold()] }]);
    expect((await long)[0]?.ok).toBe(true);
    const seen: string[] = [];
    const fold = async (_: unknown, entries: readonly { readonly id: string }[]): Promise<void> =>
      void seen.push(...entries.map(({ id }) => id));
    expect(await store.projections.promote(GENERATION, TYPES, fold)).toEqual({ kind: 'ok' });
    expect(seen).toHaveLength(2);
  }, 30_000);

  it('are waited for by who has to demote a projection of other code, as long as it takes', async () => {
    const schema = newSchema();
    const store = await begun(schema);
    await store.projections.promote(GENERATION, TYPES, async () => undefined);
    const { epoch } = await store.projections.inlines();
    const long = store.units.commit([slow(2.5, epoch)]);
    await isHeld(schema);
    const other = inlineStore(store, []);
    await other.refresh();
    await other.store.events.append([{ events: [sold()] }]);
    expect((await long)[0]?.ok).toBe(true);
    const [checkpoint] = await store.deliveries.checkpoints('shop/totals#1');
    expect(checkpoint).toMatchObject({ low: 1, isLeased: false });
  }, 30_000);
});
