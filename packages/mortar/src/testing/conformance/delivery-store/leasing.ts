import assert from 'node:assert/strict';
import { refuses } from '../event-store/subject.js';
import {
  BILLING,
  batchOf,
  checkpointOf,
  committed,
  type DeliveryStoreCase,
  heldKey,
  LONG_MS,
  leased,
  placeOf,
  SHORT_MS,
  takenOver,
  until,
} from './subject.js';

/** A lease is held by one, until its time is up by the clock of the store. */
export const leasingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'a first lease has a token, the place of the start, and was taken once',
    run: async ({ store }) => {
      const { token, ...lease } = await leased(store, { partition: 2 });
      assert.deepEqual(lease, { subscription: BILLING, partition: 2, low: 0, ahead: [], unclean: 1 });
      assert.ok(Number.isSafeInteger(token) && token > 0, `${token} is a whole number over 0`);
    },
  },
  {
    name: 'a lease that is in force is given to nobody, its holder included',
    run: async ({ store, second }) => {
      await leased(store);
      assert.deepEqual(await (second ?? store).deliveries.acquire(BILLING, [0], 'b', LONG_MS), []);
      assert.deepEqual(await store.deliveries.acquire(BILLING, [0], 'a', LONG_MS), []);
      const { owner, isLeased, leasedForMs = LONG_MS } = await checkpointOf(store.deliveries);
      assert.deepEqual({ owner, isLeased }, { owner: 'a', isLeased: true });
      assert.ok(leasedForMs > 0 && leasedForMs <= LONG_MS, `leased for ${leasedForMs} ms`);
    },
  },
  {
    name: 'those that are free are taken, others and those that do not exist are not',
    run: async ({ store }) => {
      await leased(store, { partition: 1 });
      const taken = await store.deliveries.acquire(BILLING, [0, 1, 3, 99], 'b', LONG_MS);
      assert.deepEqual(taken.map(({ partition }) => partition).sort(), [0, 3]);
      assert.deepEqual(await store.deliveries.acquire(BILLING, [], 'b', LONG_MS), []);
    },
  },
  {
    name: 'of 16 that want one lease, one gets it',
    run: async ({ store, second }) => {
      await store.deliveries.register(BILLING, 'beginning', 4);
      const handles = [store.deliveries, (second ?? store).deliveries];
      const taken = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          handles[index % 2]?.acquire(BILLING, [0], `${index}`, LONG_MS),
        ),
      );
      assert.equal(taken.flat().length, 1);
    },
  },
  {
    name: '8 that want all the leases get each once',
    run: async ({ store, second }) => {
      await store.deliveries.register(BILLING, 'beginning', 16);
      const all = Array.from({ length: 16 }, (_, partition) => partition);
      const handles = [store.deliveries, (second ?? store).deliveries];
      const taken = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          handles[index % 2]?.acquire(BILLING, all, `${index}`, LONG_MS),
        ),
      );
      const partitions = taken.flat().map((lease) => lease?.partition ?? -1);
      assert.deepEqual(
        partitions.sort((a, b) => a - b),
        all,
      );
    },
  },
  {
    name: 'a lease whose time is up is taken by another, with a greater token',
    run: async ({ store }) => {
      const { old, current } = await takenOver(store);
      assert.ok(current.token > old.token);
      assert.equal((await checkpointOf(store.deliveries)).owner, 'b');
    },
  },
  {
    name: 'a lease whose time is up is in force no more, and prolonged as long as nobody has it',
    run: async ({ store }) => {
      const lease = await leased(store, { ttlMs: SHORT_MS });
      await until(
        async () => ((await checkpointOf(store.deliveries)).isLeased ? undefined : true),
        'a lease expires',
      );
      assert.deepEqual(await names(store.deliveries.renew([lease], LONG_MS)), [
        { partition: 0, token: lease.token },
      ]);
      assert.equal((await checkpointOf(store.deliveries)).isLeased, true);
      assert.deepEqual(await store.deliveries.acquire(BILLING, [0], 'b', LONG_MS), []);
    },
  },
  {
    name: 'renewal prolongs those that are held, and says which',
    run: async ({ store }) => {
      const { old, current } = await takenOver(store);
      const other = await leased(store, { partition: 1 });
      assert.deepEqual(
        await names(
          store.deliveries.renew([old, current, other, { ...other, token: other.token + 1 }], LONG_MS),
        ),
        [current, other].map(({ partition, token }) => ({ partition, token })),
      );
      assert.deepEqual(await store.deliveries.renew([], LONG_MS), []);
    },
  },
  {
    name: 'what is released is free at once, and its end was orderly',
    run: async ({ store }) => {
      const lease = await leased(store);
      await store.deliveries.release([lease]);
      const { owner, isLeased, unclean } = await checkpointOf(store.deliveries);
      assert.deepEqual({ owner, isLeased, unclean }, { owner: undefined, isLeased: false, unclean: 0 });
      const [next] = await store.deliveries.acquire(BILLING, [0], 'b', LONG_MS);
      assert.equal(next?.unclean, 1);
      assert.ok((next?.token ?? 0) > lease.token);
    },
  },
  {
    name: 'what is released is renewed no more, not even by its token',
    run: async ({ store }) => {
      const lease = await leased(store);
      await store.deliveries.release([lease]);
      assert.deepEqual(await store.deliveries.renew([lease], LONG_MS), []);
    },
  },
  {
    name: 'whoever has lost a lease can not release it',
    run: async ({ store }) => {
      const { old } = await takenOver(store);
      await store.deliveries.release([old]);
      const { owner, isLeased } = await checkpointOf(store.deliveries);
      assert.deepEqual({ owner, isLeased }, { owner: 'b', isLeased: true });
    },
  },
  {
    name: 'each taking that finds no orderly end counts',
    run: async ({ store }) => {
      const { current } = await takenOver(store);
      assert.equal(current.unclean, 2);
    },
  },
  {
    name: 'a commit that moves on ends the count, one that stays does not',
    run: async ({ store }) => {
      const { current } = await takenOver(store);
      await committed(store.deliveries, batchOf(current, { progress: [placeOf(current, 0, [5])] }));
      assert.equal((await checkpointOf(store.deliveries)).unclean, 2);
      await committed(store.deliveries, batchOf(current, { progress: [placeOf(current, 1, [5])] }));
      assert.equal((await checkpointOf(store.deliveries)).unclean, 0);
    },
  },
  {
    name: 'whoever takes over goes on where the commit was',
    run: async ({ store }) => {
      const lease = await leased(store);
      await committed(store.deliveries, batchOf(lease, { progress: [placeOf(lease, 7, [9, 12, 4_103])] }));
      await store.deliveries.release([lease]);
      const [next] = await store.deliveries.acquire(BILLING, [0], 'b', LONG_MS);
      assert.deepEqual({ low: next?.low, ahead: next?.ahead }, { low: 7, ahead: [9, 12, 4_103] });
    },
  },
  {
    name: 'a whole window may be ahead',
    run: async ({ store }) => {
      const lease = await leased(store);
      const ahead = Array.from({ length: 4_095 }, (_, index) => index + 102);
      await committed(store.deliveries, batchOf(lease, { progress: [placeOf(lease, 100, ahead)] }));
      assert.deepEqual((await checkpointOf(store.deliveries)).ahead, ahead);
    },
  },
  {
    name: 'a place that lies far into the log is kept',
    run: async ({ store }) => {
      const lease = await leased(store);
      const low = 2 ** 40;
      await committed(
        store.deliveries,
        batchOf(lease, { progress: [placeOf(lease, low, [low + 2, low + 4_096])] }),
      );
      const { low: kept, ahead } = await checkpointOf(store.deliveries);
      assert.deepEqual({ kept, ahead }, { kept: low, ahead: [low + 2, low + 4_096] });
    },
  },
  {
    name: 'subscriptions have leases of their own',
    run: async ({ store }) => {
      await leased(store, { subscription: 'a' });
      const other = await leased(store, { subscription: 'b', owner: 'b' });
      assert.equal(other.unclean, 1);
      assert.deepEqual(
        (await store.deliveries.checkpoints('b')).map(({ owner }) => owner),
        ['b', undefined, undefined, undefined],
      );
    },
  },
  {
    name: 'a token of before a subscription was forgotten is never given again',
    run: async ({ store }) => {
      const { deliveries } = store;
      const tokens: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const old = await leased(store);
        tokens.push(old.token);
        await deliveries.forget(BILLING);
        const current = await leased(store, { owner: 'b' });
        tokens.push(current.token);
        assert.deepEqual(await deliveries.renew([old], LONG_MS), []);
        await refuses(
          deliveries.commit(batchOf(old, { progress: [placeOf(old, 5)], hold: [heldKey()] })),
          'MORTAR_LEASE_LOST',
        );
        await deliveries.release([old]);
        const { owner, low, heldKeys } = await checkpointOf(deliveries);
        assert.deepEqual({ owner, low, heldKeys }, { owner: 'b', low: 0, heldKeys: 0 });
        await deliveries.forget(BILLING);
      }
      assert.deepEqual(
        tokens,
        [...new Set(tokens)].sort((a, b) => a - b),
      );
    },
  },
];

async function names(
  leases: Promise<readonly { readonly partition: number; readonly token: number }[]>,
): Promise<readonly { readonly partition: number; readonly token: number }[]> {
  return (await leases)
    .map(({ partition, token }) => ({ partition, token }))
    .sort((a, b) => a.partition - b.partition);
}
