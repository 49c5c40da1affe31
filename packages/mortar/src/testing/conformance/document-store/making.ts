import assert from 'node:assert/strict';
import type { Collection } from '../../../read-models/index.js';
import { refuses, winners } from '../event-store/subject.js';
import {
  asking,
  change,
  type DocumentStoreCase,
  holdsDocuments,
  ORDERS,
  order,
  otherOf,
  puts,
  withOrders,
} from './subject.js';

const INVALID = 'MORTAR_OPTIONS_INVALID';
const MISSING = 'MORTAR_COLLECTION_MISSING';
const CONFLICT = 'MORTAR_COLLECTION_CONFLICT';

const MALFORMED: readonly (readonly [what: string, collection: unknown])[] = [
  ['nothing', undefined],
  ['no name', { ...ORDERS, name: '' }],
  ['a name too long', { ...ORDERS, name: 'x'.repeat(201) }],
  ['a name with NUL', { ...ORDERS, name: 'a\0b' }],
  ['a name that is half a pair', { ...ORDERS, name: '\ud800' }],
  ['fields that are no list', { ...ORDERS, fields: 'status' }],
  ['too many fields', { ...ORDERS, fields: Array.from({ length: 33 }, (_, i) => `f${i}`), indexes: [] }],
  ['a field twice', { ...ORDERS, fields: ['status', 'status'], indexes: [] }],
  ['an empty field', { ...ORDERS, fields: [''], indexes: [] }],
  ['an index of nothing', { ...ORDERS, indexes: [[]] }],
  ['an index on what is no field', { ...ORDERS, indexes: [['weight']] }],
  ['an index with a field twice', { ...ORDERS, indexes: [['city', 'city']] }],
  ['an index of too many fields', { name: 'x', fields: [...'abcde'], indexes: [[...'abcde']] }],
  ['too many indexes', { ...ORDERS, indexes: Array.from({ length: 17 }, () => ['city']) }],
  ['a key that there is not', { ...ORDERS, colour: 'red' }],
];

/** Names that a store could take for something else. */
const ODD_NAMES: readonly string[] = [
  "o'rders",
  'x"; DROP TABLE events; --',
  'mortar_events',
  '$1',
  'Ünïcode 🚚',
  'ORDERS',
  'orders',
  'a'.repeat(200),
];

