// #region guide
// src/packing.test.ts
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { override } from 'mortar';
import { testApp } from 'mortar/testing';
import { OrderPlaced, PlaceOrder } from './shop/contract.js';
import { shop } from './shop/module.js';
import { CountParcels } from './warehouse/contract.js';
import { warehouse } from './warehouse/module.js';
import { Parcels } from './warehouse/parcels.js';

const order = { orderId: 'order-1', items: ['book'] };

test('an order is packed', async () => {
  const app = await testApp([shop, warehouse]); // in memory, on a virtual clock
  await app.dispatch(PlaceOrder, order);
  await app.idle(); // everything that follows has happened
  assert.deepEqual(app.recorded.events(OrderPlaced), [order]);
  assert.equal(await app.ask(CountParcels, {}), 1);
  await app.stop();
});

test('it is packed once the printer is on again', async () => {
  const parcels = new Parcels();
  let attempts = 0;
  parcels.pack = () => {
    attempts += 1;
    if (attempts < 3) throw new Error('the label printer is off');
    parcels.count += 1;
  };
  const app = await testApp([shop, warehouse], { overrides: [override(Parcels, parcels)] });
  await app.dispatch(PlaceOrder, order);
  await app.idle(); // the pauses between attempts pass on the virtual clock
  assert.equal(parcels.count, 1);
  assert.deepEqual(app.recorded.deaths(), []);
  await app.stop();
});
// #endregion
