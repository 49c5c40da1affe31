import { z } from 'zod';
import { command, event, port, query } from '../../src/contracts/index.js';

/* The contracts of two modules, for the tests of modules. */

export const PlaceOrder = command('shop.place-order', {
  data: z.object({ items: z.array(z.string()), note: z.string().default('none') }),
  result: z.object({ orderId: z.string(), at: z.string().default('now') }),
});
export const FindOrder = query('shop.find-order', {
  data: z.object({ orderId: z.string() }),
  result: z.object({ total: z.number() }),
});
export const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number() }),
});
export const OrderLost = event('shop.order-lost', {
  data: z.object({ orderId: z.string(), by: z.string() }),
});

export const ChargeCard = command('billing.charge-card', { data: z.object({ amount: z.number() }) });
export const FindInvoice = query('billing.find-invoice', {
  data: z.object({ id: z.string() }),
  result: z.string(),
});
export const CardCharged = event('billing.card-charged', { data: z.object({ amount: z.number() }) });

export const Stock = port('shop.stock', {
  count: { data: z.object({ item: z.string() }), result: z.number(), isIdempotent: true },
  take: { data: z.object({ item: z.string(), amount: z.number().default(1) }) },
});
export const Ledger = port('billing.ledger', {
  balance: { data: z.object({ account: z.string() }), result: z.number() },
});

/** A service without dependencies. */
export class PriceList {
  priceOf(item: string): number {
    return item.length;
  }
}

/** A service with one. */
export class OrderBook {
  readonly prices: PriceList;

  constructor(prices: PriceList) {
    this.prices = prices;
  }
}
