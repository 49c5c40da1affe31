import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import { type ProjectionSql, type SqlProjection, sqlProjection } from '../../../projections/index.js';
import type { SqlTransaction, Transaction } from '../../../unit-of-work/index.js';
import { commits } from '../unit-store/subject.js';
import {
  begun,
  commitWork,
  foldAll,
  log,
  Moved,
  move,
  type ProjectionCase,
  type ProjectionStores,
  refusedWith,
  runAt,
  tableIn,
} from './subject.js';

type Sql = Pick<SqlTransaction, 'dialect'>;

/** How parameters are marked. */
function mark({ dialect }: Sql, number: number): string {
  return dialect === 'sqlite' ? '?' : `$${number}`;
}

async function add(tx: ProjectionSql<'sums'>, account: string, amount: number): Promise<void> {
  const table = tx.table('sums');
  await tx.execute(
    `INSERT INTO ${table} (account, amount) VALUES (${mark(tx, 1)}, ${mark(tx, 2)})
     ON CONFLICT (account) DO UPDATE SET amount = ${table}.amount + excluded.amount`,
    [account, amount],
  );
}

/** A table with an index of its own. */
export const sums: SqlProjection<'sums', 'sums'> = sqlProjection('sums', {
  events: [Moved],
  tables: {
    sums: (name) => [
      `CREATE TABLE ${name} (account TEXT PRIMARY KEY, amount INTEGER NOT NULL CHECK (amount >= 0))`,
      `CREATE INDEX ${name}_amount ON ${name} (amount)`,
    ],
  },
  key: ({ data }) => data.account,
  on: {
    'bank.moved': async (tx, { data: { account, amount } }) => {
      if (amount === 400) throw new RangeError('no 400');
      await add(tx, account, amount);
      if (amount !== 500) return;
      // What fails within is undone, and nothing else.
      await tx.savepoint(() => add(tx, account, -10_000)).catch(() => undefined);
    },
  },
});

/** The rows of `sums`, or of another projection with such a table. */
export async function rowsOf(
  store: ProjectionStores,
  definition: SqlProjection,
  number = 1,
): Promise<readonly unknown[]> {
  const table = await tableIn(store, definition, 'sums', number);
  const read = async (tx: Transaction): Promise<unknown> => {
    assert.ok(isSql(tx));
    const rows = await tx.query(`SELECT account, amount FROM ${table} ORDER BY account`);
    return rows.map(({ account, amount }) => [account, Number(amount)]);
  };
  const { written } = await commits(store.units, { id: newId(), writes: [read], appends: [] });
  return written[0] as readonly unknown[];
}

function isSql(tx: Transaction): tx is SqlTransaction {
  return 'dialect' in tx;
}

/** Events become rows of tables of one's own. */
export const tablesCases: readonly ProjectionCase[] = [
  {
    name: 'each generation has tables of its own',
    needs: 'sql',
    run: async ({ store, second }) => {
      const runs = await Promise.all([begun(store, sums), begun(second, sums), begun(second, sums, 2)]);
      const entries = await log(store, [move('a', 1), move('b', 2), move('a', 4), move('a', 500)]);
      await foldAll(
        store,
        () => runs[0],
        entries,
        () => 3,
      );
      await runs[1].prepare();
      assert.deepEqual(await rowsOf(second, sums), [
        ['a', 505],
        ['b', 2],
      ]);
      await commitWork(store, await runs[2].work(entries.slice(1, 2)));
      assert.deepEqual(await rowsOf(store, sums, 2), [['b', 2]]);
      await runs[0].drop();
      await runs[0].drop();
      await assert.rejects(rowsOf(store, sums));
      assert.deepEqual(await rowsOf(store, sums, 2), [['b', 2]]);
      await runs[0].prepare();
      assert.deepEqual(await rowsOf(store, sums), []);
    },
  },
  {
    name: 'statements that do not make the table where it is looked for are refused, and make nothing',
    needs: 'sql',
    run: async ({ store }) => {
      const astray = sqlProjection('astray', {
        events: [Moved],
        tables: { sums: (name) => `CREATE TEMPORARY TABLE ${name} (account TEXT)` },
        on: { 'bank.moved': () => undefined },
      });
      await refusedWith('MORTAR_OPTIONS_INVALID', () => begun(store, astray));
      await refusedWith('MORTAR_OPTIONS_INVALID', () => begun(store, astray));
      await assert.rejects(rowsOf(store, astray));
    },
  },
  {
    name: 'a handler that throws fails its page, with the place of its event',
    needs: 'sql',
    run: async ({ store }) => {
      const run = await begun(store, sums);
      const entries = await log(store, [move('a', 1), move('b', 400), move('a', 2)]);
      const error = await refusedWith('MORTAR_FOLD_FAILED', async () =>
        commitWork(store, await run.work(entries)),
      );
      assert.equal(error.details['position'], entries[1]?.position);
      assert.ok(error.cause instanceof RangeError);
      assert.deepEqual(await rowsOf(store, sums), []);
    },
  },
  {
    name: 'a constraint fails its page as it fails a write',
    needs: 'sql',
    run: async ({ store }) => {
      const run = await begun(store, sums);
      const entries = await log(store, [move('a', 1), move('b', -2)]);
      const work = await run.work(entries);
      await refusedWith('MORTAR_CONSTRAINT_VIOLATED', () => commitWork(store, work));
      assert.deepEqual(await rowsOf(store, sums), []);
    },
  },
  {
    name: 'the page ends before an event that can not be read',
    needs: 'sql',
    run: async ({ store }) => {
      const run = await begun(store, sums);
      const entries = await log(store, [
        move('a', 1),
        { ...move('a', 2), payload: '{"$date":"never"}' },
        move('a', 4),
      ]);
      const folded = await run.fold(entries);
      assert.equal(folded.entries, 1);
      await commitWork(store, folded.work);
      assert.deepEqual(await rowsOf(store, sums), [['a', 1]]);
      const error = await refusedWith('MORTAR_CODEC_CORRUPT', () => run.work(entries));
      assert.equal(error.details['position'], entries[1]?.position);
      assert.deepEqual(
        entries.map((entry) => run.orderKey(entry)),
        ['["","a"]', `?${entries[1]?.position}`, '["","a"]'],
      );
    },
  },
  {
    name: 'a page is cut to what a transaction has time for',
    needs: 'sql',
    run: async ({ store }) => {
      const run = runAt(store, sums);
      const entries = await log(
        store,
        Array.from({ length: 1_001 }, () => move('a', 1)),
      );
      assert.equal((await run.fold(entries)).entries, 1_000);
      await refusedWith('MORTAR_OPTIONS_INVALID', () => run.work(entries));
      const short = runAt(store, { ...sums, batch: 7 });
      assert.equal((await short.fold(entries)).entries, 7, 'and to as many as the projection has said');
    },
  },
  {
    name: 'a handler that asks for a table that was not declared fails',
    needs: 'sql',
    run: async ({ store }) => {
      const wrong = sqlProjection('wrong', {
        events: [Moved],
        tables: { sums: (name) => `CREATE TABLE ${name} (account TEXT)` },
        on: {
          'bank.moved': async (tx: ProjectionSql, { data }) => {
            await tx.execute(`DELETE FROM ${tx.table(data.account)}`);
          },
        },
      });
      const run = await begun(store, wrong);
      const entries = await log(store, [move('elsewhere', 1)]);
      const work = await run.work(entries);
      await refusedWith('MORTAR_FOLD_FAILED', () => commitWork(store, work));
    },
  },
];
