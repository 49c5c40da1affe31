import type { OpenStore } from 'mortar/delivery';
import { MemoryLog, MemoryUnitStore } from 'mortar/memory';
import type { Write } from 'mortar/unit-of-work';
import { beforeEach, describe, expect, it } from 'vitest';
import { kyselyOf } from '../../src/kysely.js';
import { aStore } from '../support/store.js';
import { commit, unitOf } from '../support/units.js';

interface Tables {
  readonly orders: { readonly id: string; readonly total: number };
}

describe('Kysely in a unit of work', () => {
  let store: OpenStore;

  beforeEach(async () => {
    store = await aStore();
    await commit(store, async (tx) => {
      await kyselyOf(tx)
        .schema.createTable('orders')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('total', 'integer', (column) => column.notNull())
        .execute();
    });
  });

  const orders: Write = (tx) => kyselyOf<Tables>(tx).selectFrom('orders').selectAll().orderBy('id').execute();

  it('inserts, updates, deletes and selects', async () => {
    const answers = await commit(
      store,
      (tx) =>
        kyselyOf<Tables>(tx)
          .insertInto('orders')
          .values([
            { id: 'a', total: 1 },
            { id: 'b', total: 2 },
          ])
          .executeTakeFirst(),
      (tx) =>
        kyselyOf<Tables>(tx)
          .updateTable('orders')
          .set({ total: 3 })
          .where('total', '<', 3)
          .executeTakeFirst(),
      (tx) => kyselyOf<Tables>(tx).deleteFrom('orders').where('id', '=', 'a').executeTakeFirst(),
      orders,
    );
    expect(answers).toEqual([
      expect.objectContaining({ numInsertedOrUpdatedRows: 2n, insertId: 2n }),
      expect.objectContaining({ numUpdatedRows: 2n }),
      expect.objectContaining({ numDeletedRows: 1n }),
      [{ id: 'b', total: 3 }],
    ]);
  });

  it('answers with rows that are returned', async () => {
    const [rows] = await commit(store, (tx) =>
      kyselyOf<Tables>(tx).insertInto('orders').values({ id: 'a', total: 1 }).returning('id').execute(),
    );
    expect(rows).toEqual([{ id: 'a' }]);
  });

  it('is undone with its unit', async () => {
    const failing = commit(store, async (tx) => {
      await kyselyOf<Tables>(tx).insertInto('orders').values({ id: 'a', total: 1 }).execute();
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await commit(store, orders)).toEqual([[]]);
  });

  it('names the constraint that is broken', async () => {
    const insert: Write = (tx) =>
      kyselyOf<Tables>(tx).insertInto('orders').values({ id: 'a', total: 1 }).execute();
    await expect(commit(store, insert, insert)).rejects.toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
      details: { constraint: 'orders.id' },
    });
  });

  it('has no transaction of its own', async () => {
    const own: Write = (tx) =>
      kyselyOf<Tables>(tx)
        .transaction()
        .execute((trx) => trx.selectFrom('orders').selectAll().execute());
    await expect(commit(store, own)).rejects.toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
  });

  it('ends with its write', async () => {
    let kept: ReturnType<typeof kyselyOf<Tables>> | undefined;
    await commit(store, (tx) => {
      kept = kyselyOf<Tables>(tx);
    });
    const late = kept?.selectFrom('orders').selectAll().execute();
    await expect(late).rejects.toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
  });

  it('is refused over another store', async () => {
    const units = new MemoryUnitStore(new MemoryLog());
    const [outcome] = await units.commit([unitOf((tx) => kyselyOf(tx))]);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'MORTAR_WRITE_INVALID' } });
  });
});
