import assert from 'node:assert/strict';
import {
  compareTexts,
  type DocumentQuery,
  type FieldCondition,
  type StoredDocument,
  sortableOf,
  sortablesBeginningWith,
} from '../../../read-models/index.js';
import { refuses } from '../event-store/subject.js';
import {
  asking,
  change,
  type DocumentStoreCase,
  keysOf,
  ORDERS,
  order,
  otherOf,
  puts,
  withOrders,
} from './subject.js';

const INVALID = 'MORTAR_OPTIONS_INVALID';

type Order = DocumentQuery['order'];

const STATUSES = ['open', 'paid', 'sent', undefined] as const;
const TOTALS = [-1_000, -0.5, 0, 2, 10, 2 ** 60, 10n, null] as const;
const CITIES = ['Bern', 'Berlin', 'Bern 🚚', '東京', 'Zürich', 'zoo', ''] as const;

/** Orders of all kinds, many of which are equal in one thing or another. */
const MIXED: readonly StoredDocument[] = Array.from({ length: 150 }, (_, index) =>
  order(`key-${(index * 37) % 150}`, [
    STATUSES[index % STATUSES.length],
    TOTALS[(index * 7) % TOTALS.length],
    CITIES[(index * 5) % CITIES.length],
  ]),
);

const ORDERINGS: readonly Order[] = [
  [],
  [up('status')],
  [down('status')],
  [up('status'), up('total')],
  [down('status'), down('total')],
  [up('status'), down('total')],
  [down('status'), up('total')],
  [up('city'), down('status'), up('total')],
  [down('total'), up('city')],
];

const CONDITIONS: readonly (readonly FieldCondition[])[] = [
  [],
  [is('status', 'equal', 'open')],
  [is('status', 'equal', undefined)],
  [is('status', 'less', 'paid')],
  [is('status', 'atMost', 'paid')],
  [is('total', 'greater', 0)],
  [is('total', 'atLeast', 0), is('total', 'atMost', 10)],
  [is('status', 'equal', 'open'), is('total', 'atLeast', 2)],
  [{ field: 'city', is: 'among', values: ['Bern', '東京', 'nowhere'].map(sortableOf) }],
  [{ field: 'city', is: 'among', values: [] }],
  [{ field: 'city', is: 'between', ...sortablesBeginningWith('Ber') }, is('status', 'greater', 'open')],
];

function up(field: string): Order[number] {
  return { field, direction: 'ascending' };
}

function down(field: string): Order[number] {
  return { field, direction: 'descending' };
}

function is(
  field: string,
  relation: Exclude<FieldCondition['is'], 'among' | 'between'>,
  value: unknown,
): FieldCondition {
  return { field, is: relation, value: sortableOf(value) };
}

/** What a query asks for, found by looking at every document. */
function expected(
  all: readonly StoredDocument[],
  { where, order: sorting }: DocumentQuery,
): readonly StoredDocument[] {
  return all
    .filter((document) => where.every((condition) => holds(condition, fieldValue(document, condition.field))))
    .sort((a, b) => {
      for (const { field, direction } of sorting) {
        const compared = compareTexts(fieldValue(a, field), fieldValue(b, field));
        if (compared !== 0) return direction === 'ascending' ? compared : -compared;
      }
      const byKey = compareTexts(a.key, b.key);
      return sorting.at(-1)?.direction === 'descending' ? -byKey : byKey;
    });
}

function holds(condition: FieldCondition, value: string): boolean {
  if (condition.is === 'among') return condition.values.includes(value);
  if (condition.is === 'between')
    return compareTexts(value, condition.from) >= 0 && compareTexts(value, condition.to) < 0;
  const sign = Math.sign(compareTexts(value, condition.value));
  const signs = { equal: [0], less: [-1], atMost: [-1, 0], greater: [1], atLeast: [0, 1] };
  return signs[condition.is].includes(sign);
}

function fieldValue({ values }: StoredDocument, field: string): string {
  return values[ORDERS.fields.indexOf(field)] ?? '';
}

function placeAfter(document: StoredDocument, { order: sorting }: DocumentQuery): DocumentQuery['after'] {
  return { values: sorting.map(({ field }) => fieldValue(document, field)), key: document.key };
}

const MALFORMED: readonly (readonly [what: string, query: unknown])[] = [
  ['nothing', undefined],
  ['a limit of 0', asking({ limit: 0 })],
  ['a limit too great', asking({ limit: 10_001 })],
  ['a field that there is not', asking({ where: [is('weight', 'equal', 1)] })],
  ['an order by what is no field', asking({ order: [up('weight')] })],
  ['an order by a field twice', asking({ order: [up('city'), down('city')] })],
  ['an order in no direction', asking({ order: [{ field: 'city', direction: 'sideways' as 'ascending' }] })],
  ['a relation that there is not', asking({ where: [{ field: 'city', is: 'like' as 'equal', value: 'x' }] })],
  ['too many conditions', asking({ where: Array(33).fill(is('city', 'equal', 1)) })],
  ['too many values', asking({ where: [{ field: 'city', is: 'among', values: Array(1_001).fill('5a') }] })],
  ['a place in another order', asking({ order: [up('city')], after: { values: [], key: 'a' } })],
];

