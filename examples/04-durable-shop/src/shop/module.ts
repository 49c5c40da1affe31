// #region readme
// shop/module.ts
import { defineModule, fail } from 'mortar';
import { CreateTables, OrderPlaced, PlaceOrder } from './contract.js';

const PRICE = 12;
const MOST_ITEMS = 9;
const INSERT = 'INSERT INTO orders (total) VALUES (?) RETURNING id';
const TABLE = 'CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, total REAL NOT NULL) STRICT';

export const shop = defineModule('shop', (module) => {
  module.onStart(({ dispatch }) => dispatch(CreateTables, {}));
  module.handle(CreateTables, async ({ write }) => write((tx) => tx.execute(TABLE)));
  module.handle(PlaceOrder, ({ data, commit }) => {
    const total = data.items.length * PRICE;
    if (data.items.length > MOST_ITEMS) return fail('too-large', { most: MOST_ITEMS });
    return commit(async (tx, { publish }) => {
      const [row] = await tx.query<{ id: number }>(INSERT, [total]);
      const orderId = String(row?.id);
      publish(OrderPlaced, { orderId, total }); // in the transaction of the row: both are there, or neither
      return { orderId };
    });
  });
});
// #endregion
