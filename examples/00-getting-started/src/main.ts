// #region guide
// src/main.ts
import { canvasMarkdown, createApp } from 'mortar';
import { PlaceOrder } from './shop/contract.js';
import { shop } from './shop/module.js';
import { warehouse } from './warehouse/module.js';

const app = await createApp({ modules: [shop, warehouse] }); // looks at the whole, and tells every fault at once
await app.start();
await app.dispatch(PlaceOrder, { orderId: 'order-1', items: ['book', 'pen'] });
await app.dispatch(PlaceOrder, { orderId: 'order-2', items: ['lamp'] });
await app.stop(); // finishes what it has accepted
console.log(canvasMarkdown(app.describe()));
// #endregion
