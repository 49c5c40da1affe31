// #region readme
// billing/contract.ts
import { command, port } from 'mortar';
import { z } from 'zod';

export const ChargeCard = command('billing.charge-card', {
  data: z.object({ orderId: z.string(), amount: z.number().positive() }),
});

export const Credit = port('billing.credit', {
  check: {
    data: z.object({ amount: z.number().positive() }),
    result: z.object({ isGranted: z.boolean() }),
    timeoutMs: 500,
    isIdempotent: true, // a failed call may be retried
  },
});
// #endregion
