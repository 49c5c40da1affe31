import { expect, test } from 'vitest';
import { z } from 'zod';
import { command, defineModule, event, port } from '../../src/index.js';
import { scenario, stub, testApp } from '../../src/testing/index.js';

const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number() }),
});
const Reminded = event('billing.reminded', { data: z.object({ orderId: z.string() }) });
const ChargeCard = command('billing.charge-card', {
  data: z.object({ orderId: z.string(), amount: z.number().positive() }),
});
const CardCharged = event('billing.card-charged', { data: z.object({ orderId: z.string() }) });
const Bank = port('bank.cards', {
  charge: { data: z.object({ amount: z.number() }), result: z.object({ isPaid: z.boolean() }) },
});

const billing = defineModule('billing', (module) => {
  module.handle(ChargeCard, [Bank], async ({ data, publish }, bank) => {
    const { isPaid } = await bank.charge({ amount: data.amount });
    if (isPaid) await publish(CardCharged, { orderId: data.orderId });
    else throw new Error('the bank refused');
  });
  const retry = { attempts: 4, backoff: { kind: 'fixed', delayMs: 60_000, jitter: false } } as const;
  module.on(OrderPlaced, { retry }, async ({ data, dispatch, publish, attempt }) => {
    if (attempt > 1) await publish(Reminded, { orderId: data.orderId });
    await dispatch(ChargeCard, { orderId: data.orderId, amount: data.total });
  });
});

test('the test of the README', async () => {
  // #region readme
  // import { scenario, stub, testApp } from 'mortar/testing';
  let isOpen = false;
  const bank = stub(Bank, { charge: () => ({ isPaid: isOpen }) }); // of a module that is not loaded; checked by its contract
  const app = await testApp([billing], { stubs: [bank] }); // in memory, on a virtual clock, started

  isOpen = true;
  await scenario(app)
    .given([OrderPlaced, { orderId: 'order-1', total: 24 }])
    .when(ChargeCard, { orderId: 'order-2', amount: 3 })
    .then([CardCharged, { orderId: 'order-2' }]);

  isOpen = false;
  await app.publish(OrderPlaced, { orderId: 'order-3', total: 24 });
  await app.advance(60_000); // a retry later, the bank is still closed
  isOpen = true;
  await app.idle(); // lets all that follows happen, retries too, without waiting
  // #endregion
  expect(app.recorded.events(CardCharged)).toEqual([{ orderId: 'order-2' }, { orderId: 'order-3' }]);
  expect(app.recorded.events(Reminded)).toEqual([{ orderId: 'order-3' }]);
  expect(app.recorded.deaths()).toEqual([]);
  await app.stop();
});