/** Places for documents are made and dropped. */
export const makingCases: readonly DocumentStoreCase[] = [
  {
    name: 'a collection that was made is there, and empty',
    run: async ({ documents }) => {
      assert.deepEqual(await documents.collections(), []);
      await documents.make(ORDERS);
      assert.deepEqual(await documents.collections(), [ORDERS]);
      await holdsDocuments(documents, []);
    },
  },
  {
    name: 'making one that is there changes nothing',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, order('a'));
      await documents.make(ORDERS);
      await holdsDocuments(documents, [order('a')]);
    },
  },
  {
    name: 'one that is there with other fields or indexes is a conflict',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, order('a'));
      await refuses(documents.make({ ...ORDERS, fields: ['status', 'city', 'total'] }), CONFLICT);
      await refuses(documents.make({ ...ORDERS, fields: [...ORDERS.fields, 'weight'] }), CONFLICT);
      await refuses(documents.make({ ...ORDERS, indexes: [['city']] }), CONFLICT);
      assert.deepEqual(await documents.collections(), [ORDERS]);
      await holdsDocuments(documents, [order('a')]);
    },
  },
  {
    name: 'a dropped one is gone with its documents, and empty when it is made anew',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject, order('a'));
      await documents.drop(ORDERS.name);
      assert.deepEqual(await documents.collections(), []);
      await refuses(documents.find(ORDERS.name, asking()), MISSING);
      const other = { ...ORDERS, fields: ['weight'], indexes: [['weight']] };
      await documents.make(other);
      const heavy = { ...order('b'), values: ['29'] };
      await change(units, puts([heavy]));
      await holdsDocuments(documents, [heavy]);
    },
  },
  {
    name: 'analysing changes nothing, and passes over what is not there',
    run: async (subject) => {
      const { documents } = subject;
      await withOrders(subject, order('a'), order('b'));
      await documents.analyze(ORDERS.name);
      await holdsDocuments(documents, [order('a'), order('b')]);
      await documents.analyze('nobody');
      await documents.drop(ORDERS.name);
      await documents.analyze(ORDERS.name);
      await refuses(documents.analyze(''), INVALID);
      assert.deepEqual(await documents.collections(), []);
    },
  },
  {
    name: 'dropping what is not there changes nothing',
    run: async ({ documents }) => {
      await documents.drop('nobody');
      await documents.make(ORDERS);
      await documents.drop('nobody');
      assert.deepEqual(await documents.collections(), [ORDERS]);
    },
  },
  {
    name: 'nothing is read from what is not there',
    run: async ({ documents }) => {
      await refuses(documents.read('nobody', '', ['a']), MISSING);
      await refuses(documents.read('nobody', '', []), MISSING);
      await refuses(documents.find('nobody', asking()), MISSING);
      await refuses(documents.count('nobody', asking()), MISSING);
    },
  },
  {
    name: 'collections come by name, whatever they are called, and have nothing to do with each other',
    run: async ({ documents, units }) => {
      for (const name of ODD_NAMES) await documents.make({ ...ORDERS, name });
      for (const name of ODD_NAMES)
        await change(units, puts([order('a', undefined, { body: `"${name.length}"` })], name));
      const names = (await documents.collections()).map(({ name }) => name);
      assert.deepEqual(names, [
        '$1',
        'ORDERS',
        'a'.repeat(200),
        'mortar_events',
        "o'rders",
        'orders',
        'x"; DROP TABLE events; --',
        'Ünïcode 🚚',
      ]);
      for (const name of ODD_NAMES)
        await holdsDocuments(documents, [order('a', undefined, { body: `"${name.length}"` })], {
          collection: name,
        });
    },
  },
  {
    name: 'a collection without fields and indexes has keys',
    run: async ({ documents, units }) => {
      const plain: Collection = { name: 'plain', fields: [], indexes: [] };
      await documents.make(plain);
      await documents.make({ ...ORDERS, name: 'unindexed', indexes: [] });
      await change(units, puts([order('a', undefined, { values: [] })], 'plain'));
      await holdsDocuments(documents, [order('a', undefined, { values: [] })], { collection: 'plain' });
    },
  },
  {
    name: 'a collection has as many fields and indexes as it may have, called as they please',
    run: async ({ documents, units }) => {
      const fields = [
        'key',
        'tenant',
        'body',
        'f1',
        'select',
        '"',
        ...Array.from({ length: 26 }, (_, i) => `x${i}`),
      ];
      const indexes = fields.slice(0, 16).map((_, place) => fields.slice(place, place + 4));
      await documents.make({ name: 'wide', fields, indexes });
      const wide = order('a', undefined, { values: fields.map((_, place) => `5${place}`) });
      await change(units, puts([wide], 'wide'));
      await holdsDocuments(documents, [wide], { collection: 'wide' });
      const where = fields.map((field, place) => ({ field, is: 'equal' as const, value: `5${place}` }));
      assert.equal(await documents.count('wide', { tenant: '', where }), 1);
    },
  },
  ...MALFORMED.map(
    ([what, collection]): DocumentStoreCase => ({
      name: `a malformed collection is refused: ${what}`,
      run: async ({ documents }) => {
        await refuses(documents.make(collection as Collection), INVALID);
        assert.deepEqual(await documents.collections(), []);
      },
    }),
  ),
  {
    name: 'a malformed name is refused wherever it is asked for',
    run: async ({ documents }) => {
      await refuses(documents.drop('a\0b'), INVALID);
      await refuses(documents.read('', '', ['a']), INVALID);
      await refuses(documents.find('', asking()), INVALID);
      await refuses(documents.count('', asking()), INVALID);
    },
  },
  {
    name: 'those who make one at once make it once',
    needs: 'second handle',
    run: async (subject) => {
      const { documents } = subject;
      const other = otherOf(subject).documents;
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => (index % 2 ? other : documents).make(ORDERS)),
      );
      assert.deepEqual(await documents.collections(), [ORDERS]);
    },
  },
  {
    name: 'of those who make different ones at once under one name, one succeeds',
    needs: 'second handle',
    run: async (subject) => {
      const { documents } = subject;
      const other = otherOf(subject).documents;
      const made = Array.from({ length: 8 }, (_, index) =>
        (index % 2 ? other : documents).make({ name: 'one', fields: [`f${index}`], indexes: [] }),
      );
      assert.equal(await winners(made, CONFLICT), 1);
    },
  },
  {
    name: 'what another handle drops and makes anew is found as it is now',
    needs: 'second handle',
    run: async (subject) => {
      const { documents, units } = subject;
      const other = otherOf(subject);
      await withOrders(subject, order('a'));
      await holdsDocuments(documents, [order('a')]);
      await other.documents.drop(ORDERS.name);
      await refuses(documents.find(ORDERS.name, asking()), MISSING);
      await refuses(documents.count(ORDERS.name, asking()), MISSING);
      await refuses(documents.read(ORDERS.name, '', ['a']), MISSING);
      await change(units, puts([order('lost')]));
      await other.documents.make({ ...ORDERS, fields: ['city'], indexes: [] });
      const moved = { ...order('b'), values: ['5Rome'] };
      await change(units, puts([moved]));
      await holdsDocuments(documents, [moved]);
      await holdsDocuments(other.documents, [moved]);
    },
  },
];
