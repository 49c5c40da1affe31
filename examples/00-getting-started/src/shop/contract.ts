// #region guide
// src/shop/contract.ts: all that other modules may import
import { command, event } from 'mortar';
import { z } from 'zod';

const order = z.object({ orderId: z.string(), items: z.array(z.string()).min(1) });

export const PlaceOrder = command('shop.place-order', { data: order });

export const OrderPlaced = event('shop.order-placed', {
  data: order,
  key: ({ orderId }) => orderId, // events with one key are handled in order
});
// #endregion
