import assert from 'node:assert/strict';
import { event } from '../../../contracts/index.js';
import { type FindOptions, projection, type ReadModel } from '../../../projections/index.js';
import {
  begun,
  commitWork,
  log,
  numbersFrom,
  type ProjectionCase,
  type ProjectionStores,
  readModel,
  refusedWith,
  trusted,
  written,
} from './subject.js';

interface Thing {
  readonly city: string;
  readonly size: number | null;
  readonly due: Date | undefined;
  readonly isOld: boolean;
  readonly name: string;
  readonly parts: readonly string[];
}

const Made = event('shop.made', { data: trusted<Thing & { readonly id: string }>() });

const definition = {
  events: [Made],
  initialState: (): Thing => ({ city: '', size: 0, due: undefined, isOld: false, name: '', parts: [] }),
  key: ({ data }: { readonly data: { readonly id: string } }) => data.id,
  on: {
    'shop.made': (
      _: Thing,
      { data: { id: _id, ...thing } }: { readonly data: Thing & { readonly id: string } },
    ) => thing,
  },
} as const;

const things = projection('things', { ...definition, indexes: ['city', ['city', 'size'], 'due'] });
/** The same documents, without indexes. */
const unindexed = projection('things', definition);

function thingsOf(count: number): ReadonlyMap<string, Thing> {
  const next = numbersFrom(7);
  const cities = ['Bern', 'Berlin', 'Rome', ''];
  return new Map(
    Array.from({ length: count }, (_, index) => [
      `thing-${(index * 37) % count}`,
      {
        city: cities[next(4)] ?? '',
        size: next(5) === 0 ? null : next(6) - 2,
        due: next(3) === 0 ? undefined : new Date(next(4) * 1_000),
        isOld: next(2) === 0,
        name: `name ${next(10)}`,
        parts: ['one'],
      },
    ]),
  );
}

/** Makes things, with indexes and without, and answers with how they are read. */
async function withThings(
  store: ProjectionStores,
  all: ReadonlyMap<string, Thing>,
): Promise<readonly ReadModel<Thing>[]> {
  const entries = await log(
    store,
    [...all].map(([id, thing]) => written(Made, { id, ...thing })),
  );
  const models: ReadModel<Thing>[] = [];
  for (const [index, one] of [things, unindexed].entries()) {
    const number = index + 1;
    const run = await begun(store, one, number);
    for (let from = 0; from < entries.length; from += 5_000)
      await commitWork(store, await run.work(entries.slice(from, from + 5_000)));
    models.push(readModel(store, one, {}, { number, fingerprint: one.fingerprint }));
  }
  return models;
}

type Filter = (thing: Thing) => boolean;

const FILTERS: readonly (readonly [FindOptions<Thing>['where'], Filter])[] = [
  [{}, () => true],
  [{ city: 'Bern' }, ({ city }) => city === 'Bern'],
  [
    { city: { among: ['Rome', 'Berlin'] }, isOld: true },
    ({ city, isOld }) => /^(Rome|Berlin)$/.test(city) && isOld,
  ],
  [{ city: { beginsWith: 'Ber' } }, ({ city }) => city.startsWith('Ber')],
  [{ size: { less: 1 } }, ({ size }) => size !== null && size < 1],
  [{ size: { greater: -1, atMost: 2 } }, ({ size }) => size !== null && size > -1 && size <= 2],
  [{ size: null }, ({ size }) => size === null],
  [{ size: { among: [null, 2] } }, ({ size }) => size === null || size === 2],
  [{ due: { atLeast: new Date(1_000) } }, ({ due }) => due !== undefined && due.getTime() >= 1_000],
  [{ due: null, name: { beginsWith: 'name' } }, ({ due }) => due === undefined],
  [
    { due: new Date(2_000), name: { is: 'name 3' } },
    ({ due, name }) => due?.getTime() === 2_000 && name === 'name 3',
  ],
  [{ name: { among: [] } }, () => false],
];

