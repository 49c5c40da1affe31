import assert from 'node:assert/strict';
import type { DeliveryStoreCase } from '../delivery-store/subject.js';
import { refuses } from '../event-store/subject.js';
import { auditOf, comeTo, hasGenerations, secondOf, TOTALS, told, twoGenerations } from './subject.js';

const INVALID = 'MORTAR_OPTIONS_INVALID';

const UNFIT: readonly (readonly [what: string, name: string])[] = [
  ['nothing', ''],
  ['a name too long', 'x'.repeat(191)],
  ['a name with NUL', 'a\0b'],
  ['a name that is half a pair', '\ud800'],
];

/** Code finds the generation that it goes on with, or begins one. */
export const beginningCases: readonly DeliveryStoreCase[] = [
  {
    name: 'the first generation of a projection is active at once',
    run: async ({ store }) => {
      assert.deepEqual(await store.projections.generations(), []);
      const before = Date.now() - 60_000;
      const first = await store.projections.begin(TOTALS, 'old');
      assert.deepEqual(told(first), [TOTALS, 1, 'old', 'active']);
      assert.ok(
        first.begunAt > before && first.inStateMs >= 0 && first.inStateMs < 60_000,
        'since when it is so',
      );
      await hasGenerations(store, [1, 'old', 'active']);
    },
  },
  {
    name: 'code finds its own generation again',
    run: async ({ store }) => {
      await store.projections.begin(TOTALS, 'old');
      assert.equal((await store.projections.begin(TOTALS, 'old')).number, 1);
      await hasGenerations(store, [1, 'old', 'active']);
    },
  },
  {
    name: 'code of another fingerprint begins one beside the active one',
    run: async ({ store }) => {
      const { building } = await twoGenerations(store);
      assert.deepEqual(told(building), [TOTALS, 2, 'new', 'building']);
      assert.equal((await store.projections.begin(TOTALS, 'new')).number, 2);
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'building']);
    },
  },
  {
    name: 'projections have generations of their own',
    run: async ({ store }) => {
      await store.projections.begin(TOTALS, 'one');
      await store.projections.begin('shop/other', 'one');
      await store.projections.begin("o'dd #1 🚚", 'one');
      await hasGenerations(store, [1, 'one', 'active']);
      assert.deepEqual(
        (await store.projections.generations()).map(told),
        [
          ["o'dd #1 🚚", 1, 'one', 'active'],
          ['shop/other', 1, 'one', 'active'],
          [TOTALS, 1, 'one', 'active'],
        ],
        'all of them, by projection',
      );
    },
  },
  {
    name: 'code that was retired finds its generation again',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await comeTo(store, building, 3);
      assert.deepEqual(await store.projections.activate(building), { kind: 'ok' });
      assert.deepEqual(told(await store.projections.begin(TOTALS, 'old')), [
        TOTALS,
        active.number,
        'old',
        'retired',
      ]);
    },
  },
  {
    name: 'another one of the same code is begun on purpose, one at a time',
    run: async ({ store }) => {
      const first = await store.projections.begin(TOTALS, 'old');
      const anew = await store.projections.renew(TOTALS, 'old', 'building', 'ada');
      assert.deepEqual(told(anew), [TOTALS, 2, 'old', 'building']);
      await refuses(store.projections.renew(TOTALS, 'old', 'building', 'ada'), 'MORTAR_GENERATION_STATE');
      assert.equal(
        (await store.projections.begin(TOTALS, 'old')).number,
        first.number,
        'the one that is read',
      );
      await hasGenerations(store, [1, 'old', 'active'], [2, 'old', 'building']);
      assert.deepEqual(await auditOf(store), [['rebuild', `${TOTALS}#2`, 'ada']]);
    },
  },
  {
    name: 'another one may be the active one at once',
    run: async ({ store }) => {
      await store.projections.begin(TOTALS, 'old');
      const anew = await store.projections.renew(TOTALS, 'old', 'active');
      assert.deepEqual(told(anew), [TOTALS, 2, 'old', 'active']);
      await hasGenerations(store, [1, 'old', 'retired'], [2, 'old', 'active']);
      assert.equal((await store.projections.begin(TOTALS, 'old')).number, 2);
      assert.deepEqual(await auditOf(store), [['reset', `${TOTALS}#2`, undefined]]);
    },
  },
  ...UNFIT.map(
    ([what, name]): DeliveryStoreCase => ({
      name: `${what} is no name of a projection, and no fingerprint`,
      run: async ({ store }) => {
        await refuses(store.projections.begin(name, 'old'), INVALID);
        await refuses(store.projections.begin(TOTALS, name), INVALID);
        await refuses(store.projections.renew(name, 'old', 'building'), INVALID);
        assert.deepEqual(await store.projections.generations(), []);
      },
    }),
  ),
  {
    name: 'of many processes of the same code that begin at once, all go on with one generation',
    needs: 'second handle',
    run: async (subject) => {
      const handles = [subject.store, secondOf(subject)];
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, n) => handles[n % 2]?.projections.begin(TOTALS, 'old')),
      );
      assert.deepEqual([...new Set(all.map((one) => one?.number))], [1]);
      await hasGenerations(subject.store, [1, 'old', 'active']);
    },
  },
  {
    name: 'of many processes of different code that begin at once, one has the active generation',
    needs: 'second handle',
    run: async (subject) => {
      const handles = [subject.store, secondOf(subject)];
      const all = await Promise.all(
        Array.from({ length: 16 }, (_, n) => handles[n % 2]?.projections.begin(TOTALS, `code ${n % 8}`)),
      );
      assert.equal(new Set(all.map((one) => one?.number)).size, 8, 'each code has one');
      assert.equal(new Set(all.filter((one) => one?.state === 'active').map((one) => one?.number)).size, 1);
      const kept = await subject.store.projections.generations(TOTALS);
      assert.deepEqual(kept.map(({ state }) => state).sort(), ['active', ...Array(7).fill('building')]);
      assert.deepEqual(
        kept.map(({ number }) => number),
        [1, 2, 3, 4, 5, 6, 7, 8],
      );
    },
  },
];
