import { test } from 'node:test';
import { MortarError } from 'mortar';
import { scenario, stub, testApp } from 'mortar/testing';
import { Rates } from '../rates/contract.js';
import { OrderPlaced, PlaceOrder } from './contract.js';
import { shop } from './module.js';

const authorize = (): boolean => true;
const fromUs = { actor: 'user:ada', tenant: 'acme-us' };

test('an order is priced in the currency of its tenant', async () => {
  // The module rates is not loaded: its port is answered here, and checked by its contract.
  const app = await testApp([shop], { stubs: [stub(Rates, { rateOf: () => 2 })], authorize });
  await scenario(app)
    .as(fromUs)
    .when(PlaceOrder, { item: 'pen' })
    .then([OrderPlaced, { item: 'pen', total: 6, currency: 'USD' }]);
  await scenario(app)
    .when(PlaceOrder, { item: 'pen' })
    .thenResult({ item: 'pen', total: 3, currency: 'EUR' });
  await app.stop();
});

test('a rate that is not to be had is a failure of the order', async () => {
  const rateOf = (): number => {
    throw new MortarError('MORTAR_OUTSIDE_FAILED', {
      rule: 'The bank answers.',
      expected: 'a rate',
      got: '404',
    });
  };
  const app = await testApp([shop], { stubs: [stub(Rates, { rateOf })], authorize });
  await scenario(app)
    .as({ ...fromUs, tenant: 'acme-jp' })
    .when(PlaceOrder, { item: 'book' })
    .thenFailure('not-sold-there', { currency: 'JPY' });
  await app.stop();
});

test('who may not read rates places no order', async () => {
  const app = await testApp([shop], { stubs: [stub(Rates, { rateOf: () => 2 })], authorize: () => false });
  await scenario(app).as(fromUs).when(PlaceOrder, { item: 'pen' }).thenFails('MORTAR_PERMISSION_DENIED');
  await app.stop();
});
