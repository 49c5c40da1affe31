import assert from 'node:assert/strict';
import { event } from '../../../contracts/index.js';
import type { EncodedEvent } from '../../../event-store/index.js';
import { projection } from '../../../projections/index.js';
import { dropped, renamed, split } from '../../../sourcing/index.js';
import {
  balances,
  begun,
  commitWork,
  foldAll,
  keptBy,
  log,
  Moved,
  move,
  movements,
  naively,
  numbersFrom,
  type ProjectionCase,
  refusedWith,
  runAt,
  Transferred,
  trusted,
  written,
} from './subject.js';

/** Events by chance, some of them of old versions and of other types. */
function randomEvents(next: (below: number) => number, count: number): readonly EncodedEvent[] {
  const account = (): string => `account-${next(6)}`;
  return Array.from({ length: count }, () => {
    const options = { occurredAt: 1_700_000_000_000 + next(1_000) };
    const amount = next(30) - 10;
    const kind = next(5);
    if (kind < 3) return move(account(), amount, options);
    const schemaVersion = kind === 3 ? 2 : 1;
    return written(Transferred, { from: account(), to: account(), amount }, options, { schemaVersion });
  });
}

/** A number for each event; a text can't be kept, and bad ones throw. */
const picky = projection('picky', {
  events: [Moved],
  initialState: () => ({ sum: 0 as unknown }),
  key: ({ data }) => data.account,
  on: {
    'bank.moved': ({ sum }, { data: { amount } }) => {
      if (amount === 400) throw new RangeError('no 400');
      if (amount === 500) return { sum: () => undefined };
      // As code without a compiler has it.
      if (amount === 600) return Promise.reject(new Error('late')) as unknown as { readonly sum: unknown };
      return { sum: Number(sum) + amount };
    },
  },
});

const Audited = event('bank.audited', { data: trusted<{ readonly accounts: readonly string[] }>() });

const audits = projection('audits', {
  events: [Audited],
  initialState: () => ({ audits: 0 }),
  keys: ({ data }) => data.accounts,
  on: { 'bank.audited': ({ audits: before }) => ({ audits: before + 1 }) },
});

const byTenant = projection('by-tenant', {
  events: [Moved],
  initialState: () => ({ sum: 0, tenants: [] as (string | undefined)[] }),
  key: ({ data }) => data.account,
  perTenant: true,
  on: {
    'bank.moved': ({ sum, tenants }, { data }, { tenant }) => ({
      sum: sum + data.amount,
      tenants: [...tenants, tenant],
    }),
  },
});

const withRetired = projection('with-retired', {
  events: [Moved],
  initialState: () => ({ amounts: [] as number[] }),
  key: ({ data }) => data.account,
  on: { 'bank.moved': ({ amounts }, { data }) => ({ amounts: [...amounts, data.amount] }) },
  retired: [
    renamed('bank.changed', Moved),
    split('bank.paired', (data) => {
      const { account, amounts } = data as { readonly account: string; readonly amounts: readonly number[] };
      return amounts.map((amount) => ({ type: Moved.name, data: { account, amount } }));
    }),
    dropped('bank.noticed'),
  ],
});

/** Events become documents. */
export const foldingCases: readonly ProjectionCase[] = [
  ...[1, 2, 3, 4, 5, 6].map(
    (seed): ProjectionCase => ({
      name: `documents are those of a plain fold, however the log is cut (seed ${seed})`,
      run: async ({ store, second }) => {
        const next = numbersFrom(seed);
        const run = await begun(store, balances);
        const entries = await log(store, randomEvents(next, 120));
        // Each page by a process that knows nothing of the one before.
        const runs = () => runAt(next(2) === 0 ? store : second, balances);
        await foldAll(store, runs, entries, () => 1 + next(25));
        assert.deepEqual(await keptBy(store, run), naively(entries));
        await begun(store, balances, 2);
        const again = runAt(store, balances, 2);
        await foldAll(
          store,
          () => again,
          entries,
          () => entries.length,
        );
        assert.deepEqual(await keptBy(store, again), naively(entries));
      },
    }),
  ),
  {
    name: 'what is unchanged is not put, and what was never there is not removed',
    run: async ({ store }) => {
      const run = await begun(store, movements);
      const [first, second, third] = await log(store, [move('a', 5), move('b', 13), move('b', 6)]);
      assert.ok(first && second && third);
      assert.equal((await run.work([first])).documents?.length, 1);
      assert.deepEqual((await run.work([second])).documents, []);
      await commitWork(store, await run.work([first]));
      const constant = projection('constant', {
        ...MOVES,
        initialState: () => ({ is: 'there' }),
        on: { 'bank.moved': (before) => before },
      });
      const still = await begun(store, constant);
      await commitWork(store, await still.work([first]));
      assert.deepEqual((await still.work([third])).documents?.length, 1);
      assert.deepEqual((await still.work([first])).documents, []);
    },
  },
  {
    name: 'tenants have documents of their own, and those of no tenant too',
    run: async ({ store }) => {
      const run = await begun(store, byTenant);
      const entries = await log(store, [
        move('a', 1, { tenant: 'red' }),
        move('a', 2, { tenant: 'blue' }),
        move('a', 4),
        move('a', 8, { tenant: 'red' }),
      ]);
      await commitWork(store, await run.work(entries));
      assert.deepEqual(await keptBy(store, run, 'red'), { a: '{"sum":9,"tenants":["red","red"]}' });
      assert.deepEqual(await keptBy(store, run, 'blue'), { a: '{"sum":2,"tenants":["blue"]}' });
      assert.deepEqual(await keptBy(store, run), { a: '{"sum":4,"tenants":[{"$undefined":true}]}' });
    },
  },
  {
    name: 'retired events become those of today',
    run: async ({ store }) => {
      const run = await begun(store, withRetired);
      const entries = await log(store, [
        move('a', 1),
        written(Moved, { account: 'a', amount: 2 }, {}, { type: 'bank.changed' }),
        written(Moved, { account: 'a', amounts: [3, 4] }, {}, { type: 'bank.paired' }),
        written(Moved, { account: 'a' }, {}, { type: 'bank.noticed' }),
        move('a', 5),
      ]);
      assert.deepEqual(run.types, ['bank.moved', 'bank.changed', 'bank.paired', 'bank.noticed']);
      await foldAll(
        store,
        () => run,
        entries,
        () => 2,
      );
      assert.deepEqual(await keptBy(store, run), { a: '{"amounts":[1,2,3,4,5]}' });
    },
  },
  {
    name: 'a page of more documents than a unit of work changes is folded in parts',
    run: async ({ store }) => {
      const run = await begun(store, audits);
      const entries = await log(
        store,
        Array.from({ length: 101 }, (_, page) =>
          written(Audited, { accounts: Array.from({ length: 100 }, (_, index) => `${page}-${index}`) }),
        ),
      );
      const { work, entries: folded } = await run.fold(entries);
      assert.equal(folded, 100);
      assert.equal(work.documents?.length, 10_000);
      await refusedWith('MORTAR_OPTIONS_INVALID', () => run.work(entries));
      // Those that come again take no more room.
      const hundred = Array.from({ length: 100 }, (_, index) => `again-${index}`);
      const same = await log(
        store,
        Array.from({ length: 150 }, () => written(Audited, { accounts: hundred })),
      );
      assert.equal((await run.fold(same)).entries, 150);
    },
  },
  {
    name: 'two processes prepare a generation at once, and one drops it for both',
    run: async ({ store, second }) => {
      await Promise.all([store, second, store, second].map((one) => begun(one, balances, 7)));
      const run = runAt(second, balances, 7);
      await run.drop();
      await run.drop();
      await refusedWith('MORTAR_COLLECTION_MISSING', () => keptBy(store, run));
      await run.prepare();
      assert.deepEqual(await keptBy(store, run), {});
    },
  },
];

