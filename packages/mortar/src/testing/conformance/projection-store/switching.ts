import assert from 'node:assert/strict';
import { subscriptionOf } from '../../../read-models/index.js';
import { appended, type DeliveryStoreCase, deathOf, heldKey } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { auditOf, comeTo, hasGenerations, secondOf, TOTALS, twoGenerations } from './subject.js';

const STATE = 'MORTAR_GENERATION_STATE';
const MISSING = 'MORTAR_GENERATION_MISSING';

/** The one that is read is replaced by another, in one step, or not at all. */
export const switchingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'one that has come as far becomes the active one, and the one before is retired',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await comeTo(store, active, 5);
      await comeTo(store, building, 5);
      assert.deepEqual(await store.projections.activate(building, { actor: 'ada' }), { kind: 'ok' });
      await hasGenerations(store, [1, 'old', 'retired'], [2, 'new', 'active']);
      assert.deepEqual(await auditOf(store), [['activate', `${TOTALS}#2`, 'ada']]);
    },
  },
  {
    name: 'one that is behind does not, whoever asks for it',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await comeTo(store, active, 5);
      await comeTo(store, building, 4);
      const behind = { kind: 'behind', low: 4, activeLow: 5 };
      assert.deepEqual(await store.projections.activate(building), behind);
      assert.deepEqual(await store.projections.activate(building, { force: true }), behind);
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'building']);
      assert.deepEqual(await auditOf(store), []);
      await comeTo(store, building, 6);
      assert.deepEqual(await store.projections.activate(building), { kind: 'ok' });
    },
  },
  {
    name: 'one whose subscription is not known yet is behind',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      assert.equal((await store.projections.activate(building)).kind, 'behind');
      await comeTo(store, active, 1);
      assert.equal((await store.projections.activate(building)).kind, 'behind');
    },
  },
  {
    name: 'one that was never begun to be filled is no obstacle',
    run: async ({ store }) => {
      const { building } = await twoGenerations(store);
      await comeTo(store, building, 1);
      assert.deepEqual(await store.projections.activate(building), { kind: 'ok' });
    },
  },
  {
    name: 'a key that is held blocks the switch, unless it is forced',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await comeTo(store, active, 3);
      await comeTo(store, building, 3, { hold: [heldKey()] });
      assert.deepEqual(await store.projections.activate(building), {
        kind: 'unresolved',
        heldKeys: 1,
        deadLetters: 0,
      });
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'building']);
      assert.deepEqual(await store.projections.activate(building, { force: true }), { kind: 'ok' });
      await hasGenerations(store, [1, 'old', 'retired'], [2, 'new', 'active']);
    },
  },
  {
    name: 'a dead letter blocks it until it is over',
    run: async ({ store }) => {
      const { building } = await twoGenerations(store);
      const entry = await appended(store);
      await comeTo(store, building, 3, { letters: [deathOf(entry)] });
      const unresolved = { kind: 'unresolved', heldKeys: 0, deadLetters: 1 };
      assert.deepEqual(await store.projections.activate(building), unresolved);
      const [letter] = await store.deadLetters.list({ subscription: subscriptionOf(building) });
      assert.ok(letter !== undefined);
      await store.deadLetters.change(letter.id, 'dead', 'replaying');
      assert.deepEqual(
        await store.projections.activate(building),
        unresolved,
        'one that is being replayed is not over',
      );
      await store.deadLetters.change(letter.id, 'replaying', 'discarded');
      assert.deepEqual(await store.projections.activate(building), { kind: 'ok' });
    },
  },
  {
    name: 'what is held or dead of the one before is no obstacle',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      const entry = await appended(store);
      await comeTo(store, active, 3, { hold: [heldKey()], letters: [deathOf(entry)] });
      await comeTo(store, building, 3);
      assert.deepEqual(await store.projections.activate(building), { kind: 'ok' });
    },
  },
  {
    name: 'the active one stays so, and that is no action',
    run: async ({ store }) => {
      const { active } = await twoGenerations(store);
      assert.deepEqual(await store.projections.activate(active, { actor: 'ada' }), { kind: 'ok' });
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'building']);
      assert.deepEqual(await auditOf(store), []);
    },
  },
  {
    name: 'one that was retired becomes the active one again',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await comeTo(store, building, 3);
      await store.projections.activate(building);
      assert.equal((await store.projections.activate(active)).kind, 'behind');
      await comeTo(store, active, 3);
      assert.deepEqual(await store.projections.activate(active), { kind: 'ok' });
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'retired']);
    },
  },
  {
    name: 'the building of one is cancelled, and gone on with',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await comeTo(store, building, 3);
      await store.projections.cancel(building, 'ada');
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'cancelled']);
      await refuses(store.projections.activate(building), STATE);
      await refuses(store.projections.cancel(building), STATE);
      await refuses(store.projections.cancel(active), STATE);
      assert.equal(
        (await store.projections.begin(TOTALS, 'new')).state,
        'cancelled',
        'its code does not begin another',
      );
      await store.projections.resume(building, 'bob');
      await refuses(store.projections.resume(building), STATE);
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'building']);
      assert.deepEqual(await auditOf(store), [
        ['cancel', `${TOTALS}#2`, 'ada'],
        ['resume', `${TOTALS}#2`, 'bob'],
      ]);
    },
  },
  {
    name: 'one that there is not is missing',
    run: async ({ store }) => {
      const none = { projection: TOTALS, number: 9 };
      await store.projections.begin(TOTALS, 'old');
      await refuses(store.projections.activate(none), MISSING);
      await refuses(store.projections.cancel(none), MISSING);
      await refuses(store.projections.resume({ projection: 'shop/nothing', number: 1 }), MISSING);
    },
  },
  {
    name: 'of several that become the active one at once, one is in the end, and none is lost',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const handles = [store, secondOf(subject)];
      await store.projections.begin(TOTALS, 'code 0');
      const others = await Promise.all([1, 2, 3, 4].map((n) => store.projections.begin(TOTALS, `code ${n}`)));
      for (const one of others) await comeTo(store, one, 3);
      const outcomes = await Promise.all(others.map((one, n) => handles[n % 2]?.projections.activate(one)));
      assert.deepEqual(
        outcomes.map((outcome) => outcome?.kind),
        ['ok', 'ok', 'ok', 'ok'],
      );
      const states = (await store.projections.generations(TOTALS)).map(({ state }) => state).sort();
      assert.deepEqual(states, ['active', 'retired', 'retired', 'retired', 'retired']);
    },
  },
];
