// #region readme
// main.ts
import { createApp } from 'mortar';
import { billing } from './billing/module.js';
import { PlaceOrder } from './shop/contract.js';
import { shop } from './shop/module.js';

const app = await createApp({ modules: [shop, billing] });
await app.start();
const { orderId } = await app.dispatch(PlaceOrder, { items: ['book'] });
await app.stop(); // drains, loses nothing
// #endregion

const { end, tell } = await import('./story.js');
tell('main', 'order dispatched', { orderId });
end();
