import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import type { EncodedEvent } from '../../../event-store/index.js';
import {
  type ProjectionRun,
  type ProjectionSql,
  type SqlProjection,
  sqlProjection,
} from '../../../projections/index.js';
import type { SqlTransaction, Transaction, Unit, UnitStore } from '../../../unit-of-work/index.js';
import { idsOf, WRITERS, walk } from '../event-store/subject.js';
import { codesOf, commits } from '../unit-store/subject.js';
import { begun, Moved, move, type ProjectionCase, type ProjectionStores, tableIn } from './subject.js';

const tables = {
  numbers: (name: string) =>
    `CREATE TABLE ${name} (account TEXT, n INTEGER, id TEXT, PRIMARY KEY (account, n))`,
};

/** Numbers events in the order in which they are handled, without a lock of its own. */
const inAll = sqlProjection('in-all', {
  events: [Moved],
  tables,
  on: { 'bank.moved': (tx, { id, data: { amount } }) => number(tx, id, 'all', amount) },
  placement: 'inline',
});

const byAccount = sqlProjection('by-account', {
  events: [Moved],
  tables,
  key: ({ data }) => data.account,
  on: { 'bank.moved': (tx, { id, data: { account, amount } }) => number(tx, id, account, amount) },
  placement: 'inline',
});

async function number(
  tx: ProjectionSql<'numbers'>,
  id: string,
  account: string,
  amount: number,
): Promise<void> {
  const [first, second, third] =
    tx.dialect === 'sqlite' ? ['?', '?', '?'] : ['$1::text', '$2::text', '$3::text'];
  const table = tx.table('numbers');
  await tx.execute(
    `INSERT INTO ${table} SELECT ${first}, count(*) + 1, ${second} FROM ${table} WHERE account = ${third}`,
    [account, id, account],
  );
  if (amount === 400) throw new RangeError('no 400');
}

function appending(run: ProjectionRun, events: readonly EncodedEvent[]): Unit {
  return {
    id: newId(),
    writes: [],
    appends: [{ events }],
    project: (tx, entries) => run.project(tx, entries),
  };
}

/** Waiting for others counts, and where the machine is slow, that may be more than a unit has. */
async function isAppended(units: UnitStore, unit: Unit): Promise<void> {
  let code: string | undefined = 'MORTAR_WRITE_TIMEOUT';
  while (code === 'MORTAR_WRITE_TIMEOUT') [code] = codesOf(await units.commit([unit]));
  assert.equal(code, 'ok');
}

async function numbered(
  store: ProjectionStores,
  account: string,
  definition: SqlProjection,
  generation = 1,
): Promise<unknown> {
  const table = await tableIn(store, definition, 'numbers', generation);
  const read = async (tx: Transaction): Promise<unknown> => {
    assert.ok(isSql(tx));
    const rows = await tx.query(`SELECT account, id FROM ${table} ORDER BY n`);
    return rows.filter((row) => row['account'] === account).map(({ id }) => id);
  };
  const { written } = await commits(store.units, { id: newId(), writes: [read], appends: [] });
  return written[0];
}

function isSql(tx: Transaction): tx is SqlTransaction {
  return 'dialect' in tx;
}

/** Tables of one's own are brought on with each append. */
export const inlineTablesCases: readonly ProjectionCase[] = [
  {
    name: 'of sixteen that append at once, all are handled in the order of the log',
    needs: 'sql',
    run: async ({ store, second }) => {
      const run = await begun(store, inAll);
      await Promise.all(
        WRITERS.map(async (writer) => {
          const { units } = writer % 2 ? second : store;
          for (let count = 0; count < 2; count += 1)
            await isAppended(units, appending(run, [move('a', writer), move('b', writer)]));
        }),
      );
      assert.deepEqual(await numbered(store, 'all', inAll), idsOf(await walk(store.events)));
    },
  },
  {
    name: 'where they have keys, those of one key are',
    needs: 'sql',
    run: async ({ store, second }) => {
      const run = await begun(store, byAccount);
      await Promise.all(
        WRITERS.map(async (writer) => {
          const { units } = writer % 2 ? second : store;
          for (let count = 0; count < 2; count += 1)
            await isAppended(
              units,
              appending(run, [move(`a${writer % 3}`, 1), move(`a${(writer + count) % 3}`, 2)]),
            );
        }),
      );
      const entries = await walk(store.events);
      for (const account of ['a0', 'a1', 'a2'])
        assert.deepEqual(
          await numbered(store, account, byAccount),
          idsOf(entries.filter(({ payload }) => JSON.parse(payload).account === account)),
        );
    },
  },
  {
    name: 'a handler that throws fails the append, and neither the events nor the rows are there',
    needs: 'sql',
    run: async ({ store }) => {
      const run = await begun(store, inAll, 2);
      const bad = move('b', 400);
      const outcomes = await store.units.commit([
        appending(run, [move('a', 1)]),
        appending(run, [move('a', 2), bad]),
        appending(run, [move('a', 3)]),
      ]);
      assert.deepEqual(codesOf(outcomes), ['ok', 'MORTAR_INLINE_FAILED', 'ok']);
      const failed = outcomes[1];
      assert.ok(failed?.ok === false && failed.error instanceof Error);
      assert.ok(failed.error.cause instanceof RangeError);
      const entries = await walk(store.events);
      assert.equal(entries.length, 2);
      assert.deepEqual(await numbered(store, 'all', inAll, 2), idsOf(entries));
    },
  },
];
