import { command } from 'mortar';
import { z } from 'zod';

export const ChargeCard = command('billing.charge-card', {
  data: z.object({ orderId: z.string(), amount: z.number().positive() }),
});
