import { newId } from 'mortar/contracts';
import { type Collection, type DocumentQuery, type StoredDocument, sortableOf } from 'mortar/read-models';
import { describe, expect, it } from 'vitest';
import { findStatement } from '../../src/document-store.js';
import { CollectionTables } from '../../src/internal/documents/collection-tables.js';
import { aFile } from '../support/file.js';
import { connectionTo } from '../support/parts.js';
import { openFile } from '../support/store.js';

const ORDERS: Collection = {
  name: 'orders',
  fields: ['status', 'total', 'city'],
  indexes: [['status', 'total'], ['city']],
};

const QUERY: DocumentQuery = { tenant: 'acme', where: [], order: [], limit: 20 };
const status = { field: 'status', is: 'equal', value: sortableOf('open') } as const;
const up = (field: string) => ({ field, direction: 'ascending' }) as const;
const down = (field: string) => ({ field, direction: 'descending' }) as const;

function anOrder(index: number): StoredDocument {
  const values = [index % 3 ? 'open' : 'paid', index, `city-${index % 50}`].map(sortableOf);
  return { tenant: 'acme', key: `key-${index}`, body: '{}', values };
}

/** How SQLite answers a query over 2,000 orders of several tenants. */
async function planOf(query: DocumentQuery): Promise<string> {
  const file = aFile();
  const store = await openFile(file);
  await store.documents.make(ORDERS);
  const documents = Array.from({ length: 2_000 }, (_, index) => ({
    kind: 'put' as const,
    collection: 'orders',
    document: { ...anOrder(index), tenant: index % 2 ? 'acme' : `tenant-${index}` },
  }));
  await store.units.commit([{ id: newId(), writes: [], appends: [], documents }]);
  const connection = await connectionTo(file);
  const table = new CollectionTables(connection).find('orders');
  if (table === undefined) throw new Error('the collection is there');
  const { sql, parameters } = findStatement(table, query);
  const rows = connection.prepare<readonly unknown[]>(`EXPLAIN QUERY PLAN ${sql}`, 'tuples').all(parameters);
  return rows.map((row) => String(row[3])).join('\n');
}

const ALL_OF_INDEX: readonly (readonly [what: string, query: Partial<DocumentQuery>, plan: string])[] = [
  ['no condition, by key', {}, 'sqlite_autoindex_mortar_documents_1_1 (tenant=?)'],
  ['an order', { order: [up('city')] }, 'mortar_documents_1_2 (tenant=?)'],
  ['an order downwards', { order: [down('city')] }, 'mortar_documents_1_2 (tenant=?)'],
  [
    'an equal field and an order',
    { where: [status], order: [down('total')] },
    'mortar_documents_1_1 (tenant=? AND f1=?)',
  ],
  ['an order by both', { order: [up('status'), up('total')] }, 'mortar_documents_1_1 (tenant=?)'],
  [
    'a range in its order',
    { where: [{ field: 'city', is: 'between', from: '5a', to: '5d' }], order: [up('city')] },
    'mortar_documents_1_2 (tenant=? AND f3>? AND f3<?)',
  ],
  [
    'the next page',
    { order: [up('status'), up('total')], after: { values: ['5open', '2'], key: 'k' } },
    'mortar_documents_1_1 (tenant=? AND (f1,f2,key)>(?,?,?))',
  ],
  [
    'the next page downwards, of an equal field',
    { where: [status], order: [down('total')], after: { values: ['2'], key: 'k' } },
    'mortar_documents_1_1 (tenant=? AND f1=? AND (f2,key)<(?,?))',
  ],
];

describe('a query of documents', () => {
  it.each(ALL_OF_INDEX)('is answered by an index, in its order: %s', async (_, query, expected) => {
    const plan = await planOf({ ...QUERY, ...query });
    expect(plan).toBe(`SEARCH d USING INDEX ${expected}`);
  });

  it('in mixed directions is led by an index, and sorts what is equal there', async () => {
    const order = [up('status'), down('total')];
    const plan = await planOf({ ...QUERY, order, after: { values: ['5open', '2'], key: 'k' } });
    expect(plan).toMatch(/^SEARCH d USING INDEX mortar_documents_1_1 \(tenant=\? AND f1>\?\)/);
    expect(plan).toMatch(/USE TEMP B-TREE FOR (?:RIGHT PART|LAST 2 TERMS) OF ORDER BY$/);
  });

  it('that no index leads to still looks at one tenant alone', async () => {
    const where = [{ field: 'total', is: 'equal', value: sortableOf(5) }] as const;
    expect(await planOf({ ...QUERY, where })).toMatch(/tenant=\?/);
  });
});

describe('documents in a file', () => {
  it('of a collection that another process drops while it is read are missing, and its statements are no hindrance', async () => {
    const file = aFile();
    const [one, other] = [await openFile(file), await openFile(file)];
    for (let round = 0; round < 3; round += 1) {
      await one.documents.make(ORDERS);
      const document = anOrder(round);
      await one.units.commit([
        {
          id: newId(),
          writes: [],
          appends: [],
          documents: [{ kind: 'put', collection: 'orders', document }],
        },
      ]);
      expect(await one.documents.find('orders', QUERY)).toEqual([document]);
      expect(await one.documents.count('orders', QUERY)).toBe(1);
      await other.documents.drop('orders');
      await expect(one.documents.find('orders', QUERY)).rejects.toMatchObject({
        code: 'MORTAR_COLLECTION_MISSING',
      });
    }
    const connection = await connectionTo(file);
    const tables = connection
      .prepare<readonly [string]>(
        "SELECT name FROM sqlite_schema WHERE name LIKE 'mortar_documents%'",
        'tuples',
      )
      .all([]);
    expect(tables).toEqual([]);
  });
});

describe('the table of a collection', () => {
  it('that somebody has dropped is damage, and is told of as such', async () => {
    const file = aFile();
    const store = await openFile(file);
    await store.documents.make(ORDERS);
    (await connectionTo(file)).exec('DROP TABLE mortar_documents_1');
    for (const reading of [
      () => store.documents.read('orders', 'acme', ['a']),
      () => store.documents.find('orders', QUERY),
      () => store.documents.count('orders', QUERY),
    ])
      await expect(reading()).rejects.toMatchObject({ code: 'MORTAR_STORE_CORRUPT' });
  });

  it('whose making was rolled back leaves its number to the next one, and nothing else', async () => {
    const file = aFile();
    await openFile(file);
    const connection = await connectionTo(file);
    const tables = new CollectionTables(connection);
    connection.exec('BEGIN IMMEDIATE');
    tables.make(ORDERS);
    expect(tables.find('orders')).toMatchObject(ORDERS);
    connection.exec('ROLLBACK');
    const parcels: Collection = { name: 'parcels', fields: ['city'], indexes: [['city']] };
    tables.make(parcels);
    expect(tables.find('parcels')).toMatchObject({ ...parcels, table: 'mortar_documents_1' });
  });
});
