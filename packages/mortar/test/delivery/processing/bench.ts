import { newId } from '../../../src/contracts/index.js';
import {
  type DeadLetter,
  type DeadLetterState,
  Deliveries,
  type DeliveriesOptions,
  type DeliveryAttempt,
  type DurableSubscription,
  type HeldKey,
  type OpenStore,
  type Work,
} from '../../../src/delivery/index.js';
import { decodeEntry, type EncodedEvent, type Position } from '../../../src/event-store/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { VirtualClock } from '../../support/virtual-clock.js';

export const NAME = 'billing/shop.order-placed';

/** An event in which only the id, and what is said, differs from others. */
export function anEvent(parts: Partial<EncodedEvent> = {}): EncodedEvent {
  const id = parts.id ?? newId();
  return {
    id,
    type: 'shop.order-placed',
    schemaVersion: 1,
    key: undefined,
    priority: 'normal',
    occurredAt: 1_700_000_000_000,
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: '{"total":1}',
    ...parts,
  };
}

/** What a handler of the tests does. */
export type Handler = (
  deliveries: readonly DeliveryAttempt[],
  signal: AbortSignal,
) => Promise<Work | undefined> | Work | undefined;

/** A subscription whose failures are dead at once, unless something else is said. */
export function subscription(
  handler: Handler,
  parts: Partial<DurableSubscription> = {},
): DurableSubscription {
  return {
    name: NAME,
    types: undefined,
    from: 'beginning',
    concurrency: 16,
    batch: undefined,
    onDead: 'hold',
    onUnreadable: 'deadLetter',
    read: (entry) => decodeEntry(entry),
    decide: () => ({ kind: 'deadLetter' }),
    attempt: async (deliveries, signal) => handler(deliveries, signal),
    ...parts,
  };
}

/** A store in memory and its time, and processes that deliver from it. */
export class Bench {
  readonly clock: VirtualClock = new VirtualClock();
  readonly log: MemoryLog = new MemoryLog({ clock: this.clock });
  readonly running: Deliveries[] = [];
  store!: OpenStore;

  static async open(): Promise<Bench> {
    const bench = new Bench();
    bench.store = await bench.handle();
    return bench;
  }

  /** A handle on the database, as a process has it. */
  handle(): Promise<OpenStore> {
    return memory({ log: this.log }).open({ logger: silentLogger });
  }

  async deliver(
    subscriptions: DurableSubscription | readonly DurableSubscription[],
    options: Partial<DeliveriesOptions> = {},
  ): Promise<Deliveries> {
    const deliveries = new Deliveries({
      store: this.store,
      subscriptions: Array.isArray(subscriptions) ? subscriptions : [subscriptions as DurableSubscription],
      clock: this.clock,
      pulse: this.clock,
      ...options,
    });
    this.running.push(deliveries);
    await deliveries.start();
    return deliveries;
  }

  /** Lets time pass until something holds. */
  async until(holds: () => boolean | Promise<boolean>, what = 'what is waited for'): Promise<void> {
    for (let step = 0; step < 2_000; step += 1) {
      if (await holds()) return;
      await this.clock.advance(50);
    }
    throw new Error(`Expected ${what}.`);
  }

  /** The letters in a state, by id. */
  letters(state: DeadLetterState = 'dead'): Promise<readonly DeadLetter[]> {
    return this.store.deadLetters.list({ state });
  }

  held(): Promise<readonly HeldKey[]> {
    return this.store.deliveries.heldKeys(
      NAME,
      Array.from({ length: 16 }, (_, partition) => partition),
    );
  }

  async publish(...events: readonly EncodedEvent[]): Promise<readonly Position[]> {
    const { positions } = await this.store.events.append([{ events }]);
    return positions;
  }

  async close(): Promise<void> {
    // One that was killed never stops.
    for (const deliveries of this.running) void deliveries.stop({ timeoutMs: 0 });
    await this.clock.advance(10);
    await this.log.close();
  }
}