const SORTS: readonly FindOptions<Thing>['sort'][] = [
  undefined,
  'city',
  { by: 'size', direction: 'descending' },
  ['city', { by: 'size', direction: 'descending' }],
  [{ by: 'due', direction: 'descending' }, 'isOld'],
  'name',
];

function rankOf(value: unknown): readonly [number, number | string] {
  if (value === null || value === undefined) return [0, 0];
  if (typeof value === 'boolean') return [1, Number(value)];
  if (typeof value === 'number') return [2, value];
  return value instanceof Date ? [3, value.getTime()] : [4, String(value)];
}

function compared(a: unknown, b: unknown): number {
  const [[kindA, inA], [kindB, inB]] = [rankOf(a), rankOf(b)];
  if (kindA !== kindB) return kindA - kindB;
  return inA < inB ? -1 : Number(inA > inB);
}

/** What should be found, in its order, by plain means. */
function expected(
  all: ReadonlyMap<string, Thing>,
  filter: Filter,
  sort: FindOptions<Thing>['sort'],
): readonly string[] {
  const sorts = (sort === undefined ? [] : typeof sort === 'object' && !('by' in sort) ? sort : [sort]).map(
    (one) =>
      typeof one === 'string'
        ? { by: one, sign: 1 }
        : { by: one.by, sign: one.direction === 'descending' ? -1 : 1 },
  );
  return [...all]
    .filter(([, thing]) => filter(thing))
    .sort(([keyA, a], [keyB, b]) => {
      for (const { by, sign } of sorts)
        if (compared(a[by], b[by]) !== 0) return sign * compared(a[by], b[by]);
      return (sorts.at(-1)?.sign ?? 1) * compared(keyA, keyB);
    })
    .map(([key]) => key);
}

async function paged(model: ReadModel<Thing>, options: FindOptions<Thing>): Promise<readonly string[]> {
  const keys: string[] = [];
  let after: string | undefined;
  do {
    const page = await model.find({ ...options, ...(after === undefined ? {} : { after }) });
    keys.push(...page.items.map(({ key }) => key));
    assert.ok(page.items.length > 0 || after === undefined, 'a next leads to something');
    assert.ok(
      page.items.length === options.limit || page.next === undefined,
      'a page that has a next is full',
    );
    after = page.next;
  } while (after !== undefined);
  return keys;
}

const BAD: readonly (readonly [what: string, options: unknown])[] = [
  ['an option that there is not', { filter: {} }],
  ['a limit of nothing', { limit: 0 }],
  ['too high a limit', { limit: 1_001 }],
  ['a where that is no object', { where: 'city' }],
  ['a condition that was forgotten', { where: { city: undefined } }],
  ['a condition that there is not', { where: { city: { like: 'B%' } } }],
  ['no condition', { where: { city: {} } }],
  ['a value without an order', { where: { parts: ['one'] } }],
  ['a comparison with nothing', { where: { size: { less: null } } }],
  ['a beginning of a number', { where: { size: { beginsWith: 1 } } }],
  ['a sort by nothing', { sort: { by: 7 } }],
  ['a direction that there is not', { sort: { by: 'city', direction: 'down' } }],
  ['a sort by one field twice', { sort: ['city', 'city'] }],
  ['a cursor that is none', { after: 'elsewhere' }],
  ['a cursor of JSON that is none', { after: Buffer.from('{"a":1}').toString('base64url') }],
];

