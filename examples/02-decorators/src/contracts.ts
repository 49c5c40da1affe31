import { command, event } from 'mortar';
import { z } from 'zod';

export const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number() }),
  key: (data) => data.orderId,
});

export const ChargeCard = command('billing.charge-card', {
  data: z.object({ orderId: z.string(), amount: z.number() }),
  result: z.object({ charged: z.number() }),
});
