import type { OpenStore } from 'mortar/delivery';
import { streamId } from 'mortar/event-store';
import { type Collection, type DocumentChange, type DocumentQuery, sortableOf } from 'mortar/read-models';
import type { Unit } from 'mortar/unit-of-work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findStatement } from '../../src/document-store.js';
import { PostgresTransaction } from '../../src/transaction.js';
import { appendOf, aUnit, until } from '../support/events.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

const ORDERS: Collection = {
  name: 'orders',
  fields: ['status', 'total', 'city'],
  indexes: [['status', 'total'], ['city']],
};
const COUNT = 20_000;
const QUERY: DocumentQuery = { tenant: 'acme', where: [], order: [], limit: 20 };
const status = { field: 'status', is: 'equal', value: sortableOf('open') } as const;
const up = (field: string) => ({ field, direction: 'ascending' }) as const;
const down = (field: string) => ({ field, direction: 'descending' }) as const;

let database: TestDatabase;

async function commit(store: OpenStore, parts: Partial<Unit>): Promise<void> {
  const [outcome] = await store.units.commit([aUnit(parts)]);
  if (outcome?.ok !== true) throw outcome?.error;
}

function put(index: number, tenant = 'acme'): DocumentChange {
  const values = [index % 3 ? 'open' : 'paid', index, `city-${index % 500}`].map(sortableOf);
  return { kind: 'put', collection: 'orders', document: { tenant, key: `key-${index}`, body: '{}', values } };
}

