// A child that runs the bank as an app: callers open accounts, deposit and transfer, several at once; an operator rebuilds,
// cancels, resets and pauses its read models. It never ends by itself. To `settle`, it only finishes what there is; to `answer`,
// it waits until nothing is left of generations that nobody reads, and tells all that the app answers.
import process from 'node:process';
import { createApp } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { listen, tell } from '../child.mjs';
import { instead } from '../delivery/instead.mjs';
import { makeRandom } from '../random.mjs';
import { answer, settle } from './answers.mjs';
import { makeBank } from './bank.mjs';
import { callAgain, makeCaller } from './caller.mjs';
import { operate } from './operator.mjs';

/** @typedef {import('./caller.mjs').Command} Command */

/**
 * What a process is told.
 * @typedef {object} Assignment
 * @property {import('../store.mjs').StoreKind} store
 * @property {string} where
 * @property {number} code which of the codes it has
 * @property {number} seed
 * @property {number} callers
 * @property {number} pageEvents how many events are read at once, at most: the fewer, the more commits a rebuild has
 * @property {readonly Command[]} again commands of processes that are gone, of which nobody knows what has become
 * @property {'work' | 'settle' | 'answer'} task
 */

/** @type {Assignment} */
const {
  store: kind,
  where,
  code,
  seed,
  callers,
  pageEvents,
  again,
  task,
} = JSON.parse(process.argv[2] ?? '');
const random = makeRandom(seed);
const since = Date.now();
let isStopping = false;
listen((line) => {
  isStopping ||= line === 'stop';
});
const parts = makeBank(code);
const app = await createApp({ modules: [parts.bank], store: await storeOf(), logger: silentLogger });
await start();
tell('ready');
if (task === 'settle') await settle(app, parts);
else if (task === 'answer') await answer(app, parts);
else await work();
await app.stop();
process.exit(0);

async function work() {
  const tools = { app, ...parts, random, since, resets: { count: 0 }, isStopping: () => isStopping };
  const all = Array.from({ length: callers }, () => makeCaller(tools));
  await Promise.all([callAgain(tools, again), operate(tools), operate(tools), ...all]);
}

/** A store that can't be reached fails the start, and it may be started anew. */
async function start() {
  for (;;) {
    try {
      await app.start();
      return;
    } catch (error) {
      if (!/MORTAR_(STORE_UNAVAILABLE|COMMIT_UNKNOWN)/.test(textOf(error))) throw error;
      tell('failed MORTAR_STORE_UNAVAILABLE');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** @param {unknown} error with its causes */
function textOf(error) {
  let text = '';
  for (let one = error; one instanceof Error; one = one.cause)
    text += `${'code' in one ? one.code : ''} ${one.message} `;
  return text;
}

/** @returns {Promise<import('mortar/delivery').Store>} one whose pages of the log are small */
async function storeOf() {
  const base =
    kind === 'sqlite'
      ? (await import('@mortar/sqlite')).sqlite(where)
      : (await import('@mortar/postgres')).postgres({ url: where, maxConnections: 6 });
  return {
    kind: base.kind,
    plan: () => base.plan(),
    async open(surroundings) {
      const store = await base.open(surroundings);
      const { events } = store;
      const readAll = (/** @type {import('mortar/event-store').LogRange} */ range = {}) =>
        events.readAll({ ...range, limit: Math.min(range.limit ?? pageEvents, pageEvents) });
      return instead(store, { events: instead(events, { readAll }) });
    },
  };
}
