import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqlite } from '@mortar/sqlite';
import { createApp } from 'mortar';
import { billing } from './billing/module.js';
import { Terminal } from './billing/terminal.js';
import { OrderPlaced, PlaceOrder } from './shop/contract.js';
import { shop } from './shop/module.js';
import { end, tell } from './story.js';

const folder = mkdtempSync(join(tmpdir(), 'mortar-shop-'));
const file = join(folder, 'shop.db');

// The first process: its card terminal is out of order, so no order is paid before it stops.
const broken = new Terminal({ isInOrder: false });
// #region readme
const first = await createApp({ modules: [shop, billing(broken)], store: sqlite(file) });
await first.start();
const order = { items: ['book', 'pen'] };
const { orderId } = await first.dispatch(PlaceOrder, order, { idempotencyKey: 'click-1' });
await first.publishAfter(OrderPlaced, { orderId: 'a gift', total: 5 }, 100); // whoever runs then publishes it
await first.stop(); // what is not handled stays in the log
// #endregion
tell(`placed: order ${orderId}; charged: ${broken.charged.join(', ') || 'nothing'}`);

// The next one, on the same file. A repeated command is answered with what the first has done.
const working = new Terminal({ isInOrder: true });
const second = await createApp({ modules: [shop, billing(working)], store: sqlite(file) });
await second.start();
const again = await second.dispatch(PlaceOrder, { items: ['book', 'pen'] }, { idempotencyKey: 'click-1' });
tell(`clicked again: order ${again.orderId}`);
const outcomes = await second.publish(OrderPlaced, { orderId: 'by hand', total: 7 }, { wait: 'handled' });
tell(`published by hand: ${outcomes.map(({ subscription, status }) => `${subscription} ${status}`).join()}`);
while (working.charged.length < 3) await new Promise((resolve) => setTimeout(resolve, 20));
await second.stop();
tell(`charged: ${working.charged.toSorted().join(', ')}`);
rmSync(folder, { recursive: true });
end();
