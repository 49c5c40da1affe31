import assert from 'node:assert/strict';
import type { DeliveryStoreCase } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { accountsOf } from './bank.js';
import { ACCOUNTS, Process, until } from './processes.js';
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
];
