import assert from 'node:assert/strict';
import type { DeliveryStoreCase } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
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
];
