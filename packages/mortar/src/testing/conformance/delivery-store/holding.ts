import assert from 'node:assert/strict';
import type { HeldKey, OpenStore } from '../../../delivery/index.js';
import { position } from '../../../event-store/index.js';
import {
  BILLING,
  batchOf,
  checkpointOf,
  committed,
  type DeliveryStoreCase,
  failedAt,
  heldKey,
  LONG_MS,
  leased,
} from './subject.js';

async function heldOf(
  store: OpenStore,
  partitions: readonly number[] = [0, 1, 2, 3],
): Promise<readonly HeldKey[]> {
  const held = await store.deliveries.heldKeys(BILLING, partitions);
  return [...held].sort((a, b) => (a.orderKey < b.orderKey ? -1 : 1));
}

/** Keys that wait are kept whole, replaced and released with a batch. */
export const holdingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'a held key comes back as it was kept, with its failures',
    run: async ({ store }) => {
      const lease = await leased(store);
      const failures = Array.from({ length: 20 }, (_, index) =>
        failedAt(1_700_000_000_000 + index, `"no" ü 🦋 ${index}`),
      );
      const held = heldKey({
        failures: [
          ...failures.slice(1),
          {
            at: 5,
            error: {
              name: 'MortarError',
              message: 'm',
              category: 'timeout',
              code: 'MORTAR_TIMEOUT',
              stack: 'at x',
            },
          },
        ],
        attempts: 21,
        first: position(2 ** 40),
        last: position(2 ** 40 + 9),
      });
      await committed(store.deliveries, batchOf(lease, { hold: [held] }));
      assert.deepEqual(await heldOf(store), [held]);
    },
  },
  {
    name: 'of each state and of each partition',
    run: async ({ store }) => {
      const lease = await leased(store);
      const other = await leased(store, { partition: 2 });
      const hold = [
        heldKey({ orderKey: 'a', state: 'dead' }),
        heldKey({ orderKey: 'b', state: 'running', failures: [] }),
        heldKey({ orderKey: 'c', partition: 2 }),
      ];
      await committed(store.deliveries, batchOf(lease, { hold: hold.slice(0, 2) }));
      await committed(store.deliveries, batchOf(other, { hold: hold.slice(2) }));
      assert.deepEqual(await heldOf(store), hold);
      assert.deepEqual(await heldOf(store, [2]), hold.slice(2));
      assert.deepEqual(await heldOf(store, []), []);
      assert.equal((await checkpointOf(store.deliveries)).heldKeys, 2);
    },
  },
  {
    name: 'what is held again is put in place of what was',
    run: async ({ store }) => {
      const lease = await leased(store);
      await committed(store.deliveries, batchOf(lease, { hold: [heldKey()] }));
      const next = heldKey({
        first: position(2),
        last: position(8),
        state: 'dead',
        attempts: 3,
        dueAt: 7,
        failures: [],
      });
      await committed(store.deliveries, batchOf(lease, { hold: [next] }));
      assert.deepEqual(await heldOf(store), [next]);
    },
  },
  {
    name: 'what is released is gone; releasing it again is no error',
    run: async ({ store }) => {
      const lease = await leased(store);
      await committed(
        store.deliveries,
        batchOf(lease, { hold: [heldKey(), heldKey({ orderKey: 'order-2' })] }),
      );
      const release = [{ partition: 0, orderKey: 'order-1' }];
      await committed(store.deliveries, batchOf(lease, { release }));
      await committed(store.deliveries, batchOf(lease, { release }));
      assert.deepEqual(
        (await heldOf(store)).map(({ orderKey }) => orderKey),
        ['order-2'],
      );
    },
  },
  {
    name: 'keys of two subscriptions are apart',
    run: async ({ store }) => {
      const lease = await leased(store);
      const other = await leased(store, { subscription: 'mail' });
      await committed(store.deliveries, batchOf(lease, { hold: [heldKey()] }));
      await committed(store.deliveries, batchOf(other, { hold: [heldKey({ state: 'dead' })] }));
      await committed(store.deliveries, batchOf(other, { release: [{ partition: 0, orderKey: 'order-1' }] }));
      assert.deepEqual(await heldOf(store), [heldKey()]);
    },
  },
  {
    name: 'keys are texts to the letter',
    run: async ({ store }) => {
      const lease = await leased(store);
      const keys = [
        '__proto__',
        'constructor',
        "'; DROP TABLE events;--",
        '\u00e9',
        'e\u0301',
        'ß'.repeat(500),
        ' ',
      ];
      await committed(
        store.deliveries,
        batchOf(lease, { hold: keys.map((orderKey) => heldKey({ orderKey })) }),
      );
      assert.deepEqual(
        (await heldOf(store)).map(({ orderKey }) => orderKey),
        [...keys].sort(),
      );
    },
  },
  {
    name: '1,000 keys of one batch are all held',
    run: async ({ store }) => {
      const lease = await leased(store);
      const hold = Array.from({ length: 1_000 }, (_, index) => heldKey({ orderKey: `order-${index}` }));
      await committed(store.deliveries, batchOf(lease, { hold }));
      assert.equal((await heldOf(store)).length, 1_000);
      await committed(store.deliveries, batchOf(lease, { release: hold }));
      assert.equal((await heldOf(store)).length, 0);
    },
  },
  {
    name: 'whoever takes over finds the keys that are held',
    run: async ({ store, second }) => {
      const lease = await leased(store);
      await committed(store.deliveries, batchOf(lease, { hold: [heldKey()] }));
      await store.deliveries.release([lease]);
      await (second ?? store).deliveries.acquire(BILLING, [0], 'b', LONG_MS);
      assert.deepEqual(await heldOf(second ?? store), [heldKey()]);
    },
  },
];
