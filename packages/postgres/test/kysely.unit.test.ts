import type { OpenStore } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { memory } from 'mortar/memory';
import type { Transaction, Write } from 'mortar/unit-of-work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kyselyOf } from '../src/kysely.js';
import { appendOf, aUnit } from './support/events.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';

interface Tables {
  readonly orders: { readonly id: string; readonly total: number };
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('Kysely in a unit of work', () => {
  let database: TestDatabase;
  let store: OpenStore;
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open();
    await database.query('CREATE TABLE orders (id text PRIMARY KEY, total integer NOT NULL)');
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const commit = async (write: Write<Transaction>): Promise<unknown> => {
    const [outcome] = await store.units.commit([aUnit({ writes: [write], appends: [appendOf()] })]);
    if (outcome?.ok === true) return outcome.result.written[0];
    throw outcome?.error;
  };

  it('writes and reads what is committed with the unit', async () => {
    const found = await commit(async (tx) => {
      const db = kyselyOf<Tables>(tx);
      const inserted = await db.insertInto('orders').values({ id: 'a', total: 1 }).executeTakeFirst();
      const updated = await db
        .updateTable('orders')
        .set({ total: 7 })
        .where('id', '=', 'a')
        .executeTakeFirst();
      const row = await db.selectFrom('orders').selectAll().executeTakeFirstOrThrow();
      return { inserted: inserted.numInsertedOrUpdatedRows, updated: updated.numUpdatedRows, row };
    });
    expect(found).toEqual({ inserted: 1n, updated: 1n, row: { id: 'a', total: 7 } });
    expect(await database.query('SELECT * FROM orders')).toEqual([{ id: 'a', total: 7 }]);
  });

  it('fails with the name of a constraint, and then nothing has happened', async () => {
    const before = await store.events.head();
    const write = (tx: Transaction) =>
      kyselyOf<Tables>(tx).insertInto('orders').values({ id: 'a', total: 2 }).execute();
    await expect(commit(write)).rejects.toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
      details: { constraint: 'orders_pkey' },
    });
    expect(await store.events.head()).toBe(before);
  });

  it('refuses transactions and streams of its own', async () => {
    const ownTransaction = (tx: Transaction) =>
      kyselyOf<Tables>(tx)
        .transaction()
        .execute(async () => undefined);
    await expect(commit(ownTransaction)).rejects.toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
    const stream = async (tx: Transaction) => {
      for await (const row of kyselyOf<Tables>(tx).selectFrom('orders').selectAll().stream()) return row;
      return undefined;
    };
    await expect(commit(stream)).rejects.toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
  });
});

it('the transaction of another store is refused', async () => {
  const store = await memory().open({ logger: silentLogger });
  const write = async (tx: Transaction) => kyselyOf<Tables>(tx).selectFrom('orders').selectAll().execute();
  const [outcome] = await store.units.commit([aUnit({ writes: [write] })]);
  expect(outcome).toMatchObject({ ok: false, error: { code: 'MORTAR_WRITE_INVALID' } });
  await store.close();
});
