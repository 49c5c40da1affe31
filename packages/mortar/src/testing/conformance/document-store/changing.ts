import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import { type DocumentChange, MAX_SORTABLE_BYTES, type StoredDocument } from '../../../read-models/index.js';
import { someEvents, WRITERS } from '../event-store/subject.js';
import { aUnit, codesOf, commitAtOnce, commits, fails } from '../unit-store/subject.js';
import {
  change,
  type DocumentStoreCase,
  holdsDocuments,
  ORDERS,
  order,
  otherOf,
  puts,
  removes,
  withOrders,
} from './subject.js';

const INVALID = 'MORTAR_DOCUMENT_INVALID';

const UNFIT: readonly (readonly [what: string, parts: unknown])[] = [
  ['an empty key', { key: '' }],
  ['a key too long', { key: 'é'.repeat(513) }],
  ['a key with NUL', { key: 'a\0' }],
  ['a key that is half a pair', { key: '\udc00' }],
  ['a key that is no text', { key: 7 }],
  ['a tenant too long', { tenant: 'é'.repeat(257) }],
  ['no tenant', { tenant: undefined }],
  ['an empty body', { body: '' }],
  ['a body that is no text', { body: {} }],
  ['no values', { values: undefined }],
  ['a value too long', { values: ['a', 'b', 'é'.repeat(126)] }],
  ['a value that is no text', { values: ['a', 'b', 1] }],
  ['too few values', { values: ['a', 'b'] }],
  ['too many values', { values: ['a', 'b', 'c', 'd'] }],
];

const BODIES: readonly string[] = [
  '{"b":1,"a":2, "a":3}',
  '{"emoji":"🚚","null":"\\u0000","half":"\\ud800"}',
  `"${'x'.repeat(100_000)}"`,
  ' 1.50 ',
];

/** Texts that no store can make shorter, as long as they may be. */
function longest(key: string): StoredDocument {
  const text = (bytes: number): string => {
    let random = '';
    while (random.length < bytes) random += newId().replaceAll('-', '');
    return random.slice(0, bytes);
  };
  return {
    tenant: '',
    key: key + text(1_024 - key.length),
    body: '{}',
    values: Array.from({ length: 4 }, () => text(MAX_SORTABLE_BYTES)),
  };
}

