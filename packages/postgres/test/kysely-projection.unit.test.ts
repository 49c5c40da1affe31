import { createApp, defineModule, event } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { sqlProjection } from 'mortar/projections';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { postgres } from '../src/index.js';
import { kyselyOf } from '../src/kysely.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';

const Placed = event('shop.placed', { data: z.object({ order: z.string(), total: z.number() }) });

const totals = sqlProjection('totals', {
  events: [Placed],
  tables: { totals: (name) => `CREATE TABLE ${name} (id text PRIMARY KEY, total integer NOT NULL)` },
  on: {
    'shop.placed': async (tx, { data }) => {
      await kyselyOf<Record<string, { id: string; total: number }>>(tx)
        .insertInto(tx.table('totals'))
        .values({ id: data.order, total: data.total })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ total: data.total }))
        .execute();
    },
  },
});

const shop = defineModule('shop', (module) => {
  module.publishes(Placed);
  module.project(totals);
});

// Left out where no server is named.
describe.skipIf(leftOut.skip)('projections into tables', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  // One that needs no quotes, one that needs them, and a word of SQL.
  it.each(['mortar', 'Shop', 'user'])(
    'of schema %s are kept by Kysely, and read by their names',
    async (schema) => {
      const store = postgres(database.url, { schema });
      const app = await createApp({ modules: [shop], store, logger: silentLogger });
      await app.start();
      onTestFinished(async () => void (await app.stop()));
      for (const [order, total] of [['a', 1] as const, ['b', 2] as const, ['a', 4] as const])
        await app.publish(Placed, { order, total });
      await app.caughtUp({ projection: 'shop/totals' });
      const table = await app.readModel(totals).table('totals');
      expect(await database.query(`SELECT * FROM ${table} ORDER BY id`)).toEqual([
        { id: 'a', total: 4 },
        { id: 'b', total: 2 },
      ]);
      // Other programs may take no quotes, so there are none without need.
      expect(table.startsWith(schema === 'mortar' ? 'mortar.shop_' : `"${schema}".shop_`)).toBe(true);
    },
  );
});
