import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Deliveries, type DurableSubscription, type Lease } from '../../../src/delivery/index.js';
import type { MemoryTransaction } from '../../../src/memory/index.js';
import { rejectionOf } from '../../support/parcels.js';
import { anEvent, Bench, NAME, subscription } from './bench.js';
import { mortal, type Weather } from './mortal-store.js';

const OTHER = 'billing/other';
const TTL_MS = 6_000;

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

/** Counts in the store, with the progress, how often each event was handled. */
function counting(parts: Partial<DurableSubscription> = {}): DurableSubscription {
  return subscription(
    ([one]) => ({
      writes: [
        async (tx) => {
          const table = (tx as MemoryTransaction).table<number>(parts.name ?? NAME);
          const id = one?.event.id ?? '';
          await table.set(id, ((await table.get(id)) ?? 0) + 1);
        },
      ],
      appends: [],
    }),
    parts,
  );
}

const counts = (name = NAME): readonly unknown[] => [...bench.log.table(name).values()];

const heldBy = async (deliveries: Deliveries, wanted = NAME): Promise<readonly number[]> =>
  (await deliveries.status()).subscriptions.find(({ name }) => name === wanted)?.held ?? [];

const process = async (...subscriptions: readonly DurableSubscription[]): Promise<Deliveries> =>
  bench.deliver(subscriptions, { store: await bench.handle() });

/** Lets time pass until something that was begun has ended. */
async function ended<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const note = (): void => {
    isOver = true;
  };
  work.then(note, note);
  await bench.until(() => isOver, 'an end');
  return work;
}

describe('a subscription that is added to running deliveries', () => {
  it('gets everything from its beginning on, and counts in status and idle', async () => {
    const deliveries = await process(counting());
    await bench.publish(anEvent(), anEvent());
    await bench.until(() => counts().length === 2, 'the first one to be handled');
    await deliveries.add(counting({ name: OTHER }));
    expect((await deliveries.status()).subscriptions.map(({ name }) => name)).toEqual([NAME, OTHER]);
    await ended(deliveries.idle());
    expect(counts(OTHER)).toEqual([1, 1]);
    await bench.publish(anEvent());
    await ended(deliveries.idle());
    expect(counts(OTHER)).toEqual([1, 1, 1]);
  });

  it('goes on under the lease that it brings, which nobody else gets meanwhile', async () => {
    const deliveries = await process();
    const one = counting({ partitions: 1 });
    await bench.store.deliveries.register(NAME, 'beginning', 1);
    const [lease] = await bench.store.deliveries.acquire(NAME, [0], deliveries.owner, TTL_MS);
    await bench.publish(anEvent(), anEvent(), anEvent());
    const low = 2 as never;
    await bench.store.deliveries.commit({
      subscription: NAME,
      progress: [{ ...(lease as NonNullable<typeof lease>), low, ahead: [] }],
      units: [],
      hold: [],
      release: [],
      letters: [],
    });
    await deliveries.add(one, { ...(lease as NonNullable<typeof lease>), low });
    expect(await heldBy(deliveries)).toEqual([0]);
    await ended(deliveries.idle());
    expect(counts()).toEqual([1]);
    const [after] = await bench.store.deliveries.acquire(NAME, [0], 'another', TTL_MS);
    expect(after).toBeUndefined();
    await bench.clock.advance(5 * TTL_MS);
    expect(await heldBy(deliveries)).toEqual([0]);
    expect([...bench.log.deliveries.leases.values()].map(({ token }) => token)).toEqual([lease?.token]);
  });

  it('takes another lease where the one that it brings was lost', async () => {
    const deliveries = await process();
    await bench.store.deliveries.register(NAME, 'beginning', 1);
    const [lease] = await bench.store.deliveries.acquire(NAME, [0], deliveries.owner, 1);
    await bench.clock.advance(10);
    await bench.store.deliveries.acquire(NAME, [0], 'another', 1);
    await deliveries.add(counting({ partitions: 1 }), lease);
    expect(await heldBy(deliveries)).toEqual([]);
    await bench.publish(anEvent());
    await bench.until(() => counts().length === 1, 'it to be handled');
  });

  it('is shared with other processes, and taken over from one that was killed', async () => {
    const own = mortal(await bench.handle());
    const one = await bench.deliver([], { store: own.store });
    await one.add(counting());
    const two = await process();
    await two.add(counting());
    await bench.until(
      async () => (await heldBy(one)).length === 8 && (await heldBy(two)).length === 8,
      'equal shares',
    );
    own.kill();
    const from = bench.clock.now();
    await bench.publish(...Array.from({ length: 100 }, () => anEvent()));
    await bench.until(() => counts().length === 100, 'all handled');
    expect(bench.clock.now() - from).toBeLessThanOrEqual(10_000);
    expect(new Set(counts())).toEqual(new Set([1]));
  });

  it('is refused before the start, after the stop, and a second time', async () => {
    const deliveries = await process();
    await deliveries.add(counting());
    expect(await rejectionOf(deliveries.add(counting()))).toBe('MORTAR_HANDLER_DUPLICATE');
    await ended(deliveries.stop());
    expect(await rejectionOf(deliveries.add(counting({ name: OTHER })))).toBe('MORTAR_APP_STATE');
  });

  it('ends with the stop of the deliveries, its leases free', async () => {
    const deliveries = await process();
    await deliveries.add(counting());
    await ended(deliveries.stop());
    const checkpoints = await bench.store.deliveries.checkpoints(NAME);
    expect(checkpoints.filter(({ isLeased }) => isLeased)).toEqual([]);
  });
});

