import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { command, defineModule, event } from '../../src/index.js';
import { like, scenario, stub, type TestApp, testApp } from '../../src/testing/index.js';
import { failureOf } from './fixtures/rejection.js';
import { ChargeCard, OrderPlaced, OrderShipped, PlaceOrder, shop } from './fixtures/shop.js';

const order = { orderId: 'o-1', amount: 5 };
const placed = { ...order, note: '' };

function shopApp(): Promise<TestApp> {
  return testApp([shop], { stubs: [stub(ChargeCard, () => ({ paymentId: 'p' }))] });
}

describe('like', () => {
  it('takes what has at least this, at every depth', async () => {
    const Packed = event('depot.packed', {
      data: z.object({
        box: z.object({ size: z.number(), label: z.object({ to: z.string(), from: z.string() }) }),
        items: z.array(z.object({ sku: z.string(), count: z.number() })),
        at: z.date(),
      }),
    });
    const Pack = command('depot.pack', { data: z.object({}) });
    const at = new Date(5);
    const depot = defineModule('depot', (module) => {
      module.handle(Pack, async ({ publish }) => {
        const box = { size: 3, label: { to: 'Ada', from: 'Bob' } };
        await publish(Packed, { box, items: [{ sku: 'a', count: 1 }], at });
      });
    });
    await using app = await testApp([depot]);
    const when = scenario(app).when(Pack, {});
    await when.then([
      Packed,
      like({ box: { label: { to: 'Ada' } }, items: [{ sku: 'a' }], at: new Date(5) }),
    ]);
    await when.then([Packed, like({})]);
    const error = await failureOf(when.then([Packed, like({ box: { label: { to: 'Eve' } }, items: [] })]));
    // What was left unsaid does not differ.
    expect(error.expected).toEqual([
      {
        type: 'depot.packed',
        data: { box: { size: 3, label: { to: 'Eve', from: 'Bob' } }, items: [], at },
      },
    ]);
    await failureOf(when.then([Packed, like({ items: [{ sku: 'a' }, { sku: 'b' }] })]));
    await failureOf(when.then([Packed, like({ at: new Date(6) })]));
  });

  it('shows what it wants of an event that did not come', async () => {
    await using app = await shopApp();
    const error = await failureOf(
      scenario(app)
        .when(PlaceOrder, order)
        .then([OrderPlaced, like({ amount: 5 })], [OrderShipped, like({ orderId: 'o-1' })]),
    );
    expect(error.expected).toEqual([
      { type: 'shop.order-placed', data: placed },
      { type: 'shop.order-shipped', data: { orderId: 'o-1' } },
    ]);
  });

  it('takes a part of a result too', async () => {
    await using app = await shopApp();
    await scenario(app).when(PlaceOrder, order).thenResult(like({}));
    await failureOf(
      scenario(app)
        .when(PlaceOrder, order)
        .thenResult(like({ orderId: 'o-2' })),
    );
  });
});
