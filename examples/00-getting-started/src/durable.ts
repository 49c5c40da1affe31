// #region guide
// src/durable.ts
import { sqlite } from '@mortar/sqlite';
import { createApp } from 'mortar';
import { PlaceOrder } from './shop/contract.js';
import { shop } from './shop/module.js';
import { CountParcels } from './warehouse/contract.js';
import { warehouse } from './warehouse/module.js';

const app = await createApp({ modules: [shop, warehouse], store: sqlite('shop.db') });
await app.start();
const [orderId, ...items] = process.argv.slice(2);
if (orderId !== undefined) {
  await app.dispatch(PlaceOrder, { orderId, items }, { idempotencyKey: orderId });
  console.log(`shop: accepted ${orderId}`); // it is on disk now
} else {
  await app.deliveries.idle(); // all that waits is handled
  console.log(`warehouse: ${await app.ask(CountParcels, {})} packed in this run`);
}
await app.stop();
// #endregion
