import assert from 'node:assert/strict';
import type { OpenStore } from '../../../delivery/index.js';
import { type GenerationName, subscriptionOf } from '../../../read-models/index.js';
import { type DeliveryStoreCase, deathOf } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { accountsOf, moves } from './bank.js';
import { ACCOUNTS, appendAll, Process, until } from './processes.js';
import { auditOf, comeTo, hasGenerations, secondOf, TOTALS, told, twoGenerations } from './subject.js';

const STATE = 'MORTAR_GENERATION_STATE';
const MISSING = 'MORTAR_GENERATION_MISSING';

/** What nobody reads is removed, in two steps, and its number never comes again. */
export const removingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'one that is retired is removed, and then gone',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await comeTo(store, building, 1);
      await store.projections.activate(building);
      await store.projections.remove(active, 'ada');
      await hasGenerations(store, [1, 'old', 'removing'], [2, 'new', 'active']);
      await store.projections.remove(active, 'ada');
      await store.projections.removed(active);
      await store.projections.removed(active);
      await store.projections.remove(active, 'ada');
      await hasGenerations(store, [2, 'new', 'active']);
      assert.deepEqual(
        (await auditOf(store)).filter(([action]) => action === 'remove'),
        [['remove', `${TOTALS}#1`, 'ada']],
      );
    },
  },
  {
    name: 'one that is read or built is not',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await refuses(store.projections.remove(active), STATE);
      await refuses(store.projections.remove(building), STATE);
      await store.projections.removed(active);
      await store.projections.removed(building);
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'building']);
      await store.projections.remove({ projection: TOTALS, number: 9 });
      await store.projections.removed({ projection: TOTALS, number: 9 });
    },
  },
  {
    name: 'what is removed is not gone on with, and its number never comes again',
    run: async ({ store }) => {
      const { building } = await twoGenerations(store);
      await store.projections.cancel(building);
      await store.projections.remove(building);
      assert.deepEqual(told(await store.projections.begin(TOTALS, 'new')), [TOTALS, 3, 'new', 'building']);
      await refuses(store.projections.activate(building), STATE);
      await refuses(store.projections.resume(building), STATE);
      await store.projections.removed(building);
      await refuses(store.projections.resume(building), MISSING);
      await store.projections.cancel({ projection: TOTALS, number: 3 });
      await store.projections.remove({ projection: TOTALS, number: 3 });
      await store.projections.removed({ projection: TOTALS, number: 3 });
      assert.equal((await store.projections.begin(TOTALS, 'new')).number, 4);
    },
  },
  {
    name: 'of several that remove one, one is on record',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const { building } = await twoGenerations(store);
      await store.projections.cancel(building);
      const handles = [store, secondOf(subject)];
      await Promise.all(Array.from({ length: 8 }, (_, n) => handles[n % 2]?.projections.remove(building)));
      const removals = (await auditOf(store)).filter(([action]) => action === 'remove');
      assert.equal(removals.length, 1);
    },
  },
  {
    name: 'what a process that has not heard of it makes of one that is gone is removed again',
    run: async ({ store }) => {
      const process = await Process.start(store, accountsOf('old'), { retiredMs: 1 });
      await process.caughtUp();
      await process.operations.reset(ACCOUNTS);
      await until(async () => (await process.statusOf(1)) === undefined, 'the removal');
      const makeAnew = async (): Promise<void> => {
        await store.documents.make({ name: `${ACCOUNTS}#1`, fields: [], indexes: [] });
        await store.deliveries.register(`${ACCOUNTS}#1`, 'beginning', 1);
      };
      const isGone = async (): Promise<boolean> => {
        const places = [
          ...(await store.deliveries.subscriptions()),
          ...(await store.documents.collections()),
        ];
        return places.every(({ name }) => name === `${ACCOUNTS}#2`);
      };
      await makeAnew();
      await until(isGone, 'the removal of what was made too late');
      await process.stop();
      // Its collection alone, by one that was killed in between.
      await makeAnew();
      await store.deliveries.forget(`${ACCOUNTS}#1`);
      const next = await Process.start(store, accountsOf('old'));
      assert.ok(await isGone(), 'a process that starts removes it');
      assert.deepEqual(await next.documents(), {});
      await next.stop();
    },
  },
  {
    name: 'what a process makes of one that is removed while it begins with it is found, and removed again',
    run: async ({ store }) => {
      const [old, young] = [accountsOf('old'), accountsOf('new')];
      const one = await store.projections.begin(ACCOUNTS, old.fingerprint);
      await store.projections.renew(ACCOUNTS, young.fingerprint, 'active');
      let isRemoved = false;
      const before = async (method: string): Promise<void> => {
        if (method !== 'make' || isRemoved) return;
        isRemoved = true;
        await removeAll(store, one);
      };
      const process = await Process.start(store, old, { before });
      assert.ok(isRemoved, 'it was about to make the collection of one that is gone');
      const isGone = async (): Promise<boolean> => {
        const collections = await store.documents.collections();
        return collections.every(({ name }) => name !== subscriptionOf(one));
      };
      await until(isGone, 'the removal of what was made too late, while the process goes on');
      await process.caughtUp();
      await process.stop();
    },
  },
  {
    name: 'what is left of one that is gone is removed by the next where a process ends at it, letters too',
    run: async ({ store }) => {
      const old = accountsOf('old');
      await appendAll(store, moves(3));
      const [entry] = (await store.events.readAll({ limit: 1 })).entries;
      assert.ok(entry !== undefined);
      const one = await store.projections.begin(ACCOUNTS, old.fingerprint);
      await store.projections.renew(ACCOUNTS, old.fingerprint, 'active');
      await removeAll(store, one);
      await comeTo(store, one, 1, { letters: [deathOf(entry)] });
      let hasEnded = false;
      const ending = Process.make(store, old, {
        before(method) {
          if (method !== 'change') return;
          ending.kill();
          hasEnded = true;
        },
      });
      void ending.begin();
      await until(() => hasEnded, 'a letter that is about to be discarded');
      const next = await Process.start(store, old);
      const isGone = async (): Promise<boolean> => {
        const names = (await store.deliveries.subscriptions()).map(({ name }) => name);
        const letters = await store.deadLetters.list();
        return !names.includes(subscriptionOf(one)) && letters.length === 0;
      };
      await until(isGone, 'the removal of what was left');
      await next.stop();
    },
  },
  {
    name: 'one that is removed while its delivery begins is delivered to no more',
    run: async ({ store }) => {
      const old = accountsOf('old');
      const one = await store.projections.begin(ACCOUNTS, old.fingerprint);
      await store.projections.renew(ACCOUNTS, accountsOf('new').fingerprint, 'active');
      let [isCaughtUp, isRemoved] = [false, false];
      const before = async (method: string, [name]: readonly unknown[]): Promise<void> => {
        if (name !== subscriptionOf(one)) return;
        isCaughtUp ||= method === 'acquire';
        if (method !== 'register' || !isCaughtUp || isRemoved) return;
        isRemoved = true;
        await store.projections.remove(one);
        await until(() => process.generations.workAt(one) === undefined, 'the end of the work at it');
      };
      const process = Process.make(store, old, { before });
      await process.begin();
      const isGone = async (): Promise<boolean> => {
        const all = await store.projections.generations(ACCOUNTS);
        return all.every(({ number }) => number !== one.number);
      };
      await until(isGone, 'the removal, once the work at it has ended');
      const { subscriptions } = await process.deliveries.status();
      assert.ok(subscriptions.every(({ name }) => name !== subscriptionOf(one)));
      await process.stop();
    },
  },
];

/** Removes a generation with all that it has, as another process does. */
async function removeAll(store: OpenStore, one: GenerationName): Promise<void> {
  await store.projections.remove(one);
  await store.documents.drop(subscriptionOf(one));
  await store.deliveries.forget(subscriptionOf(one));
  await store.projections.removed(one);
}
