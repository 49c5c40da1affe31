// #region readme
// shop/contract.ts: all that other modules may import
import { command, event, query } from 'mortar';
import { z } from 'zod'; // or valibot, arktype: any Standard Schema

export const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number().positive() }),
  key: (data) => data.orderId, // events with one key are handled in order
  priority: 'high', // critical | high | normal | low
});

export const PlaceOrder = command('shop.place-order', {
  data: z.object({ items: z.array(z.string()).min(1) }),
  result: z.object({ orderId: z.string() }),
});

export const QuoteOrder = query('shop.quote-order', {
  data: z.object({ items: z.array(z.string()).min(1) }),
  result: z.object({ total: z.number(), onAccount: z.boolean() }),
});
// #endregion
