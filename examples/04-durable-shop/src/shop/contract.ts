import { command, event } from 'mortar';
import { z } from 'zod';

export const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number().positive() }),
  key: (data) => data.orderId,
  tags: (data) => [`order:${data.orderId}`],
});

export const PlaceOrder = command('shop.place-order', {
  data: z.object({ items: z.array(z.string()).min(1) }),
  result: z.object({ orderId: z.string() }),
  failures: { 'too-large': z.object({ most: z.number() }) },
});

/** Makes the tables that the shop keeps beside the log, in the same file. */
export const CreateTables = command('shop.create-tables', { data: z.object({}) });
