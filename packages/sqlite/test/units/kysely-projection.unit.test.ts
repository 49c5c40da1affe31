import { createApp, defineModule, event } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { sqlProjection } from 'mortar/projections';
import { expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { kyselyOf } from '../../src/kysely.js';
import { sqlite } from '../../src/store.js';
import { aFile } from '../support/file.js';
import { openFile } from '../support/store.js';
import { commit, sqlOf } from '../support/units.js';

const Placed = event('shop.placed', { data: z.object({ order: z.string(), total: z.number() }) });

const totals = sqlProjection('totals', {
  events: [Placed],
  tables: { totals: (name) => `CREATE TABLE ${name} (id TEXT PRIMARY KEY, total INTEGER NOT NULL)` },
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

it('a projection keeps its tables by Kysely, and is read by their names', async () => {
  const file = aFile();
  const app = await createApp({ modules: [shop], store: sqlite(file), logger: silentLogger });
  await app.start();
  onTestFinished(async () => void (await app.stop()));
  for (const [order, total] of [['a', 1] as const, ['b', 2] as const, ['a', 4] as const])
    await app.publish(Placed, { order, total });
  await app.caughtUp({ projection: 'shop/totals' });
  const table = await app.readModel(totals).table('totals');
  const rows = await commit(await openFile(file), (tx) =>
    sqlOf(tx).query(`SELECT * FROM ${table} ORDER BY id`),
  );
  expect(rows).toEqual([
    [
      { id: 'a', total: 4 },
      { id: 'b', total: 2 },
    ],
  ]);
  // @ts-expect-error There is no such table.
  await expect(app.readModel(totals).table('orders')).rejects.toMatchObject({
    code: 'MORTAR_OPTIONS_INVALID',
  });
});
