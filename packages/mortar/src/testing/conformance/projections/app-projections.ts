import assert from 'node:assert/strict';
import { createApp, type DurableApp } from '../../../app.js';
import type { Awaitable } from '../../../bus/index.js';
import { type EventContract, event, newId } from '../../../contracts/index.js';
import type { Store } from '../../../delivery/index.js';
import { silentLogger } from '../../../logging/logger.js';
import { defineModule } from '../../../modules/index.js';
import {
  type Projection,
  projection,
  type SqlProjection,
  sqlProjection,
} from '../../../projections/index.js';
import { standIn } from '../../../projections/inline/stand-in.js';
import type { SqlTransaction, Transaction } from '../../../unit-of-work/index.js';
import { type CaseOf, type ConformanceCase, caseList, type Disposable, type LeftOut } from '../case-list.js';
import { until } from '../projection-store/processes.js';
import { commits } from '../unit-store/subject.js';
import { type ProjectionFeature, refusedWith, trusted } from './subject.js';

/** What a case is run on: an empty database of its own, for apps to open. */
export interface AppProjectionSubject extends Disposable {
  readonly database: Store;
}

type AppProjectionCase = CaseOf<AppProjectionSubject, ProjectionFeature>;

const WAIT_MS = 20_000;
/** Longer than anything is waited for. */
const LONG_LEASE_MS = 60_000;
/** So many turns of the event loop, with a question to the store in each, catching up with an empty log is done in. */
const MANY_TURNS = 300;
/** How much a till may hold, as its table says. */
const MOST = 1_000;

interface Payment {
  readonly till: string;
  readonly amount: number;
}

interface Till {
  readonly code: string;
  readonly amounts: readonly number[];
}

const Paid: EventContract<'till.paid', Payment> = event('till.paid', { data: trusted<Payment>() });

/** All amounts in their order, as one state of the code keeps them. */
function tillsOf(code: string): Projection<'tills', Till> {
  return projection('tills', {
    events: [Paid],
    initialState: (): Till => ({ code, amounts: [] }),
    key: ({ data }) => data.till,
    on: { 'till.paid': ({ amounts }, { data }) => ({ code, amounts: [...amounts, data.amount] }) },
    placement: 'inline',
    fingerprint: 'declared',
    version: code.length,
  });
}

const sums: SqlProjection<'sums', 'sums'> = sqlProjection('sums', {
  events: [Paid],
  tables: {
    sums: (name) =>
      `CREATE TABLE ${name} (till TEXT PRIMARY KEY, sum INTEGER NOT NULL CHECK (sum < ${MOST}))`,
  },
  on: {
    'till.paid': async (tx, { data }) => {
      const values = tx.dialect === 'sqlite' ? '?, ?' : '$1, $2';
      await tx.execute(
        `INSERT INTO ${tx.table('sums')} AS s VALUES (${values}) ON CONFLICT (till) DO UPDATE SET sum = s.sum + excluded.sum`,
        [data.till, data.amount],
      );
    },
  },
  placement: 'inline',
});

/** What a till has taken in, a moment later. */
const taken: Projection<'taken', { readonly sum: number }> = projection('taken', {
  events: [Paid],
  initialState: () => ({ sum: 0 }),
  key: ({ data }) => data.till,
  on: { 'till.paid': ({ sum }, { data }) => ({ sum: sum + data.amount }) },
});

/**
 * What inline projections of apps hold to on every store, as cases for any test runner: they need no more than
 * `node:assert`. Each is run on an empty database of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of appProjectionCases(() => ({ database: myStore() }))) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function appProjectionCases(
  make: () => Awaitable<AppProjectionSubject>,
  features: LeftOut<ProjectionFeature> = {},
): readonly ConformanceCase[] {
  return caseList({ 'inline in apps': cases }, make, features);
}

const cases: readonly AppProjectionCase[] = [
  {
    name: 'documents have what was published as soon as it is',
    run: (subject) =>
      withApps(subject, async (start) => {
        const tills = tillsOf('old');
        await payInTurn(await start(tills), tills);
      }),
  },
  {
    name: 'so have tables, and what they refuse is not published',
    needs: 'sql',
    run: (subject) =>
      withApps(subject, async (start) => {
        const tills = tillsOf('old');
        const app = await start(tills, sums);
        await payInTurn(app, tills);
        assert.deepEqual(await rowsOf(subject, app), [{ till: 'a', sum: 6 }]);
        const tooMuch = { till: 'a', amount: MOST - 6 };
        await refusedWith('MORTAR_CONSTRAINT_VIOLATED', () => app.publish(Paid, tooMuch));
        assert.deepEqual(await inLog(app), [1, 2, 3]);
        assert.deepEqual((await app.readModel(tills).get('a'))?.amounts, [1, 2, 3]);
        assert.deepEqual(await rowsOf(subject, app), [{ till: 'a', sum: 6 }]);
      }),
  },
  {
    name: 'old and new code append side by side, and in the end the new code has all of it inline',
    run: (subject) => withApps(subject, (start) => sideBySide(start)),
  },
  {
    name: 'with tables, they do so too',
    needs: 'sql',
    run: (subject) =>
      withApps(subject, async (start) => {
        const app = await sideBySide(start, sums);
        const sum = (await inLog(app)).reduce((total, amount) => total + amount, 0);
        assert.deepEqual(await rowsOf(subject, app), [{ till: 'a', sum }]);
      }),
  },
  {
    name: 'one beside them that is not inline goes on under its lease, however long deliveries take to begin',
    run: async ({ database }) => {
      const till = defineModule('till', (module) => {
        module.publishes(Paid);
        module.project(tillsOf('old'));
        module.project(taken);
        module.on(Paid, () => undefined);
      });
      const store = beginningLate(database, 'till/till.paid');
      const delivery = { leaseMs: LONG_LEASE_MS };
      const app = await createApp({ modules: [till], store, delivery, logger: silentLogger });
      try {
        await app.start();
        await app.publish(Paid, { till: 'a', amount: 1 });
        await app.caughtUp({ projection: 'till/taken', timeoutMs: WAIT_MS });
        assert.deepEqual(await app.readModel(taken).get('a'), { sum: 1 });
      } finally {
        await app.stop();
      }
    },
  },
];

/**
 * A database on which deliveries begin late: a subscription of theirs is made known when the app opens it, and again when they
 * begin. Until then no lease is asked for, since nobody could go on under it.
 */