/** A store with the collection of orders, and its schema. */
async function withOrders(): Promise<{ readonly store: OpenStore; readonly schema: string }> {
  const schema = newSchema();
  const store = await database.open({ schema });
  await store.documents.make(ORDERS);
  return { store, schema };
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('documents on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  describe('a query', () => {
    let schema: string;

    beforeAll(async () => {
      const made = await withOrders();
      schema = made.schema;
      for (let start = 0; start < COUNT; start += 5_000) {
        const documents = Array.from({ length: 5_000 }, (_, index) =>
          put(start + index, index % 2 ? 'acme' : `tenant-${index % 20}`),
        );
        await commit(made.store, { documents });
      }
      await database.query(`ANALYZE ${schema}.documents_1`);
    }, HOOK_MS);

    /** The nodes of the plan, outermost first, with the conditions of indexes. */
    async function planOf(query: Partial<DocumentQuery>): Promise<readonly string[]> {
      const { text, values } = findStatement(
        { ...ORDERS, table: `${schema}.documents_1` },
        { ...QUERY, ...query },
      );
      const rows = await database.query(`EXPLAIN ${text}`, values);
      return rows
        .map((row) => String(row['QUERY PLAN']))
        .flatMap((line) => {
          const [, node] = /^\s*(?:->)?\s*(.*?)\s+\(cost=/.exec(line) ?? [];
          const [, condition] = /^\s*Index Cond: (.*)$/.exec(line) ?? [];
          return [node, condition].filter((part) => part !== undefined);
        })
        .map((part) => part.replaceAll(schema, 's'));
    }

    const ANSWERED: readonly (readonly [
      what: string,
      query: Partial<DocumentQuery>,
      index: string,
      condition: RegExp,
    ])[] = [
      ['no condition, by key', {}, 'documents_1_pkey', /^\(tenant = 'acme'::text\)$/],
      ['an order', { order: [up('city')] }, 'documents_1_2', /^\(tenant = 'acme'::text\)$/],
      ['an order downwards', { order: [down('city')] }, 'documents_1_2', /^\(tenant = 'acme'::text\)$/],
      [
        'an equal field and an order',
        { where: [status], order: [down('total')] },
        'documents_1_1',
        /^\(\(tenant = 'acme'::text\) AND \(f1 = '5open'::text\)\)$/,
      ],
      [
        'the next page',
        { order: [up('status'), up('total')], after: { values: ['5open', '2'], key: 'k' } },
        'documents_1_1',
        /^\(\(tenant = 'acme'::text\) AND \(ROW\(f1, f2, key\) > ROW\('5open'::text, '2'::text, 'k'::text\)\)\)$/,
      ],
      [
        'the next page downwards, of an equal field',
        { where: [status], order: [down('total')], after: { values: ['29'], key: 'k' } },
        'documents_1_1',
        /AND \(f1 = '5open'::text\) AND \(ROW\(f2, key\) < ROW\('29'::text, 'k'::text\)\)\)$/,
      ],
    ];

    it.each(ANSWERED)('is answered by an index, in its order: %s', async (_, query, index, condition) => {
      const [limit, scan, found, ...others] = await planOf(query);
      expect(limit).toBe('Limit');
      expect(scan).toMatch(new RegExp(`^Index Scan (?:Backward )?using ${index} on documents_1$`));
      expect(found).toMatch(condition);
      expect(others).toEqual([]);
    });

    it('in mixed directions is led by an index, and sorts what is equal there', async () => {
      const order = [up('city'), down('total')];
      const plan = await planOf({ order, after: { values: ['5city-2', '2'], key: 'k' } });
      expect(plan[1]).toBe('Incremental Sort');
      expect(plan[2]).toBe('Index Scan using documents_1_2 on documents_1');
      expect(plan[3]).toBe(`((tenant = 'acme'::text) AND (f3 >= '5city-2'::text))`);
    });
  });

  it('statistics find that what is asked for is nearly everything, and needs no sorting', async () => {
    const { store, schema } = await withOrders();
    const place = { name: 'skewed', fields: ['status', 'total'], indexes: [['status'], ['total']] };
    await store.documents.make(place);
    // Else the server may look at the table by itself in between.
    await database.query(`ALTER TABLE ${schema}.documents_2 SET (autovacuum_enabled = false)`);
    const documents = Array.from({ length: COUNT }, (_, index): DocumentChange => {
      const values = [index % 100 ? 'open' : 'paid', index].map(sortableOf);
      const document = { tenant: 'acme', key: `key-${index}`, body: '{}', values };
      return { kind: 'put', collection: place.name, document };
    });
    for (let start = 0; start < COUNT; start += 5_000)
      await commit(store, { documents: documents.slice(start, start + 5_000) });
    const { text, values } = findStatement(
      { ...place, table: `${schema}.documents_2` },
      { ...QUERY, where: [status], order: [up('total')] },
    );
    const planOf = async (): Promise<string> =>
      (await database.query(`EXPLAIN ${text}`, values)).map((row) => String(row['QUERY PLAN'])).join('\n');
    // It takes one order in two hundred to be open: all that are, are found and sorted.
    expect(await planOf()).toMatch(/Sort.*Scan (?:using|on) documents_2_1/s);
    await store.documents.analyze(place.name);
    const plan = await planOf();
    expect(plan).toMatch(/Index Scan using documents_2_2/);
    expect(plan).not.toMatch(/Sort/);
  });

  it('a thousand changes are one transaction with the events of their unit', async () => {
    const { store, schema } = await withOrders();
    const documents = Array.from({ length: 1_000 }, (_, index) => put(index));
    await commit(store, { documents, appends: [appendOf()] });
    const [row] = await database.query(
      `SELECT count(*)::int AS rows, count(DISTINCT d.xmin::text)::int AS transactions, bool_and(d.xmin = e.xmin) AS same
        FROM ${schema}.documents_1 d, ${schema}.events e`,
    );
    expect(row).toEqual({ rows: 1_000, transactions: 1, same: true });
  });

  it('units with documents that come at once share transactions', async () => {
    const { store, schema } = await withOrders();
    const units = Array.from({ length: 100 }, (_, index) => commit(store, { documents: [put(index)] }));
    await Promise.all(units);
    const [row] = await database.query(
      `SELECT count(*)::int AS rows, count(DISTINCT xmin::text)::int AS transactions FROM ${schema}.documents_1`,
    );
    expect(row?.['rows']).toBe(100);
    expect(Number(row?.['transactions'])).toBeLessThan(10);
  });

  it('no lock of a key is left in the table', async () => {
    const { store, schema } = await withOrders();
    await commit(store, {
      appends: [appendOf()],
      project: async (tx) => {
        await tx.readDocuments('orders', 'acme', ['a', 'b', 'key-2']);
        await tx.savepoint(() => tx.readDocuments('orders', 'other', ['a']));
        const undone = tx.savepoint(async () => {
          await tx.changeDocuments([put(2)]);
          throw new Error('undone');
        });
        await undone.catch(() => undefined);
        await tx.changeDocuments([
          put(1),
          { kind: 'remove', collection: 'orders', tenant: 'acme', key: 'b' },
        ]);
      },
    });
    expect(await database.query(`SELECT key FROM ${schema}.documents_1`)).toEqual([{ key: 'key-1' }]);
  });

  it('a projection holds no floor, so that no reader waits for it, neither on its own nor in a batch', async () => {
    const { store } = await withOrders();
    const held: unknown[] = [];
    const project: Unit['project'] = async (tx) => {
      await tx.readDocuments('orders', 'acme', ['a']);
      if (!(tx instanceof PostgresTransaction)) throw new TypeError('the transaction is one of PostgreSQL');
      held.push(...(await tx.query(FLOORS)));
    };
    await commit(store, { appends: [appendOf('order-1'), appendOf()], project });
    await store.deliveries.register('billing', 'beginning', 1);
    const [lease] = await store.deliveries.acquire('billing', [0], 'a', 60_000);
    if (lease === undefined) throw new Error('the lease is free');
    const units = ['order-1', 'order-2'].map((stream) => aUnit({ appends: [appendOf(stream)], project }));
    const { ok } = await store.deliveries.commit({
      subscription: 'billing',
      progress: [lease],
      units,
      hold: [],
      release: [],
      letters: [],
    });
    expect(ok).toBe(true);
    expect(held).toEqual([{ floors: 0 }, { floors: 0 }, { floors: 0 }]);
  });

  it('a stream that begins with a projection is dated by its first event', async () => {
    const { store } = await withOrders();
    const project = async (): Promise<void> => undefined;
    await commit(store, { appends: [appendOf('order-1'), appendOf('order-2')], project });
    await commit(store, { appends: [appendOf('order-1')], project });
    for (const name of ['order-1', 'order-2']) {
      const entries = await store.events.readStream(streamId(name));
      expect(await store.events.streamInfo(streamId(name))).toMatchObject({
        version: entries.length,
        firstRecordedAt: entries[0]?.recordedAt,
        lastRecordedAt: entries.at(-1)?.recordedAt,
      });
    }
  });

  it('a collection is dropped when those who change it have ended, and not before', async () => {
    const { store, schema } = await withOrders();
    const client = await database.connect();
    await client.query('BEGIN');
    await client.query(
      `SELECT ${schema}.change_documents('orders', '{}', '{}', '{acme}', '{a}', '{1}', '{x,y,z}', 3)`,
    );
    let isDropped = false;
    const dropping = store.documents.drop('orders').then(() => {
      isDropped = true;
    });
    await until(async () => {
      const [row] = await database.query(
        `SELECT count(*)::int AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`,
      );
      return row?.['waiting'] === 1;
    }, 'the drop waits');
    expect(isDropped).toBe(false);
    await client.query('COMMIT');
    await dropping;
    expect(await store.documents.collections()).toEqual([]);
    await commit(store, { documents: [put(1)] });
  });

  it('a table that somebody has dropped is damage, told of at once, and another one is read when it is there', async () => {
    const { store, schema } = await withOrders();
    await commit(store, { documents: [put(1)] });
    expect(await store.documents.count('orders', QUERY)).toBe(1);
    await database.query(`DROP TABLE ${schema}.documents_1`);
    for (const reading of [
      () => store.documents.read('orders', 'acme', ['key-1']),
      () => store.documents.find('orders', QUERY),
      () => store.documents.count('orders', QUERY),
    ])
      await expect(reading()).rejects.toMatchObject({ code: 'MORTAR_STORE_CORRUPT' });
    await database.query(`DELETE FROM ${schema}.collections`);
    await store.documents.make(ORDERS);
    expect(await store.documents.count('orders', QUERY)).toBe(0);
  });
});

/** The floors that a transaction holds: all of its locks of one number but K, which is the greatest. */
const FLOORS = `SELECT count(*)::int AS floors FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1
  AND pid = pg_backend_pid() AND ((classid::bigint & 16777215) << 32 | objid::bigint) <> 72057594037927935`;
