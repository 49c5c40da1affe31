import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import type { DeliveryBatch, Lease, OpenStore } from '../../../delivery/index.js';
import { position, streamId } from '../../../event-store/index.js';
import { anEvent, refuses } from '../event-store/subject.js';
import {
  appended,
  BILLING,
  batchOf,
  checkpointOf,
  committed,
  type DeliveryStoreCase,
  deathOf,
  everythingOf,
  failed,
  heldKey,
  LONG_MS,
  leased,
  placeOf,
  takenOver,
  unitOf,
} from './subject.js';

/** A batch in which something of everything changes. */
async function fullBatch(store: OpenStore, lease: Lease): Promise<DeliveryBatch> {
  const dead = await appended(store);
  const scheduled = anEvent();
  return batchOf(lease, {
    progress: [placeOf(lease, 4, [6])],
    units: [
      unitOf(),
      unitOf([], { schedule: [{ name: scheduled.id, dueAt: 1, event: scheduled }] }),
      unitOf([], { inbox: { subscription: BILLING, messageId: newId() } }),
    ],
    hold: [heldKey(), heldKey({ orderKey: 'order-2' })],
    letters: [deathOf(dead)],
  });
}

/** A batch is committed under its leases, all of it or nothing. */
export const committingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'everything of a batch happens',
    run: async ({ store }) => {
      const lease = await leased(store);
      const batch = await fullBatch(store, lease);
      const { results } = await committed(store.deliveries, batch);
      assert.equal(results.length, 3);
      const entry = (await store.events.readAll()).entries.at(-1);
      assert.deepEqual(results[0]?.append.positions, [entry?.position]);
      const { low, ahead, heldKeys } = await checkpointOf(store.deliveries);
      assert.deepEqual({ low, ahead, heldKeys }, { low: 4, ahead: [6], heldKeys: 2 });
      assert.equal((await store.deadLetters.list()).length, 1);
      assert.equal((await store.deliveries.due(10)).events.length, 1);
    },
  },
  {
    name: 'under a lease that another has taken, nothing happens',
    run: async ({ store }) => {
      const { old, current } = await takenOver(store);
      const batch = await fullBatch(store, old);
      const before = await everythingOf(store);
      await assert.rejects(store.deliveries.commit(batch), {
        code: 'MORTAR_LEASE_LOST',
        details: { subscription: BILLING, partitions: [0] },
      });
      assert.deepEqual(await everythingOf(store), before);
      await committed(store.deliveries, { ...batch, progress: [placeOf(current, 4, [6])] });
    },
  },
  {
    name: 'a write does not run, or is undone, under a lease that was lost',
    run: async ({ store }) => {
      const { old } = await takenOver(store);
      const conflict = unitOf([], {
        appends: [{ streamId: streamId('a-1'), expectedVersion: 'streamExists', events: [anEvent()] }],
      });
      await refuses(store.deliveries.commit(batchOf(old, { units: [conflict] })), 'MORTAR_LEASE_LOST');
    },
  },
  {
    name: 'of several leases, one that is lost keeps all from happening, and is named',
    run: async ({ store }) => {
      const { old } = await takenOver(store);
      const other = await leased(store, { partition: 1 });
      const before = await everythingOf(store);
      const batch = batchOf(other, { progress: [placeOf(other, 3), placeOf(old, 3)], units: [unitOf()] });
      await assert.rejects(store.deliveries.commit(batch), {
        code: 'MORTAR_LEASE_LOST',
        details: { subscription: BILLING, partitions: [0] },
      });
      assert.deepEqual(await everythingOf(store), before);
    },
  },
  {
    name: 'under a lease that was released, nothing happens',
    run: async ({ store }) => {
      const lease = await leased(store);
      await store.deliveries.release([lease]);
      await refuses(store.deliveries.commit(batchOf(lease, { units: [unitOf()] })), 'MORTAR_LEASE_LOST');
      assert.deepEqual((await store.events.readAll()).entries, []);
    },
  },
  {
    name: 'under a lease of a subscription that was forgotten, nothing happens',
    run: async ({ store }) => {
      const lease = await leased(store);
      await store.deliveries.forget(BILLING);
      await refuses(store.deliveries.commit(batchOf(lease, { units: [unitOf()] })), 'MORTAR_LEASE_LOST');
      await leased(store, { owner: 'b' });
      assert.deepEqual((await store.events.readAll()).entries, []);
    },
  },
  {
    name: 'a unit whose append conflicts keeps all from happening, and is named',
    run: async ({ store }) => {
      const lease = await leased(store);
      const batch = await fullBatch(store, lease);
      const before = await everythingOf(store);
      const conflicting = unitOf([], {
        appends: [{ streamId: streamId('a-1'), expectedVersion: 'streamExists', events: [anEvent()] }],
      });
      const { unit, error } = await failed(store.deliveries, {
        ...batch,
        units: [...batch.units, conflicting],
      });
      assert.equal((error as { code?: unknown }).code, 'MORTAR_VERSION_CONFLICT');
      assert.ok(unit === undefined || unit === conflicting.id);
      assert.deepEqual(await everythingOf(store), before);
      await committed(store.deliveries, batch);
    },
  },
  {
    name: 'a unit whose write throws keeps all from happening, with what it threw',
    run: async ({ store }) => {
      const lease = await leased(store);
      const batch = await fullBatch(store, lease);
      const before = await everythingOf(store);
      const thrown = new TypeError('not today');
      const throwing = unitOf([anEvent()], {
        writes: [
          () => {
            throw thrown;
          },
        ],
      });
      const { unit, error } = await failed(store.deliveries, { ...batch, units: [throwing, ...batch.units] });
      assert.equal(error, thrown);
      assert.equal(unit, throwing.id);
      assert.deepEqual(await everythingOf(store), before);
    },
  },
  {
    name: 'of units that failed, the others are committed when they come again',
    run: async ({ store }) => {
      const lease = await leased(store);
      const calls: string[] = [];
      const good = unitOf([anEvent()], { writes: [() => void calls.push('good')] });
      const bad = unitOf([anEvent()], {
        writes: [
          () => {
            throw new Error('bad');
          },
        ],
      });
      await failed(store.deliveries, batchOf(lease, { units: [good, bad] }));
      const { results } = await committed(store.deliveries, batchOf(lease, { units: [good] }));
      assert.equal(results[0]?.append.isRepeated, false);
      assert.equal((await store.events.readAll()).entries.length, 1);
      assert.ok(calls.length >= 1);
    },
  },
  {
    name: 'what the writes of the units answer comes back, in their order',
    run: async ({ store }) => {
      const lease = await leased(store);
      const units = [
        unitOf([], { writes: [() => 1, () => 'two'] }),
        unitOf([]),
        unitOf([], { writes: [() => null] }),
      ];
      const { results } = await committed(store.deliveries, batchOf(lease, { units }));
      assert.deepEqual(
        results.map(({ written }) => written),
        [[1, 'two'], [], [null]],
      );
    },
  },
  {
    name: 'units of one batch may append to one stream, one after the other',
    run: async ({ store }) => {
      const lease = await leased(store);
      const stream = streamId('order-7');
      const units = [1, 2, 3].map(() => unitOf([], { appends: [{ streamId: stream, events: [anEvent()] }] }));
      await committed(store.deliveries, batchOf(lease, { units }));
      assert.deepEqual(
        (await store.events.readStream(stream)).map(({ version }) => version),
        [1, 2, 3],
      );
    },
  },
  {
    name: 'a lease whose time is up still commits while nobody has taken it',
    run: async ({ store }) => {
      const lease = await leased(store, { ttlMs: 1 });
      for (let look = 0; (await checkpointOf(store.deliveries)).isLeased && look < 10_000; look += 1);
      await committed(store.deliveries, batchOf(lease, { progress: [placeOf(lease, 2)], units: [unitOf()] }));
      assert.equal((await checkpointOf(store.deliveries)).low, 2);
    },
  },
  {
    name: 'at once with a taking over, a batch happens before it or not at all',
    run: async ({ store, second }) => {
      for (let round = 0; round < 20; round += 1) {
        const subscription = `s${round}`;
        const lease = await leased(store, { subscription, ttlMs: 1 });
        const event = anEvent();
        const [outcome, taken] = await Promise.allSettled([
          store.deliveries.commit(
            batchOf(lease, { progress: [placeOf(lease, 5)], units: [unitOf([event])] }),
          ),
          (second ?? store).deliveries.acquire(subscription, [0], 'b', LONG_MS),
        ]);
        const [next] = taken.status === 'fulfilled' ? taken.value : [];
        const [checkpoint] = await store.deliveries.checkpoints(subscription);
        const hasHappened = outcome.status === 'fulfilled';
        assert.equal(checkpoint?.low, hasHappened ? 5 : 0);
        if (next !== undefined)
          assert.equal(next.low, checkpoint?.low, 'whoever takes over sees what has happened');
        const { entries } = await store.events.readAll({ limit: 10_000 });
        assert.equal(
          entries.some(({ id }) => id === event.id),
          hasHappened,
        );
      }
    },
  },
  {
    name: 'batches of several partitions at once are all committed',
    run: async ({ store, second }) => {
      const leases = await Promise.all([0, 1, 2, 3].map((partition) => leased(store, { partition })));
      const handles = [store.deliveries, (second ?? store).deliveries];
      for (let round = 1; round <= 10; round += 1)
        await Promise.all(
          leases.map((lease, index) =>
            handles[index % 2]?.commit(
              batchOf(lease, { progress: [placeOf(lease, round)], units: [unitOf()] }),
            ),
          ),
        );
      assert.equal((await store.events.readAll()).entries.length, 40);
      assert.deepEqual(
        (await store.deliveries.checkpoints(BILLING)).map(({ low }) => low),
        [10, 10, 10, 10],
      );
    },
  },
  {
    name: 'a place from before the log has grown is kept as it is',
    run: async ({ store }) => {
      const lease = await leased(store);
      await committed(store.deliveries, batchOf(lease, { progress: [placeOf(lease, 0, [])] }));
      assert.equal((await checkpointOf(store.deliveries)).low, position(0));
    },
  },
];
