import { beforeEach, describe, expect, it } from 'vitest';
import { createEventBus, type EventBus } from '../../src/bus/index.js';
import type { DeadLetterFilter, DeadLetterPage } from '../../src/delivery/index.js';
import { DeadLetters, type ReplayFilter } from '../../src/delivery/index.js';
import { silentLogger } from '../../src/logging/logger.js';
import { MemoryDeadLetterStore } from '../../src/memory/index.js';
import { deadDelivery, InvoiceSent, invoiceSent, OrderPlaced, orderPlaced, rejectionOf } from './letters.js';

let store: MemoryDeadLetterStore;
let bus: EventBus;
let deadLetters: DeadLetters;
let isMended: boolean;
/** The orders that were handled, in their order. */
let handled: string[];

beforeEach(() => {
  store = new MemoryDeadLetterStore();
  bus = createEventBus({ deadLetters: store, logger: silentLogger });
  deadLetters = new DeadLetters({ store, bus, contractOf: () => OrderPlaced });
  isMended = false;
  handled = [];
});

function subscribe(name = 'billing'): Disposable {
  return bus.subscribe(OrderPlaced, { name }, async ({ data }) => {
    if (!isMended) throw new Error(`no connection for ${data.orderId}`);
    handled.push(data.orderId);
  });
}

async function die(...orders: readonly string[]): Promise<void> {
  for (const order of orders) await bus.deliver(orderPlaced(order));
}