/** Units of work change documents. */
export const changingCases: readonly DocumentStoreCase[] = [
  {
    name: 'documents are put, replaced and removed',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject, order('a'), order('b'), order('c'));
      const changed = order('b', ['sent', -5, 'Rome'], { body: '{"sent":true}' });
      await change(units, [...puts([changed]), ...removes(['c', 'nobody'])]);
      await holdsDocuments(documents, [order('a'), changed]);
      await change(units, removes(['a', 'b']));
      await holdsDocuments(documents, []);
    },
  },
  {
    name: 'changes of one document come in their order',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject, order('a'));
      const [first, last] = [order('x', undefined, { body: '1' }), order('x', undefined, { body: '2' })];
      await change(units, [
        ...puts([first]),
        ...removes(['x', 'a']),
        ...puts([last, order('gone')]),
        ...removes(['gone']),
      ]);
      await holdsDocuments(documents, [last]);
    },
  },
  {
    name: 'tenants have their own documents under the same keys',
    run: async (subject) => {
      const { documents, units } = subject;
      const mine = order('a', undefined, { tenant: 'acme', body: '"mine"' });
      await withOrders(subject, order('a'), mine, order('b', undefined, { tenant: 'other' }));
      await holdsDocuments(documents, [mine], { tenant: 'acme' });
      await change(units, removes(['a', 'b']));
      await holdsDocuments(documents, []);
      await holdsDocuments(documents, [mine], { tenant: 'acme' });
      assert.deepEqual(await documents.read(ORDERS.name, 'acme', ['a', 'b']), [mine]);
    },
  },
  {
    name: 'bodies are kept byte for byte',
    run: async (subject) => {
      const all = BODIES.map((body, index) => order(`${index}`, undefined, { body }));
      await withOrders(subject, ...all);
      await holdsDocuments(subject.documents, all);
    },
  },
  {
    name: 'keys, tenants and values may be as long as they may be, in an index of four',
    run: async ({ documents, units }) => {
      const fields = [...'abcd'];
      await documents.make({ name: 'long', fields, indexes: [fields, ['d', 'c', 'b', 'a']] });
      const tenant = newId().repeat(15).slice(0, 512);
      const all = [longest('1'), longest('2')].map((document) => ({ ...document, tenant }));
      await change(units, puts(all, 'long'));
      await holdsDocuments(documents, all, { collection: 'long', tenant });
    },
  },
  {
    name: 'a thousand changes are one unit',
    run: async (subject) => {
      const { documents, units } = subject;
      const all = Array.from({ length: 1_000 }, (_, index) => order(`key-${index}`, ['open', index, 'Bern']));
      await withOrders(subject, ...all);
      await holdsDocuments(documents, all);
      await change(units, removes(all.slice(1).map(({ key }) => key)));
      await holdsDocuments(documents, all.slice(0, 1));
    },
  },
  {
    name: 'a unit that fails changes no documents, and those beside it do',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject);
      const failing = aUnit({
        documents: puts([order('failed')]),
        writes: [
          () => {
            throw new Error('no');
          },
        ],
      });
      const unitOf = (key: string) => aUnit({ documents: puts([order(key)]) });
      const outcomes = await units.commit([unitOf('before'), failing, unitOf('after')]);
      assert.deepEqual(
        outcomes.map(({ ok }) => ok),
        [true, false, true],
      );
      await holdsDocuments(documents, [order('before'), order('after')]);
    },
  },
  {
    name: 'documents of a collection that is gone are passed over, and all else is committed',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject);
      const gone: readonly DocumentChange[] = [
        ...puts([order('a')], 'gone'),
        ...removes(['a'], '', 'gone'),
        ...puts([order('a', undefined, { values: [] })], 'never there'),
      ];
      const { append } = await commits(
        units,
        aUnit({ documents: [...gone, ...puts([order('b')])], appends: [{ events: someEvents(1) }] }),
      );
      assert.equal(append.positions.length, 1);
      await holdsDocuments(documents, [order('b')]);
    },
  },
  {
    name: 'a unit of documents alone is committed once, however often it comes',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject);
      const unit = aUnit({ documents: puts([order('a', undefined, { body: '"old"' })]) });
      await commits(units, unit);
      const changed = order('a', undefined, { body: '"new"' });
      await change(units, puts([changed]));
      assert.equal((await commits(units, unit)).append.isRepeated, true);
      await holdsDocuments(documents, [changed]);
    },
  },
  {
    name: 'documents of a repeated append are not changed again',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject);
      const appends = [{ events: someEvents(1) }];
      await commits(units, aUnit({ appends, documents: puts([order('a')]) }));
      const again = await commits(units, aUnit({ appends, documents: removes(['a']) }));
      assert.equal(again.append.isRepeated, true);
      await holdsDocuments(documents, [order('a')]);
    },
  },
  ...UNFIT.map(
    ([what, parts]): DocumentStoreCase => ({
      name: `a document that can't be kept fails its unit alone: ${what}`,
      run: async (subject) => {
        const { documents, units } = subject;
        await withOrders(subject);
        const unfit = { ...order('bad'), ...(parts as Partial<StoredDocument>) };
        const failing = aUnit({
          documents: puts([order('beside'), unfit]),
          appends: [{ events: someEvents(1) }],
        });
        await fails(units, failing, INVALID);
        const outcomes = await commitAtOnce(
          [units],
          [
            aUnit({ documents: puts([order('a')]) }),
            { ...failing, id: newId() },
            aUnit({ documents: puts([order('b')]) }),
          ],
        );
        assert.deepEqual(codesOf(outcomes), ['ok', INVALID, 'ok']);
        await holdsDocuments(documents, [order('a'), order('b')]);
      },
    }),
  ),
  {
    name: 'what is no list of changes is refused, and more than may be',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject);
      const bad = [
        7,
        [{ kind: 'upsert' }],
        [undefined],
        puts([order('a')], ''),
        removes(Array(10_001).fill('a')),
      ];
      for (const changes of bad)
        await fails(
          units,
          aUnit({ documents: changes as readonly DocumentChange[] }),
          'MORTAR_OPTIONS_INVALID',
        );
      await holdsDocuments(documents, []);
    },
  },
  {
    name: 'those who change the same documents at once, each in its own order, all succeed',
    needs: 'second handle',
    run: async (subject) => {
      const { documents, units } = subject;
      await withOrders(subject);
      const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);
      const all = WRITERS.flatMap((writer) => {
        const own = writer % 2 === 0 ? keys : [...keys].reverse();
        const half = own.slice(0, 10);
        return [
          aUnit({ documents: [...puts(own.slice(10).map((key) => order(key))), ...removes(half)] }),
          aUnit({ documents: puts(own.map((key) => order(key))) }),
        ];
      });
      const outcomes = await commitAtOnce([units, otherOf(subject).units], all);
      assert.deepEqual(
        codesOf(outcomes),
        all.map(() => 'ok'),
      );
      await change(units, puts(keys.map((key) => order(key))));
      await holdsDocuments(
        documents,
        keys.map((key) => order(key)),
      );
    },
  },
];
