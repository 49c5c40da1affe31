import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Deliveries, DurableSubscription } from '../../../src/delivery/index.js';
import { shareOf } from '../../../src/delivery/internal/lease-keeper.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';
import { mortal } from './mortal-store.js';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

const heldBy = async (deliveries: Deliveries): Promise<readonly number[]> =>
  (await deliveries.status()).subscriptions[0]?.held ?? [];

/** Counts in the store, with the progress, how often each event was handled. */
function counting(parts: Partial<DurableSubscription> = {}): DurableSubscription {
  return subscription(
    ([one]) => ({
      writes: [
        async (tx) => {
          const table = (tx as MemoryTransaction).table<number>('effects');
          const id = one?.event.id ?? '';
          await table.set(id, ((await table.get(id)) ?? 0) + 1);
        },
      ],
      appends: [],
    }),
    parts,
  );
}

const counts = (): readonly unknown[] => [...bench.log.table('effects').values()];

describe('several processes', () => {
  it('share the partitions of a subscription, and nothing is handled twice', async () => {
    const one = await bench.deliver(counting(), { store: await bench.handle() });
    expect(await heldBy(one)).toHaveLength(16);
    const two = await bench.deliver(counting(), { store: await bench.handle() });
    const publishing = bench.publish(
      ...Array.from({ length: 300 }, (_, index) => anEvent({ key: `k${index % 30}` })),
    );
    await bench.until(
      async () => (await heldBy(two)).length === 8 && (await heldBy(one)).length === 8,
      'equal shares',
    );
    await publishing;
    await bench.publish(...Array.from({ length: 300 }, (_, index) => anEvent({ key: `k${index % 30}` })));
    await bench.until(() => counts().length === 600, 'all handled');
    expect(new Set(counts())).toEqual(new Set([1]));
    const all = [...(await heldBy(one)), ...(await heldBy(two))];
    expect([...all].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, partition) => partition));
  });

  it.each([1, 2, 3, 5, 16, 20])('%s of them have all partitions among them, each its share', (count) => {
    const owners = Array.from({ length: count }, (_, index) => `owner ${String(index).padStart(2, '0')}`);
    for (const name of ['a', 'b', 'c', NAME]) {
      const presence = { name, owners, partitions: 16, revision: 0, paused: undefined };
      const shares = owners.map((owner) => shareOf(presence, owner));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(16);
      expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
    }
  });

  it('hand over at once when one stops', async () => {
    const one = await bench.deliver(counting(), { store: await bench.handle() });
    const two = await bench.deliver(counting(), { store: await bench.handle() });
    await bench.until(async () => (await heldBy(two)).length === 8, 'a share');
    const from = bench.clock.now();
    await one.stop();
    await bench.until(async () => (await heldBy(two)).length === 16, 'all');
    expect(bench.clock.now() - from).toBeLessThanOrEqual(2_100);
  });

  it('replace one that was killed within 10 s', async () => {
    const own = mortal(await bench.handle());
    await bench.deliver(counting(), { store: own.store });
    const two = await bench.deliver(counting(), { store: await bench.handle() });
    await bench.until(async () => (await heldBy(two)).length === 8, 'a share');
    own.kill();
    const from = bench.clock.now();
    await bench.publish(...Array.from({ length: 100 }, () => anEvent()));
    await bench.until(() => counts().length === 100, 'all handled');
    expect(bench.clock.now() - from).toBeLessThanOrEqual(10_000);
    expect(new Set(counts())).toEqual(new Set([1]));
  });

  it('let one that slept past its lease change nothing when it wakes', async () => {
    const store = await bench.handle();
    let wake = (): void => undefined;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let isAsleep = false;
    // A process that is stopped neither renews its leases nor goes on with its handlers.
    await bench.deliver(
      subscription(async ([one]) => {
        await asleep;
        return {
          writes: [(tx) => (tx as MemoryTransaction).table('late').set(one?.event.id ?? '', 1)],
          appends: [],
        };
      }),
      {
        store,
        renew: async (leases, ttlMs) =>
          isAsleep ? new Promise(() => undefined) : store.deliveries.renew(leases, ttlMs),
      },
    );
    isAsleep = true;
    await bench.publish(anEvent(), anEvent());
    await bench.clock.advance(100);
    await bench.clock.advance(7_000);
    await bench.deliver(counting(), { store: await bench.handle() });
    await bench.until(() => counts().length === 2, 'another one that took over');
    isAsleep = false;
    wake();
    await bench.clock.advance(100);
    expect(bench.log.table('late').size).toBe(0);
    expect(counts()).toEqual([1, 1]);
  });
});