/** Deliveries whose store has such weather, and a lease of theirs for what is to be added. */
async function withLease(weather: Weather): Promise<{ deliveries: Deliveries; lease: Lease }> {
  const deliveries = await bench.deliver([], { store: mortal(await bench.handle(), weather).store });
  await bench.store.deliveries.register(NAME, 'beginning', 1);
  const [lease] = await bench.store.deliveries.acquire(NAME, [0], deliveries.owner, 100 * TTL_MS);
  return { deliveries, lease: lease as Lease };
}

/** The owners of the leases that somebody has now. */
async function owners(): Promise<readonly unknown[]> {
  const checkpoints = await bench.store.deliveries.checkpoints();
  return checkpoints.filter(({ isLeased }) => isLeased).map(({ owner }) => owner);
}

describe('a lease that a subscription brings', () => {
  it.each(['renew', 'heldKeys'])('is taken again at once where %s has failed', async (failing) => {
    let failures = 0;
    const { deliveries, lease } = await withLease({
      before: (method, [leases]) => {
        if (method !== failing || failures > 0 || (Array.isArray(leases) && leases.length === 0)) return;
        failures += 1;
        throw new Error('no answer');
      },
    });
    await deliveries.add(counting({ partitions: 1 }), lease);
    expect(failures).toBe(1);
    const from = bench.clock.now();
    await bench.publish(anEvent());
    await bench.until(() => counts().length === 1, 'it to be handled');
    expect(bench.clock.now() - from).toBeLessThan(TTL_MS);
  });

  it.each(['remove', 'stop'] as const)('is free after a %s while it is adopted', async (end) => {
    let ending: Promise<void> | undefined;
    const { deliveries, lease } = await withLease({
      after: async (method, [leases]) => {
        if (method !== 'renew' || (Array.isArray(leases) && leases.length === 0)) return;
        ending ??= end === 'stop' ? deliveries.stop() : deliveries.remove(NAME);
        await ending;
      },
    });
    await ended(deliveries.add(counting({ partitions: 1 }), lease));
    expect(ending).toBeDefined();
    expect(await owners()).toEqual([]);
  });

  it('is not taken a second time where it expires while it is adopted, so that keys keep their order', async () => {
    let loads = 0;
    let goOn = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { deliveries, lease } = await withLease({
      after: async (method) => {
        if (method === 'heldKeys' && ++loads === 1) await slow;
      },
    });
    const handled: unknown[] = [];
    const publish = (...data: readonly number[]): Promise<unknown> =>
      bench.publish(...data.map((one) => anEvent({ key: 'k', payload: String(one) })));
    const one = subscription(
      (some) => {
        handled.push(...some.map(({ event }) => event.data));
        return { writes: [async () => undefined], appends: [] };
      },
      { partitions: 1, concurrency: 1, batch: { size: 2, withinMs: 0 } },
    );
    await publish(1, 2, 3);
    const adding = deliveries.add(one, lease);
    await bench.until(() => loads === 1, 'what is held to be asked for');
    const { leases } = bench.log.deliveries;
    await bench.log.atomically(() => {
      for (const [name, row] of [...leases.entries()]) leases.set(name, { ...row, expiresAt: 0 });
    });
    await bench.clock.advance(2 * TTL_MS);
    expect((await bench.store.deliveries.checkpoints()).map(({ low }) => low)).toEqual([0]);
    goOn();
    await publish(4, 5);
    await ended(adding);
    await bench.until(() => handled.length >= 5, 'all of them');
    await publish(6);
    await bench.until(() => handled.length >= 6, 'the last one');
    expect(handled).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...leases.values()].map(({ token }) => token)).toEqual([lease.token]);
  });

  it('is left to whoever brings it before the deliveries have begun', async () => {
    let isBegun = false;
    let refused: string | undefined;
    const deliveries: Deliveries = new Deliveries({
      store: mortal(await bench.handle(), {
        before: async (method) => {
          if (method !== 'register' || isBegun) return;
          isBegun = true;
          await bench.store.deliveries.register(NAME, 'beginning', 1);
          const [lease] = await bench.store.deliveries.acquire(NAME, [0], deliveries.owner, TTL_MS);
          refused = await rejectionOf(deliveries.add(counting({ partitions: 1 }), lease));
        },
      }).store,
      subscriptions: [counting({ name: OTHER })],
      clock: bench.clock,
      pulse: bench.clock,
    });
    bench.running.push(deliveries);
    await deliveries.start();
    expect(refused).toBe('MORTAR_APP_STATE');
    expect((await deliveries.status()).subscriptions.map(({ name }) => name)).toEqual([OTHER]);
  });
});

