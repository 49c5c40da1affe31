import assert from 'node:assert/strict';
import { position } from '../../../event-store/index.js';
import { refuses, someEvents } from '../event-store/subject.js';
import {
  appended,
  BILLING,
  checkpointOf,
  type DeliveryStoreCase,
  LONG_MS,
  leased,
  SHORT_MS,
  until,
} from './subject.js';

/** A subscription is made known once, with its place and its partitions. */
export const registeringCases: readonly DeliveryStoreCase[] = [
  {
    name: 'a new subscription has the partitions that were said, revision 0 and no pause',
    run: async ({ store: { deliveries } }) => {
      assert.deepEqual(await deliveries.register(BILLING, 'beginning', 3), {
        name: BILLING,
        partitions: 3,
        revision: 0,
        paused: undefined,
      });
    },
  },
  {
    name: 'a subscription has 16 partitions unless said',
    run: async ({ store: { deliveries } }) => {
      assert.equal((await deliveries.register(BILLING, 'now')).partitions, 16);
      assert.equal((await deliveries.checkpoints(BILLING)).length, 16);
    },
  },
  {
    name: 'registered again, it is found as it was, whatever is said',
    run: async ({ store }) => {
      const first = await store.deliveries.register(BILLING, 'beginning', 3);
      await appended(store);
      assert.deepEqual(await store.deliveries.register(BILLING, 'now', 8), first);
      assert.equal((await checkpointOf(store.deliveries, 2)).low, 0);
      assert.equal((await store.deliveries.checkpoints(BILLING)).length, 3);
    },
  },
  {
    name: '16 that register at once find one subscription',
    run: async ({ store, second }) => {
      const handles = [store.deliveries, (second ?? store).deliveries];
      const infos = await Promise.all(
        Array.from({ length: 16 }, (_, index) => handles[index % 2]?.register(BILLING, 'now', 4)),
      );
      for (const info of infos) assert.deepEqual(info, infos[0]);
      assert.equal((await store.deliveries.checkpoints()).length, 4);
    },
  },
  {
    name: 'from the beginning, from now, and from a position',
    run: async ({ store }) => {
      await store.events.append([{ events: someEvents(5) }]);
      const head = await store.events.head();
      await store.deliveries.register('a', 'beginning', 1);
      await store.deliveries.register('b', 'now', 1);
      await store.deliveries.register('c', position(3), 1);
      assert.deepEqual(
        (await store.deliveries.checkpoints()).map(({ subscription, low }) => [subscription, low]),
        [
          ['a', 0],
          ['b', head],
          ['c', 3],
        ],
      );
    },
  },
  {
    name: 'from now, nothing that is appended later is at or under its place',
    run: async ({ store }) => {
      const appends = Array.from({ length: 20 }, () => appended(store));
      await store.deliveries.register(BILLING, 'now', 1);
      const after = await appended(store);
      const { low } = await checkpointOf(store.deliveries);
      assert.ok(low < after.position, `${low} is before ${after.position}`);
      await Promise.all(appends);
    },
  },
  {
    name: 'a number of partitions out of bounds is refused',
    run: async ({ store: { deliveries } }) => {
      for (const partitions of [0, 257, 1.5, Number.NaN])
        await refuses(deliveries.register(BILLING, 'now', partitions), 'MORTAR_OPTIONS_INVALID');
      assert.deepEqual(await deliveries.subscriptions(), []);
    },
  },
  {
    name: 'all subscriptions are listed by name',
    run: async ({ store: { deliveries } }) => {
      for (const name of ['b', 'a', '__proto__', "'; DROP TABLE events;--"])
        await deliveries.register(name, 'now', 1);
      assert.deepEqual(
        (await deliveries.subscriptions()).map(({ name }) => name),
        ["'; DROP TABLE events;--", '__proto__', 'a', 'b'],
      );
    },
  },
  {
    name: 'a pause is kept with its actor, and grows the revision, as its end does',
    run: async ({ store: { deliveries } }) => {
      await deliveries.register(BILLING, 'now', 1);
      await deliveries.setPaused(BILLING, true, 'ada');
      const [paused] = await deliveries.subscriptions();
      assert.equal(paused?.paused?.actor, 'ada');
      assert.ok(Number.isSafeInteger(paused?.paused?.at));
      assert.equal(paused?.revision, 1);
      await deliveries.setPaused(BILLING, false, 'ada');
      const [resumed] = await deliveries.subscriptions();
      assert.deepEqual(resumed, { name: BILLING, partitions: 1, revision: 2, paused: undefined });
    },
  },
  {
    name: 'what is done to a subscription that is not known is refused',
    run: async ({ store: { deliveries } }) => {
      await refuses(deliveries.setPaused('nobody', true), 'MORTAR_SUBSCRIPTION_MISSING');
      await refuses(deliveries.acquire('nobody', [0], 'a', LONG_MS), 'MORTAR_SUBSCRIPTION_MISSING');
      await deliveries.forget('nobody');
      assert.deepEqual(await deliveries.checkpoints('nobody'), []);
      assert.deepEqual(await deliveries.heldKeys('nobody', [0]), []);
    },
  },
  {
    name: 'a subscription that was forgotten begins anew',
    run: async ({ store }) => {
      const lease = await leased(store);
      await store.deliveries.forget(BILLING, 'ada');
      assert.deepEqual(await store.deliveries.subscriptions(), []);
      assert.deepEqual(await store.deliveries.checkpoints(), []);
      assert.deepEqual(await store.deliveries.renew([lease], LONG_MS), []);
      await store.deliveries.register(BILLING, 'beginning', 2);
      assert.equal((await store.deliveries.checkpoints()).length, 2);
    },
  },
  {
    name: 'owners that announce themselves are seen by all until their time is up',
    run: async ({ store, second }) => {
      const { deliveries } = store;
      await deliveries.register('a', 'now', 1);
      await deliveries.register('b', 'now', 1);
      const [first] = await deliveries.announce('one', ['a'], LONG_MS);
      assert.deepEqual(first?.owners, ['one']);
      const seen = await (second ?? store).deliveries.announce('two', ['a', 'b', 'missing'], SHORT_MS);
      assert.deepEqual(
        seen.map(({ name, partitions, owners }) => ({ name, partitions, owners })),
        [
          { name: 'a', partitions: 1, owners: ['one', 'two'] },
          { name: 'b', partitions: 1, owners: ['two'] },
        ],
      );
      await until(async () => {
        const [presence] = await deliveries.announce('one', ['a'], LONG_MS);
        return presence?.owners.length === 1 ? presence : undefined;
      }, 'an announcement ends');
    },
  },
  {
    name: 'an announcement can be taken back',
    run: async ({ store: { deliveries } }) => {
      await deliveries.register('a', 'now', 1);
      await deliveries.announce('one', ['a'], LONG_MS);
      await deliveries.announce('two', ['a'], LONG_MS);
      await deliveries.withdraw('one');
      await deliveries.withdraw('nobody');
      const [presence] = await deliveries.announce('two', ['a'], LONG_MS);
      assert.deepEqual(presence?.owners, ['two']);
    },
  },
  {
    name: 'whoever watches is told of a pause in another process',
    needs: 'second handle',
    run: async ({ store, second }) => {
      assert.ok(second !== undefined);
      await store.deliveries.register(BILLING, 'now', 1);
      let calls = 0;
      const end = second.deliveries.watch(() => {
        calls += 1;
      });
      await store.deliveries.setPaused(BILLING, true);
      await until(async () => (calls > 0 ? calls : undefined), 'the watcher is called');
      end();
    },
  },
];