describe('an event that kills its process', () => {
  /** Starts processes that die of the event, one after the other. */
  async function crashLoop(rounds: number, parts: Partial<DurableSubscription> = {}): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const own = mortal(await bench.handle());
      const killer = subscription(async ([one]) => {
        if (one?.event.data === 'poison') {
          // Meanwhile others are handled and committed.
          await new Promise<void>((resolve) => bench.clock.after(50, resolve));
          own.kill();
          await new Promise(() => undefined);
        }
        return counting().attempt([one as never], new AbortController().signal);
      }, parts);
      await bench.deliver(killer, { store: own.store });
      await bench.clock.advance(20_000);
    }
  }

  it('is found and becomes a dead letter, while the others are handled once', async () => {
    await bench.publish(
      ...Array.from({ length: 40 }, (_, index) =>
        anEvent({ key: `k${index}`, payload: index === 20 ? '"poison"' : '1' }),
      ),
    );
    await crashLoop(8);
    expect(await bench.letters()).toMatchObject([
      { error: { code: 'MORTAR_PROCESS_DIED' }, entry: { payload: '"poison"' }, attempts: 3 },
    ]);
    expect(counts()).toHaveLength(39);
    expect(new Set(counts())).toEqual(new Set([1]));
  });

  it('is found though other events of its partition come and are handled all the time', async () => {
    await bench.publish(anEvent({ key: 'a', payload: '"poison"' }));
    for (let round = 0; round < 8; round += 1) {
      await bench.publish(...Array.from({ length: 20 }, (_, index) => anEvent({ key: `${round} ${index}` })));
      await crashLoop(1, { partitions: 1 });
    }
    expect(await bench.letters()).toHaveLength(1);
    expect(counts()).toHaveLength(160);
  });

  it('does not make a dead letter of one that was under way by chance', async () => {
    await bench.publish(anEvent());
    const own = mortal(await bench.handle());
    await bench.deliver(
      subscription(() => new Promise(() => undefined)),
      { store: own.store },
    );
    await bench.clock.advance(100);
    own.kill();
    await bench.deliver(counting());
    await bench.until(() => counts().length === 1, 'a taking over');
    expect(await bench.letters()).toEqual([]);
  });
});

describe('a delivery that runs for long', () => {
  it('does not keep a window from moving, and is done once', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const handled = new Set<number>();
    const deliveries = await bench.deliver(
      subscription(
        async ([one]) => {
          if (one?.event.data === 'slow') await held;
          handled.add(one?.event.position ?? 0);
          return undefined;
        },
        { partitions: 1 },
      ),
    );
    await bench.publish(anEvent({ key: 'slow', payload: '"slow"' }), anEvent({ key: 'slow' }));
    for (let page = 0; page < 6; page += 1)
      await bench.publish(...Array.from({ length: 1_000 }, () => anEvent()));
    await bench.until(() => handled.size === 6_000, 'all the others');
    expect(await bench.held()).toMatchObject([{ state: 'running', first: 1, last: 2 }]);
    release();
    await bench.until(() => handled.size === 6_002, 'the slow one, and its key');
    await deliveries.idle();
    expect(await bench.held()).toEqual([]);
  });
});