/** Documents are found by keys, and by their fields. */
export const findingCases: readonly DocumentStoreCase[] = [
  {
    name: 'documents are read by their keys, those that are there',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, order('a'), order('b'), order('c'));
      const found = await documents.read(ORDERS.name, '', ['c', 'nobody', 'a', 'a']);
      assert.deepEqual(
        [...found].sort((x, y) => compareTexts(x.key, y.key)),
        [order('a'), order('c')],
      );
      assert.deepEqual(await documents.read(ORDERS.name, '', []), []);
      assert.deepEqual(await documents.read(ORDERS.name, 'acme', ['a']), []);
    },
  },
  {
    name: 'ten thousand keys are read at once, and not more',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, order('key-7'), order('key-9999'));
      const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`);
      assert.equal((await documents.read(ORDERS.name, '', keys)).length, 2);
      await refuses(documents.read(ORDERS.name, '', [...keys, 'one more']), INVALID);
    },
  },
  {
    name: 'all conditions hold for what is found and counted, in every order',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, ...MIXED);
      for (const where of CONDITIONS) {
        for (const sorting of ORDERINGS) {
          const query = asking({ where, order: sorting });
          assert.deepEqual(
            keysOf(await documents.find(ORDERS.name, query)),
            keysOf(expected(MIXED, query)),
            JSON.stringify(query),
          );
        }
        assert.equal(
          await documents.count(ORDERS.name, { tenant: '', where }),
          expected(MIXED, asking({ where })).length,
        );
      }
    },
  },
  {
    name: 'page after page, every document comes once, in every order',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, ...MIXED);
      for (const where of [[], [is('total', 'atLeast', 0)]])
        for (const sorting of ORDERINGS)
          for (const limit of [1, 7, 64]) {
            const query = asking({ where, order: sorting, limit });
            const all = expected(MIXED, query);
            for (let start = 0; start <= all.length; start += limit) {
              const last = all[start - 1];
              const after = last === undefined ? undefined : placeAfter(last, query);
              const page = await documents.find(ORDERS.name, {
                ...query,
                ...(after === undefined ? {} : { after }),
              });
              assert.deepEqual(keysOf(page), keysOf(all.slice(start, start + limit)), JSON.stringify(query));
              if (limit === 1) start += 12;
            }
          }
    },
  },
  {
    name: 'a page goes on from a place whose document is gone, or never was',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, order('a', ['x', 1, '']), order('b', ['x', 2, '']), order('c', ['x', 3, '']));
      const page = (sorting: Order, values: readonly unknown[], key: string) =>
        documents.find(
          ORDERS.name,
          asking({ order: sorting, after: { values: values.map(sortableOf), key } }),
        );
      assert.deepEqual(keysOf(await page([up('total')], [1.5], 'zzz')), ['b', 'c']);
      assert.deepEqual(keysOf(await page([down('total')], [2], 'bb')), ['b', 'a']);
      assert.deepEqual(keysOf(await page([up('total')], [2], 'bb')), ['c']);
      assert.deepEqual(keysOf(await page([], [], 'aa')), ['b', 'c']);
    },
  },
  {
    name: 'keys and values are compared by their bytes, not as words',
    run: async (subject) => {
      const { documents } = subject;
      const keys = ['B', 'a', 'ä', 'z', '\uffee', '😀', 'A b', 'A-b', 'Ab'];
      await withOrders(subject, ...keys.map((key) => order(key, ['x', 1, key])));
      const sorted = ['A b', 'A-b', 'Ab', 'B', 'a', 'z', 'ä', '\uffee', '😀'];
      assert.deepEqual(keysOf(await documents.find(ORDERS.name, asking())), sorted);
      assert.deepEqual(keysOf(await documents.find(ORDERS.name, asking({ order: [up('city')] }))), sorted);
      const above = asking({ where: [is('city', 'greater', 'ä')] });
      assert.deepEqual(keysOf(await documents.find(ORDERS.name, above)), ['\uffee', '😀']);
    },
  },
  ...MALFORMED.map(
    ([what, query]): DocumentStoreCase => ({
      name: `a malformed query is refused: ${what}`,
      run: async (subject) => {
        await withOrders(subject);
        await refuses(subject.documents.find(ORDERS.name, query as DocumentQuery), INVALID);
      },
    }),
  ),
  {
    name: 'what one handle has changed, the other finds at once',
    needs: 'second handle',
    run: async (subject) => {
      const other = otherOf(subject);
      await withOrders(subject, order('a'));
      assert.deepEqual(keysOf(await other.documents.find(ORDERS.name, asking())), ['a']);
      await change(other.units, puts([order('b')]));
      assert.deepEqual(keysOf(await subject.documents.find(ORDERS.name, asking())), ['a', 'b']);
    },
  },
];
