import { command, event } from 'mortar';
import { z } from 'zod';

const order = z.object({ item: z.string(), total: z.number().positive(), currency: z.string() });

export const OrderPlaced = event('shop.order-placed', { data: order });

export const PlaceOrder = command('shop.place-order', {
  data: z.object({ item: z.enum(['book', 'pen']) }),
  result: order,
  failures: { 'not-sold-there': z.object({ currency: z.string() }) },
});
