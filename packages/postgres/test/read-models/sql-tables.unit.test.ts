import { createApp, defineModule, event } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { sqlProjection } from 'mortar/projections';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { postgres } from '../../src/index.js';
import { isOwnTable } from '../../src/internal/connection/failures.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

const Placed = event('shop.placed', { data: z.object({ order: z.string() }) });

// Left out where no server is named.
describe.skipIf(leftOut.skip)('tables of projections in the schema of a store', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('are told from those of the store', async () => {
    const schema = newSchema();
    const store = await database.open({ schema });
    await store.documents.make({ name: 'orders', fields: [], indexes: [] });
    const tables = await database.query('SELECT tablename FROM pg_tables WHERE schemaname = $1', [schema]);
    const names = tables.map(({ tablename }) => String(tablename));
    expect(names).toContain('documents_1');
    expect(names.filter((name) => !isOwnTable(name))).toEqual([]);
    expect(['shop_orders_orders_0a1b2c3d_1', 'documents_of_mine', ''].filter(isOwnTable)).toEqual([]);
  });

  it('refuse a row by a constraint that waits for the end, and nobody tries it again as if it had raced', async () => {
    let handled = 0;
    const orders = sqlProjection('orders', {
      events: [Placed],
      tables: {
        orders: (name) => `CREATE TABLE ${name} (id text UNIQUE DEFERRABLE INITIALLY DEFERRED)`,
      },
      placement: 'inline',
      on: {
        'shop.placed': async (tx, { data }) => {
          handled += 1;
          await tx.execute(`INSERT INTO ${tx.table('orders')} VALUES ($1)`, [data.order]);
        },
      },
    });
    const shop = defineModule('shop', (module) => {
      module.publishes(Placed);
      module.project(orders);
    });
    const store = postgres(database.url, { schema: newSchema() });
    const app = await createApp({ modules: [shop], store, logger: silentLogger });
    onTestFinished(async () => void (await app.stop()));
    await app.start();
    await app.publish(Placed, { order: 'a' });
    await expect(app.publish(Placed, { order: 'a' })).rejects.toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
    });
    expect(handled).toBe(2);
  });
});