describe('deliveries that are stopped while they start', () => {
  it.each(['register', 'announce', 'acquire', 'heldKeys'])('keep no lease, at %s', async (call) => {
    let stopping: Promise<void> | undefined;
    const deliveries: Deliveries = new Deliveries({
      store: mortal(await bench.handle(), {
        before: (method) => {
          if (method === call) stopping ??= deliveries.stop();
        },
      }).store,
      subscriptions: [counting()],
      clock: bench.clock,
      pulse: bench.clock,
    });
    bench.running.push(deliveries);
    await ended(deliveries.start());
    expect(stopping).toBeDefined();
    await ended(stopping ?? Promise.resolve());
    await bench.publish(anEvent());
    await bench.clock.advance(100);
    expect(await owners()).toEqual([]);
    expect(counts()).toEqual([]);
  });
});

describe('a subscription that is removed from running deliveries', () => {
  it('commits what has begun, begins nothing more, and frees its leases', async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const started: string[] = [];
    const deliveries = await process(
      subscription(
        async ([one]) => {
          started.push(one?.event.id ?? '');
          await finished;
          return counting().attempt([one as never], new AbortController().signal);
        },
        { concurrency: 1 },
      ),
      counting({ name: OTHER }),
    );
    const events = [anEvent(), anEvent()];
    await bench.publish(...events);
    await bench.until(() => started.length === 1, 'a call');
    const removing = deliveries.remove(NAME);
    await bench.clock.advance(2 * TTL_MS);
    const owners = new Set((await bench.store.deliveries.checkpoints(NAME)).map(({ isLeased }) => isLeased));
    expect(owners, 'leases are kept while something runs').toEqual(new Set([true]));
    finish();
    await ended(removing);
    expect(started).toHaveLength(1);
    expect(counts()).toEqual([1]);
    const checkpoints = await bench.store.deliveries.checkpoints(NAME);
    expect(checkpoints.filter(({ isLeased }) => isLeased)).toEqual([]);
    expect((await deliveries.status()).subscriptions.map(({ name }) => name)).toEqual([OTHER]);
    await ended(deliveries.idle());
    expect(counts(OTHER)).toHaveLength(2);
    expect(started).toHaveLength(1);
  });

  it('is gone on with by another process at once', async () => {
    const one = await process(counting());
    const two = await process(counting());
    await bench.until(async () => (await heldBy(two)).length === 8, 'a share');
    await ended(one.remove(NAME));
    await bench.until(async () => (await heldBy(two)).length === 16, 'all');
    await bench.publish(...Array.from({ length: 50 }, () => anEvent()));
    await bench.until(() => counts().length === 50, 'all handled');
    expect(await heldBy(one)).toEqual([]);
    expect(new Set(counts())).toEqual(new Set([1]));
  });

  it('may be added again, and goes on where it was', async () => {
    const deliveries = await process(counting());
    await bench.publish(anEvent());
    await ended(deliveries.idle());
    await ended(deliveries.remove(NAME));
    await bench.publish(anEvent());
    await bench.clock.advance(10_000);
    expect(counts()).toEqual([1]);
    await deliveries.add(counting());
    await ended(deliveries.idle());
    expect(counts()).toEqual([1, 1]);
  });

  it('may be forgotten then', async () => {
    const deliveries = await process(counting());
    expect(await rejectionOf(deliveries.forget(NAME))).toBe('MORTAR_SUBSCRIPTION_IN_USE');
    await ended(deliveries.remove(NAME));
    await deliveries.forget(NAME);
    expect(await bench.store.deliveries.subscriptions()).toEqual([]);
  });

  it('gives up what takes too long, and what that does counts for nothing', async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let isCalled = false;
    const deliveries = await process(
      subscription(async ([one]) => {
        isCalled = true;
        await finished;
        return counting().attempt([one as never], new AbortController().signal);
      }),
    );
    await bench.publish(anEvent());
    await bench.until(() => isCalled, 'a call');
    await ended(deliveries.remove(NAME, { timeoutMs: 100 }));
    finish();
    await bench.clock.advance(1_000);
    expect(counts()).toEqual([]);
  });

  it('need not be there', async () => {
    const deliveries = await process();
    await deliveries.remove(NAME);
    await ended(deliveries.stop());
    await deliveries.remove(NAME);
  });
});
