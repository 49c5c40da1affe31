import { port } from 'mortar';
import { z } from 'zod';

/** What a euro is worth. */
export const Rates = port('rates.rates', {
  rateOf: {
    data: z.object({ currency: z.string().regex(/^[A-Z]{3}$/) }),
    result: z.number().positive(),
    timeoutMs: 1_000, // for all attempts together
    isIdempotent: true, // a failed call may be made again
    permission: 'rates.read', // without someone who grants it, each call is refused
  },
});