function beginningLate(database: Store, subscription: string): Store {
  const open: Store['open'] = async (surroundings) => {
    const store = await database.open(surroundings);
    const { deliveries } = store;
    const early: string[] = [];
    let times = 0;
    const register: typeof deliveries.register = async (name, from, partitions) => {
      if (name === subscription) times += 1;
      for (let turns = 0; name === subscription && times === 2 && turns < MANY_TURNS; turns += 1) {
        await store.events.head();
        await new Promise((resolve) => setImmediate(resolve));
        assert.deepEqual(early, [], 'leases that are asked for before');
      }
      return deliveries.register(name, from, partitions);
    };
    const acquire: typeof deliveries.acquire = (name, ...rest) => {
      early.push(name);
      return deliveries.acquire(name, ...rest);
    };
    return standIn(store, { deliveries: standIn(deliveries, { register, acquire }) });
  };
  return standIn(database, { open });
}

/** Starts an app whose code keeps the tills so, and sums where they are given. */
type Start = (tills: Projection<'tills', Till>, tables?: typeof sums) => Promise<DurableApp>;

/** Runs work with apps over the database of a subject, and stops them. */
async function withApps(
  { database }: AppProjectionSubject,
  work: (start: Start) => Promise<unknown>,
): Promise<void> {
  const apps: DurableApp[] = [];
  const start: Start = async (tills, tables) => {
    const till = defineModule('till', (module) => {
      module.publishes(Paid);
      module.project(tills);
      if (tables !== undefined) module.project(tables);
    });
    const app = await createApp({ modules: [till], store: database, logger: silentLogger });
    apps.push(app);
    await app.start();
    return app;
  };
  try {
    await work(start);
  } finally {
    for (const app of apps) await app.stop();
  }
}

/** Publishes 1, 2 and 3, and looks for each as soon as it is published. */
async function payInTurn(app: DurableApp, tills: Projection<'tills', Till>): Promise<void> {
  for (const amount of [1, 2, 3]) {
    await app.publish(Paid, { till: 'a', amount });
    assert.equal((await app.readModel(tills).get('a'))?.amounts.at(-1), amount);
  }
}

/** Two apps of different code publish at once; the older one ends. Answers with the one that is left. */
async function sideBySide(start: Start, tables?: typeof sums): Promise<DurableApp> {
  const [old, young] = [tillsOf('old'), tillsOf('newer')];
  const first = await start(old, tables);
  for (let amount = 0; amount < 5; amount += 1) await first.publish(Paid, { till: 'a', amount });
  const second = await start(young, tables);
  await Promise.all([payMany(first, 0), payMany(second, 20)]);
  await first.caughtUp({ projection: 'till/tills', timeoutMs: WAIT_MS });
  assert.deepEqual(await first.readModel(old).get('a'), { code: 'old', amounts: await inLog(first) });
  await first.stop();
  await until(() => areInline(second), 'the new code is inline');
  await second.publish(Paid, { till: 'a', amount: 40 });
  assert.deepEqual(await second.readModel(young).get('a'), { code: 'newer', amounts: await inLog(second) });
  assert.equal((await inLog(second)).length, 46);
  return second;
}

async function payMany(app: DurableApp, from: number): Promise<void> {
  for (let amount = from; amount < from + 20; amount += 1) await app.publish(Paid, { till: 'a', amount });
}

async function inLog(app: DurableApp): Promise<readonly number[]> {
  const amounts: number[] = [];
  for await (const { data } of app.log.readAll({ events: [Paid] })) amounts.push(data.amount);
  return amounts;
}

async function areInline(app: DurableApp): Promise<boolean> {
  const all = await app.projections.status();
  return all.every(({ generations }) => generations.find(({ state }) => state === 'active')?.isInline);
}

/** The rows of the sums, as another process reads them. */
async function rowsOf({ database }: AppProjectionSubject, app: DurableApp): Promise<unknown> {
  const table = await app.readModel(sums).table('sums');
  const store = await database.open({ logger: silentLogger });
  try {
    const read = (tx: Transaction): Promise<unknown> => {
      assert.ok(isSql(tx));
      return tx.query(`SELECT * FROM ${table}`);
    };
    const { written } = await commits(store.units, { id: newId(), writes: [read], appends: [] });
    return written[0];
  } finally {
    await store.close();
  }
}

function isSql(tx: Transaction): tx is SqlTransaction {
  return 'dialect' in tx;
}
