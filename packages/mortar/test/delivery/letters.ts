import { z } from 'zod';
import type { DeadDelivery } from '../../src/bus/index.js';
import { createEnvelope, type Envelope, type EnvelopeOptions, event } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';

export const OrderPlaced = event('shop.order-placed', {
  data: z.object({ orderId: z.string().min(1), total: z.number() }),
  key: (data) => data.orderId,
});

export const InvoiceSent = event('billing.invoice-sent', { data: z.object({ email: z.string() }) });

export function orderPlaced(orderId = 'o-1', options?: EnvelopeOptions): Envelope {
  return createEnvelope(OrderPlaced, { orderId, total: 5 }, options);
}

export function invoiceSent(email = 'ada@example.org', options?: EnvelopeOptions): Envelope {
  return createEnvelope(InvoiceSent, { email }, options);
}

/** A delivery of a new event that has failed three times, unless something else is said. */
export function deadDelivery(told: Partial<DeadDelivery> = {}): DeadDelivery {
  return {
    subscription: 'billing/shop.order-placed',
    envelope: told.envelope ?? orderPlaced(),
    reason: 'failed',
    attempts: 3,
    error: new Error('no connection to 10.0.0.1'),
    ...told,
  };
}

/** The code of the MortarError that a promise rejects with. */
export async function rejectionOf(promise: Promise<unknown>): Promise<MortarError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof MortarError) return error;
    throw error;
  }
  throw new Error('Expected an error.');
}
