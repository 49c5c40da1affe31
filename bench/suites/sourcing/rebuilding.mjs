import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { rowOf } from '../../harness/result.mjs';
import { makeEvent } from '../log/events.mjs';
import { openStore } from '../log/ours.mjs';
import { makePlace } from '../log/place.mjs';
import { orderSchema, PLACED } from './orders.mjs';
import { storeOf } from './ours.mjs';

/** @typedef {import('../log/ours.mjs').StoreKind} StoreKind */

const EVENTS = 1_000_000;
const TOGETHER = 1_000;
const STREAMS = 1_000;
/** Events a second. */
const GOALS = { sqlite: 50_000, postgres: 25_000 };
const MIB = 1_048_576;
/** What comes and goes with pages, buffers and the collector; a log that is kept in memory would take ten times this. */
const ALLOWANCE_BYTES = 64 * MIB;
const LOOK_EVERY_MS = 100;
const NAME = 'shop/accounts';

/**
 * A read model of a thousand accounts is made anew from the log by an app, beside the one that is read, until it is the active one.
 * The first making of it, when the app starts, warms up. While it is made, the highest resident set is taken down: of the first
 * tenth of the log, and of all of it.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const rebuilding = /** @type {const} */ (['sqlite', 'postgres']).map((kind) => ({
  name: `${kind}, rebuild over ${EVENTS.toLocaleString('en-US')}`,
  isOnce: true,
  async measure({ rounds, options }) {
    const place = makePlace(options);
    try {
      const where = kind === 'sqlite' ? place.file('log.db') : await place.database('log');
      await fill(kind, where);
      const app = await startApp(kind, where);
      const samples = [];
      for (let round = 0; round < rounds; round += 1) samples.push(await rebuild(app));
      await check(app);
      await app.app.stop();
      return tablesOf(this.name, kind, samples);
    } finally {
      await place.close();
    }
  },
}));

/**
 * @typedef {object} Sample
 * @property {number} ns an event
 * @property {number} early the highest resident set of the first tenth, in bytes
 * @property {number} all that of the whole
 */

/**
 * @param {string} name
 * @param {StoreKind} kind
 * @param {readonly Sample[]} samples
 * @returns {import('../../harness/result.mjs').Table[]}
 */
function tablesOf(name, kind, samples) {
  const allowed = rowOf('the goal', 'limit', [1e9 / GOALS[kind]]);
  const earlyRow = rowOf(
    'its first tenth',
    'peer',
    samples.map(({ early }) => early),
  );
  const limit = rowOf('the limit', 'limit', [earlyRow.value + ALLOWANCE_BYTES]);
  const row = (/** @type {readonly number[]} */ values) => rowOf('ours', 'ours', values);
  return [
    {
      name,
      unit: 'ns an event',
      rows: [row(samples.map(({ ns }) => ns)), allowed],
      goals: [{ ours: 'ours', peer: allowed.name, atLeast: 1 }],
    },
    {
      name: `bytes, ${name}, the highest resident set`,
      unit: 'bytes',
      rows: [row(samples.map(({ all }) => all)), earlyRow, limit],
      goals: [{ ours: 'ours', peer: limit.name, atLeast: 1 }],
    },
  ];
}

/**
 * @param {StoreKind} kind
 * @param {string} where
 */
async function fill(kind, where) {
  const store = await openStore(kind, where);
  for (let done = 0; done < EVENTS; done += TOGETHER) {
    const events = Array.from({ length: TOGETHER }, (_, index) => makeEvent(done + index));
    await store.events.append([{ streamId: `account-${(done / TOGETHER) % STREAMS}`, events }]);
  }
  await store.close();
}

/**
 * An app whose read model has been made once.
 * @param {StoreKind} kind
 * @param {string} where
 */
async function startApp(kind, where) {
  const [{ createApp, defineModule, event }, { projection }, { silentLogger }] = [
    await import('mortar'),
    await import('mortar/projections'),
    await import('mortar/logging'),
  ];
  const accounts = projection('accounts', {
    events: [event(PLACED, { data: orderSchema })],
    initialState: () => ({ orders: 0, gross: 0 }),
    key: ({ data }) => `account-${Number(data.orderId.slice('order-'.length)) % STREAMS}`,
    on: {
      [PLACED]: ({ orders, gross }, { data }) => ({ orders: orders + 1, gross: gross + data.total.gross }),
    },
    indexes: ['gross'],
  });
  const shop = defineModule('shop', (module) => module.project(accounts));
  const app = await createApp({
    modules: [shop],
    store: await storeOf(kind, where),
    logger: silentLogger,
  });
  await app.start();
  await app.caughtUp({ projection: NAME, timeoutMs: 600_000 });
  return { app, accounts };
}

/**
 * @param {Awaited<ReturnType<typeof startApp>>} started
 * @returns {Promise<Sample>}
 */
async function rebuild({ app }) {
  globalThis.gc?.();
  const before = (await standing(app)).active;
  const start = performance.now();
  await app.projections.rebuild(NAME);
  let [early, all] = [0, 0];
  for (;;) {
    const { active, position } = await standing(app);
    const { rss } = process.memoryUsage();
    if (position <= EVENTS / 10) early = Math.max(early, rss);
    all = Math.max(all, rss);
    if (active !== before) break;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return { ns: ((performance.now() - start) * 1e6) / EVENTS, early, all };
}

/** @param {any} app */
async function standing(app) {
  const [{ generations }] = await app.projections.status();
  const active = generations.find((/** @type {any} */ one) => one.state === 'active').number;
  return { active, position: generations.at(-1).position };
}

/** @param {Awaited<ReturnType<typeof startApp>>} started */
async function check({ app, accounts }) {
  const model = app.readModel(accounts);
  const { items } = await model.find({ sort: 'gross', limit: STREAMS });
  const orders = items.reduce((sum, { value }) => sum + value.orders, 0);
  if (items.length !== STREAMS || orders !== EVENTS)
    throw new Error(`${EVENTS} orders were expected; the read model has ${orders}`);
}
