// #region readme
// main.ts
import { createApp } from 'mortar';
import { billing } from './billing/module.js';
import { PlaceOrder } from './shop/contract.js';
import { shop } from './shop/module.js';
import { end, tell } from './story.js';

const app = await createApp({ modules: [shop, billing] });
await app.start();
const { orderId } = await app.dispatch(PlaceOrder, { items: ['book'] });
const report = await app.stop(); // drains, loses nothing
// #endregion

tell('main', 'order dispatched', { orderId });
tell('main', 'app stopped', { isDrained: report.isDrained, givenUp: report.givenUp });
end();