/** Documents are found. */
export const readingCases: readonly ProjectionCase[] = [
  {
    name: 'what is found, page by page, is what a plain search finds, with indexes and without',
    run: async ({ store }) => {
      const all = thingsOf(90);
      for (const model of await withThings(store, all)) {
        for (const [where = {}, filter] of FILTERS) {
          for (const sort of SORTS) {
            const options = { where, limit: 7, ...(sort === undefined ? {} : { sort }) };
            const what = JSON.stringify(options);
            assert.deepEqual(await paged(model, options), expected(all, filter, sort), what);
          }
          assert.equal(await model.count(where), expected(all, filter, undefined).length);
        }
      }
    },
  },
  {
    name: 'documents are got by key, as they were made',
    run: async ({ store }) => {
      const all = thingsOf(20);
      const [model] = await withThings(store, all);
      assert.ok(model);
      assert.deepEqual(await model.get('thing-3'), all.get('thing-3'));
      assert.equal(await model.get('nothing'), undefined);
      const keys = ['thing-1', 'nothing', 'thing-2', 'thing-1'];
      const expectedOnes = ['thing-1', 'thing-2'].map((key) => [key, all.get(key)]);
      assert.deepEqual(new Map(expectedOnes as [string, Thing][]), await model.getMany(keys));
      assert.deepEqual(await model.getMany([]), new Map());
      await refusedWith('MORTAR_DOCUMENT_INVALID', () => model.get(''));
      await refusedWith('MORTAR_OPTIONS_INVALID', () => model.getMany(Array.from({ length: 1_001 }, String)));
    },
  },
  {
    name: 'documents of other code are found by the indexes that they have',
    run: async ({ store }) => {
      const all = thingsOf(30);
      await withThings(store, all);
      const newer = projection('things', { ...definition, indexes: ['name'] });
      const model = readModel(store, newer, {}, { number: 1, fingerprint: things.fingerprint });
      const options = { where: { city: 'Rome' }, sort: 'name', limit: 4 } as const;
      assert.deepEqual(
        await paged(model, options),
        expected(all, ({ city }) => city === 'Rome', 'name'),
      );
    },
  },
  {
    name: 'a page is short where too many documents had to be looked at, and goes on',
    run: async ({ store }) => {
      const all = new Map(
        [...thingsOf(10_500)].map(([key, thing], index) => [key, { ...thing, isOld: index > 10_400 }]),
      );
      const [model] = await withThings(store, all);
      assert.ok(model);
      const old = [...all].filter(([, { isOld }]) => isOld).map(([key]) => key);
      const found: string[] = [];
      let pages = 0;
      for (let after: string | undefined; pages === 0 || after !== undefined; pages += 1) {
        const page = await model.find({
          where: { isOld: true },
          limit: 1_000,
          ...(after === undefined ? {} : { after }),
        });
        found.push(...page.items.map(({ key }) => key));
        after = page.next;
      }
      assert.equal(pages, 2);
      assert.deepEqual([...found].sort(), [...old].sort());
      const lookups = [() => model.find({ sort: 'name' }), () => model.count({ name: 'name 3' })];
      for (const lookup of lookups) {
        const error = await refusedWith('MORTAR_OPTIONS_INVALID', lookup);
        assert.deepEqual(error.details, { projection: 'things', index: ['name'] });
        assert.match(error.message, /indexes: \['name'\]/);
      }
      // Few enough are left by an index.
      const due = { where: { due: new Date(1_000) }, sort: 'name', limit: 1_000 } as const;
      const filter: Filter = ({ due: at }) => at?.getTime() === 1_000;
      assert.deepEqual(await paged(model, due), expected(all, filter, 'name'));
    },
  },
  {
    name: 'a cursor is of one query',
    run: async ({ store }) => {
      const [model] = await withThings(store, thingsOf(10));
      assert.ok(model);
      const { next } = await model.find({ sort: 'city', limit: 2 });
      assert.ok(next);
      assert.equal((await model.find({ sort: 'city', limit: 5, after: next })).items.length, 5);
      for (const other of [{ sort: 'due' }, { sort: 'city', where: { city: 'Bern' } }, {}] as const)
        await refusedWith('MORTAR_OPTIONS_INVALID', () => model.find({ ...other, after: next }));
    },
  },
  ...BAD.map(
    ([what, options]): ProjectionCase => ({
      name: `${what} is refused`,
      run: async ({ store }) => {
        const [model] = await withThings(store, thingsOf(3));
        assert.ok(model);
        // As code without a compiler asks.
        await refusedWith('MORTAR_OPTIONS_INVALID', () => model.find(options as FindOptions<Thing>));
      },
    }),
  ),
];
