import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Priority, priorities } from '../../../src/contracts/index.js';
import { position } from '../../../src/event-store/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe('delivering', () => {
  it('brings every event of a backlog to its handler, and then what comes', async () => {
    const ids: string[] = [];
    const events = Array.from({ length: 5_000 }, () => anEvent());
    await bench.publish(...events);
    const deliveries = await bench.deliver(subscription(([one]) => void ids.push(one?.event.id ?? '')));
    await deliveries.idle();
    expect([...ids].sort()).toEqual(events.map(({ id }) => id).sort());
    const more = anEvent();
    await bench.publish(more);
    await deliveries.idle();
    expect(ids.at(-1)).toBe(more.id);
    await deliveries.stop();
    expect((await bench.store.deliveries.checkpoints()).map(({ low, ahead }) => [low, ahead])).toEqual(
      Array.from({ length: 16 }, () => [5_001, []]),
    );
  });

  it('brings events of its types only, and accounts for the others', async () => {
    const types: string[] = [];
    const deliveries = await bench.deliver(
      subscription(([one]) => void types.push(one?.event.type ?? ''), { types: ['crm.moved'] }),
    );
    await bench.publish(anEvent(), anEvent({ type: 'crm.moved' }), anEvent());
    await deliveries.idle();
    expect(types).toEqual(['crm.moved']);
    await deliveries.stop();
    expect((await bench.store.deliveries.checkpoints()).every(({ low }) => low === 3)).toBe(true);
  });

  it.each([
    ['now', []],
    ['beginning', [1, 2, 3]],
    [position(2), [3]],
  ] as const)('starts from %s', async (from, expected) => {
    await bench.publish(anEvent(), anEvent(), anEvent());
    const seen: number[] = [];
    const deliveries = await bench.deliver(
      subscription(([one]) => void seen.push(one?.event.position ?? 0), { from }),
    );
    await deliveries.idle();
    expect([...seen].sort()).toEqual(expected);
  });

  it('keeps the order of a key, each event after the commit of the one before', async () => {
    const order: (string | undefined)[] = [];
    const committed = (): number => bench.log.table('effects').size;
    const handled: number[] = [];
    const deliveries = await bench.deliver(
      subscription(async ([one]) => {
        handled.push(committed());
        await new Promise<void>((resolve) => setImmediate(resolve));
        const id = one?.event.id ?? '';
        order.push(id);
        return { writes: [(tx) => (tx as MemoryTransaction).table('effects').set(id, 1)], appends: [] };
      }),
    );
    const events = Array.from({ length: 20 }, () => anEvent({ key: 'order-1' }));
    await bench.publish(...events);
    await deliveries.idle();
    expect(order).toEqual(events.map(({ id }) => id));
    expect(handled).toEqual(events.map((_, index) => index));
  });

  it('runs no more at once than is allowed, and as many', async () => {
    let [running, most] = [0, 0];
    const deliveries = await bench.deliver(
      subscription(
        async () => {
          running += 1;
          most = Math.max(most, running);
          await new Promise<void>((resolve) => setImmediate(resolve));
          running -= 1;
          return undefined;
        },
        { concurrency: 3 },
      ),
    );
    await bench.publish(...Array.from({ length: 50 }, () => anEvent()));
    await deliveries.idle();
    expect(most).toBe(3);
  });

  it('lets events of higher priority go first, and starves none', async () => {
    const seen: Priority[] = [];
    await bench.publish(
      ...Array.from({ length: 200 }, (_, index) =>
        anEvent({ priority: priorities[3 - (index % 4)] ?? 'low' }),
      ),
    );
    const deliveries = await bench.deliver(
      subscription(([one]) => void seen.push(one?.event.priority ?? 'low'), { concurrency: 1 }),
    );
    await deliveries.idle();
    const middle = (priority: Priority): number =>
      seen.reduce((sum, one, index) => (one === priority ? sum + index : sum), 0) / 50;
    expect(middle('critical')).toBeLessThan(middle('high'));
    expect(middle('high')).toBeLessThan(middle('normal'));
    expect(middle('normal')).toBeLessThan(middle('low'));
    expect(seen.indexOf('low')).toBeLessThan(60);
  });

  it('hands several events to a handler of batches, also of one key, in order', async () => {
    const batches: number[][] = [];
    const deliveries = await bench.deliver(
      subscription((several) => void batches.push(several.map(({ event }) => event.position)), {
        batch: { size: 4, withinMs: 100 },
        concurrency: 1,
      }),
    );
    await bench.publish(...Array.from({ length: 10 }, () => anEvent({ key: 'a' })));
    await bench.until(() => batches.length === 3, 'three batches');
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10],
    ]);
    await deliveries.idle();
  });

  it('commits what handlers do with how far they have come, in few batches', async () => {
    let commits = 0;
    const store = await bench.handle();
    const { deliveries: port } = store;
    const counted: typeof port = Object.create(port, {
      commit: {
        value: (batch: Parameters<typeof port.commit>[0]) => {
          commits += 1;
          return port.commit(batch);
        },
      },
    });
    const made = anEvent({ type: 'billing.sent' });
    const events = Array.from({ length: 1_000 }, () => anEvent());
    await bench.publish(...events);
    // The methods of the store read what is private to it.
    const own = new Proxy(port, {
      get: (target, name) => {
        if (name === 'commit') return counted.commit;
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const deliveries = await bench.deliver(
      subscription(
        ([one]) =>
          one?.event.id === events[0]?.id ? { writes: [], appends: [{ events: [made] }] } : undefined,
        { types: ['shop.order-placed'] },
      ),
      { store: { ...store, deliveries: own } },
    );
    await deliveries.idle();
    expect(commits).toBeGreaterThan(0);
    expect(commits).toBeLessThan(100);
    expect((await bench.store.events.readAll({ after: position(1_000) })).entries[0]?.id).toBe(made.id);
  });

  it('reads no more than it has room for', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const deliveries = await bench.deliver(
      subscription(async () => {
        await held;
        return undefined;
      }),
    );
    for (let page = 0; page < 10; page += 1)
      await bench.publish(...Array.from({ length: 1_000 }, () => anEvent({ payload: '1' })));
    await bench.clock.advance(200);
    const [status] = (await deliveries.status()).subscriptions;
    expect(status?.waiting).toBeLessThanOrEqual(5_000);
    expect(status?.calls).toBe(16);
    release();
    await deliveries.idle();
    expect((await deliveries.status()).subscriptions[0]).toMatchObject({
      name: NAME,
      lagEvents: 0,
      waiting: 0,
    });
  });
});