describe('replayAll', () => {
  it('of none is a report of zeros', async () => {
    expect(await deadLetters.replayAll()).toEqual({ replayed: 0, failed: 0, passedOver: 0 });
  });

  it('replays all that match, in their order', async () => {
    subscribe();
    await die('o-1', 'o-2', 'o-3');
    await store.add(deadDelivery({ envelope: invoiceSent(), subscription: 'mail' }));
    isMended = true;
    const report = await deadLetters.replayAll({ type: 'shop.order-placed' });
    expect(report).toEqual({ replayed: 3, failed: 0, passedOver: 0 });
    expect(handled).toEqual(['o-1', 'o-2', 'o-3']);
    expect((await store.statistics()).byState).toMatchObject({ dead: 1, replayed: 3 });
  });

  it('counts what dies again, and tries nothing twice', async () => {
    const subscription = subscribe();
    await die('o-1', 'o-2');
    subscription[Symbol.dispose]();
    const tried: string[] = [];
    bus.subscribe(OrderPlaced, { name: 'billing' }, ({ data }) => {
      tried.push(data.orderId);
      if (data.orderId === 'o-1') throw new Error('still no connection');
    });
    expect(await deadLetters.replayAll()).toEqual({ replayed: 1, failed: 1, passedOver: 0 });
    expect(tried).toEqual(['o-1', 'o-2']);
    expect(await deadLetters.list()).toMatchObject([{ replays: 1, attempts: 2 }]);
  });

  it('takes a set once: what dies meanwhile is not among it', async () => {
    const subscription = subscribe();
    await die('o-1', 'o-2');
    subscription[Symbol.dispose]();
    const tried: string[] = [];
    bus.subscribe(OrderPlaced, { name: 'billing' }, async ({ data }) => {
      tried.push(data.orderId);
      if (tried.length < 10) await bus.deliver(orderPlaced(`child of ${data.orderId}`));
      throw new Error('never');
    });
    const report = await deadLetters.replayAll();
    expect(report).toEqual({ replayed: 0, failed: 2, passedOver: 0 });
    expect((await deadLetters.list()).filter(({ replays }) => replays > 0)).toHaveLength(2);
    expect((await deadLetters.list()).length).toBeGreaterThan(2);
  });

  it('comes to an end though letters come faster than it reads', async () => {
    const ids: string[] = [];
    const add = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1)
        ids.push(await store.add(deadDelivery({ subscription: 'gone' })));
    };
    await add(2_500);
    const list = store.list.bind(store);
    let pages = 0;
    store.list = async (filter?: DeadLetterFilter, page?: DeadLetterPage) => {
      pages += 1;
      if (pages > 20) throw new Error('It goes on and on.');
      await add(1_000);
      return list(filter, page);
    };
    expect(await deadLetters.replayAll()).toEqual({ replayed: 0, failed: 2_500, passedOver: 0 });
  });

  it('passes over what another has replayed or discarded meanwhile', async () => {
    subscribe();
    await die('o-1', 'o-2', 'o-3');
    const [, second, third] = await deadLetters.list();
    isMended = true;
    const all = deadLetters.replayAll();
    const others = [deadLetters.replay(second?.id ?? ''), deadLetters.discard(third?.id ?? '', 'ada')];
    expect(await all).toEqual({ replayed: 1, failed: 0, passedOver: 2 });
    await Promise.all(others);
    expect([...handled].sort()).toEqual(['o-1', 'o-2']);
  });

  it('two at once replay each letter once', async () => {
    subscribe();
    await die(...Array.from({ length: 20 }, (_, index) => `o-${index}`));
    isMended = true;
    const reports = await Promise.all([deadLetters.replayAll(), deadLetters.replayAll()]);
    expect(reports.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(20);
    expect(reports.reduce((sum, { passedOver }) => sum + passedOver, 0)).toBe(20);
    expect(new Set(handled).size).toBe(20);
    expect(handled).toHaveLength(20);
  });

  it('goes on past a subscription that is gone', async () => {
    await store.add(deadDelivery({ subscription: 'gone' }));
    subscribe();
    await die('o-2');
    isMended = true;
    expect(await deadLetters.replayAll()).toEqual({ replayed: 1, failed: 1, passedOver: 0 });
    expect(await deadLetters.list()).toMatchObject([{ subscription: 'gone', state: 'dead', replays: 0 }]);
  });

  it('ends with the bus; what it has not come to is dead as before', async () => {
    const subscription = subscribe();
    await die('o-1', 'o-2', 'o-3');
    subscription[Symbol.dispose]();
    let stopped: Promise<unknown> = Promise.resolve();
    bus.subscribe(OrderPlaced, { name: 'billing' }, () => {
      stopped = bus.stop();
    });
    expect((await rejectionOf(deadLetters.replayAll())).code).toBe('MORTAR_BUS_STOPPED');
    await stopped;
    expect((await store.statistics()).byState).toEqual({ dead: 2, replaying: 0, replayed: 1, discarded: 0 });
    expect(await store.list()).toMatchObject([{ replays: 0 }, { replays: 0 }]);
  });

  it('hands on what the store fails with', async () => {
    store.list = () => Promise.reject(new Error('disk full'));
    await expect(deadLetters.replayAll()).rejects.toThrow('disk full');
  });

  it.each([
    { subscripton: 'billing' },
    { state: 'discarded' },
    { types: ['shop.order-placed'] },
    null,
    'billing',
  ])('refuses the filter %j, which would stand for all letters', async (filter) => {
    subscribe();
    await die('o-1');
    isMended = true;
    const error = await rejectionOf(deadLetters.replayAll(filter as ReplayFilter));
    expect(error.code).toBe('MORTAR_OPTIONS_INVALID');
    expect(handled).toEqual([]);
  });
});

describe('the lists of dead letters', () => {
  it('refuse a filter with a misspelt key', async () => {
    const filter = { subscripton: 'billing' } as DeadLetterFilter;
    expect((await rejectionOf(deadLetters.list(filter))).got).toBe('"subscripton"');
    expect((await rejectionOf(deadLetters.groups(filter))).got).toBe('"subscripton"');
  });

  it('come from the store, by filter and page', async () => {
    bus.subscribe([OrderPlaced, InvoiceSent], { name: 'audit' }, ({ type }) => {
      throw new TypeError(type);
    });
    await bus.deliver(orderPlaced());
    await bus.deliver(invoiceSent());
    const [first] = await deadLetters.list({ reason: 'failed' }, { limit: 1 });
    expect(first).toMatchObject({ subscription: 'audit', error: { name: 'TypeError' } });
    expect(await deadLetters.list({}, { after: first?.id ?? '' })).toHaveLength(1);
    expect(await deadLetters.groups({ type: 'billing.invoice-sent' })).toMatchObject([{ count: 1 }]);
    expect((await deadLetters.statistics()).byType).toEqual({
      'shop.order-placed': 1,
      'billing.invoice-sent': 1,
    });
  });
});
