import { z } from 'zod';

/** The data of every event. */
export const payload = Object.freeze({
  orderId: 'order-4711',
  customer: 'Ada Lovelace',
  total: 1234.5,
  items: 3,
  isPaid: true,
});

/** Five fields, as many as an event of real life has. */
export const schema = z.object({
  orderId: z.string(),
  customer: z.string(),
  total: z.number().positive(),
  items: z.int(),
  isPaid: z.boolean(),
});
