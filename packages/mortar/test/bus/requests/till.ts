import { z } from 'zod';
import {
  createMessageBus,
  type IdempotencyKeys,
  type MessageBus,
  type RequestContext,
} from '../../../src/bus/index.js';
import { command, event, query } from '../../../src/contracts/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { Latch } from '../../support/parcels.js';
import { VirtualClock } from '../../support/virtual-clock.js';

export const Pay = command('till.pay', {
  data: z.object({ order: z.string(), cents: z.number().default(100) }),
  result: z.object({ receipt: z.string() }),
});
export const Refund = command('till.refund', { data: z.object({ order: z.string() }) });
export const Balance = query('till.balance', {
  data: z.object({ account: z.string() }),
  result: z.object({ cents: z.number() }),
});
export const Paid = event('till.paid', { data: z.object({ order: z.string() }) });
export const Opened = event('shop.opened', { data: z.object({ day: z.number() }) });

type PayContext = RequestContext<typeof Pay>;

/** Handles payments, each of which goes on until the test lets it end. */
export class Till {
  readonly calls: PayContext[] = [];
  readonly #latches: Latch[] = [];

  readonly pay = async (context: PayContext): Promise<{ receipt: string }> => {
    const latch = new Latch();
    this.#latches.push(latch);
    const no = this.calls.push(context);
    await latch.opened;
    await context.publish(Paid, { order: context.data.order });
    return { receipt: `${context.data.order} ${no}` };
  };

  /** Lets the call of this number, from 1, end well. */
  finish(no: number): void {
    this.#latches[no - 1]?.open();
  }

  fail(no: number, error: unknown): void {
    this.#latches[no - 1]?.break(error);
  }
}

/** A bus with a clock that stands still, a till, and the orders that were paid. */
export interface Shop {
  readonly bus: MessageBus;
  readonly requests: MessageBus['requests'];
  readonly events: MessageBus['events'];
  readonly clock: VirtualClock;
  readonly till: Till;
  readonly paid: string[];
}

export function openShop(options: Parameters<typeof createMessageBus>[0] = {}, keys?: IdempotencyKeys): Shop {
  const clock = new VirtualClock();
  const bus = createMessageBus({ logger: silentLogger, clock, ...options }, keys);
  const { requests, events } = bus;
  const till = new Till();
  const paid: string[] = [];
  requests.handle(Pay, till.pay);
  events.subscribe(Paid, ({ data }) => void paid.push(data.order));
  return { bus, requests, events, clock, till, paid };
}
