// #region readme
// main.ts
import { canvasMarkdown, createApp } from 'mortar';
import { billing } from './billing/module.js';
import { PlaceOrder, QuoteOrder } from './shop/contract.js';
import { shop } from './shop/module.js';

const app = await createApp({ modules: [shop, billing] }); // checks the whole graph, and tells every fault at once
await app.start();
const quote = await app.ask(QuoteOrder, { items: ['book', 'pen'] });
const { orderId } = await app.dispatch(PlaceOrder, { items: ['book'] });
const canvas = canvasMarkdown(app.describe()); // who meets whom, and in what
await app.stop(); // takes nothing more, and finishes what it has
// #endregion

const { end, tell } = await import('./story.js');
tell('main', 'quote answered', quote);
tell('main', 'order dispatched', { orderId });
end(canvas);