const MOVES = {
  events: [Moved],
  key: ({ data }: { readonly data: { readonly account: string } }) => data.account,
} as const;

/** Events that can't be folded. */
export const failingCases: readonly ProjectionCase[] = [
  ...(
    [
      ['a handler that throws', 'MORTAR_FOLD_FAILED', move('a', 400)],
      ['a handler that promises', 'MORTAR_FOLD_FAILED', move('a', 600)],
      ['a document that can not be kept', 'MORTAR_FOLD_FAILED', move('a', 500)],
      [
        'an event of another version',
        'MORTAR_UPCAST_MISSING',
        written(Moved, { account: 'a' }, {}, { schemaVersion: 3 }),
      ],
      ['corrupt data', 'MORTAR_CODEC_CORRUPT', { ...move('a', 1), payload: '{"$date":"never"}' }],
      ['a key that is none', 'MORTAR_FOLD_FAILED', { ...move('a', 1), payload: '{"account":"","amount":1}' }],
    ] as const
  ).map(
    ([what, code, bad]): ProjectionCase => ({
      name: `the page ends before ${what}, which is told with its place`,
      run: async ({ store }) => {
        const run = await begun(store, picky);
        const entries = await log(store, [move('a', 1), move('b', 2), bad, move('b', 500), move('a', 3)]);
        const { work, entries: folded } = await run.fold(entries);
        assert.equal(folded, 2);
        await commitWork(store, work);
        assert.deepEqual(await keptBy(store, run), { a: '{"sum":1}', b: '{"sum":2}' });
        const [, , failing] = entries;
        assert.ok(failing);
        const place = { position: failing.position, type: failing.type, id: failing.id };
        for (const attempt of [() => run.fold(entries.slice(2)), () => run.work(entries)]) {
          const { details } = await refusedWith(code, attempt);
          const { position, type, id } = details;
          assert.deepEqual({ position, type, id }, place);
        }
      },
    }),
  ),
  {
    name: 'of several documents that can not be kept, the first one tells where the page ends',
    run: async ({ store }) => {
      const run = await begun(store, picky);
      const entries = await log(store, [move('a', 1), move('b', 500), move('a', 500)]);
      assert.equal((await run.fold(entries)).entries, 1);
      const { details } = await refusedWith('MORTAR_FOLD_FAILED', () => run.work(entries));
      assert.equal(details['position'], entries[1]?.position);
    },
  },
  {
    name: 'entries that can be read are, and know their keys',
    run: async ({ store }) => {
      const run = await begun(store, picky);
      const [good, other, bad] = await log(store, [
        move('a', 1),
        move('b', 1),
        written(Moved, { account: 'a' }, {}, { schemaVersion: 3 }),
      ]);
      assert.ok(good && other && bad);
      assert.notEqual(run.orderKey(good), run.orderKey(other));
      const key = run.orderKey(bad);
      assert.ok(![run.orderKey(good), '*'].includes(key), 'a key of its own');
      assert.deepEqual([run.holdsAll(key), run.holdsAll(run.orderKey(good))], [true, false]);
      assert.equal(run.entryOf(run.read(good)), good);
      assert.deepEqual(run.read(good).data, { account: 'a', amount: 1 });
      await refusedWith('MORTAR_UPCAST_MISSING', async () => run.read(bad));
      const several = runAt(store, balances);
      assert.equal(several.orderKey(good), '*');
      assert.throws(() => several.entryOf(run.read(good)), { code: 'MORTAR_OPTIONS_INVALID' });
    },
  },
];
