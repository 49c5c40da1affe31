// A child that publishes, schedules, commands, handles and looks after dead letters: events of some keys, of which a few
// fail and a few die, with effects in tables of its own. It never ends by itself; as a drain it publishes nothing, and ends
// when all is delivered and no letter holds a key.
import process from 'node:process';
import { newId } from 'mortar/contracts';
import { Deliveries } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { listen, tell } from '../child.mjs';
import { hashOf } from '../event.mjs';
import { makeRandom } from '../random.mjs';
import { openStore } from '../store.mjs';
import { tellingAttempts } from './attempts.mjs';
import { withFailpoints } from './failpoints.mjs';
import { subscriptionsOf } from './handlers.mjs';
import { isLookedAfter, lookAfterLetters } from './operator.mjs';
import { makeWork, SUBSCRIPTIONS, TABLES } from './plan.mjs';
import { insertCommand } from './rows.mjs';

const OPERATE_EVERY_MS = 30;
/** Not faster than events are handled where processes are killed all the time, and each runs alone. */
const PUBLISH_WITHIN_MS = 40;
const PUBLISH_SLOWLY_MS = 250;
const TEMPORARY = new Set(['MORTAR_STORE_UNAVAILABLE', 'MORTAR_COMMIT_UNKNOWN', 'MORTAR_STORE_FULL']);

/** @typedef {{ store: import('../store.mjs').StoreKind, where: string, seed: number, callers: number, leaseTtlMs: number, isHoldBatched: boolean, isDrain: boolean, holding?: number, fastEvents?: number, failure?: import('./failpoints.mjs').Failure }} Assignment */

/** @type {Assignment} */
const assignment = JSON.parse(process.argv[2] ?? '');
const { store: kind, where, seed, callers, leaseTtlMs, isHoldBatched, isDrain, failure } = assignment;
const { holding, fastEvents = Number.POSITIVE_INFINITY } = assignment;
const random = makeRandom(seed);
let isStopping = false;
let published = 0;
listen((line) => {
  isStopping ||= line === 'stop';
});
const { store, reach } = withFailpoints(tellingAttempts(await openStore(kind, where)), failure);
await until(() => commit({ writes: [createTables] }));
const within = () => reach('checkpoint, within');
const deliveries = new Deliveries({
  store,
  subscriptions: subscriptionsOf({ kind, random, within, isHoldBatched }),
  logger: silentLogger,
  leaseTtlMs,
});
await startOrEnd();
tell('ready');
if (isDrain) await drain();
else await Promise.all([operate(), ...Array.from({ length: callers }, () => publish())]);
await deliveries.stop();
await store.close();
process.exit(0);

/** A store that fails at the start fails the start, as it does that of an app; others go on. */
async function startOrEnd() {
  try {
    await deliveries.start();
  } catch (error) {
    const code = codeOf(error);
    if (failure === undefined || !TEMPORARY.has(code)) throw error;
    tell(`failed ${code}`);
    await deliveries.stop({ timeoutMs: 0 });
    await store.close();
    process.exit(0);
  }
}

/** Until nothing is left, also of what waits for its time: a retry, or a scheduled event. */
async function drain() {
  const operating = operate();
  while (!(await isDrained())) await pause(5);
  isStopping = true;
  await operating;
}

async function isDrained() {
  await deliveries.idle();
  const { events, nextAt } = await store.deliveries.due(1);
  if (events.length > 0 || nextAt !== undefined || !(await isLookedAfter(store))) return false;
  const checkpoints = await Promise.all(SUBSCRIPTIONS.map((name) => store.deliveries.checkpoints(name)));
  return checkpoints.flat().every(({ heldKeys }) => heldKeys === 0);
}

async function operate() {
  const tools = { kind, commit, inVain: isDrain ? 0 : 0.2 };
  while (!isStopping) {
    await until(() => lookAfterLetters(store, random, tools));
    await pause(isDrain ? 5 : OPERATE_EVERY_MS);
  }
}

async function publish() {
  while (!isStopping) {
    const count = 1 + random.below(4);
    const events = Array.from({ length: count }, () => makeWork(random, random.chance(0.3) ? 2 : 0, holding));
    const way = random.next();
    if (way < 0.1) await until(() => schedule(events));
    else if (way < 0.4) await until(() => command(events));
    else await until(() => store.events.append([{ events }]));
    tell(events.map(({ id, payload }) => `published ${id} ${hashOf(payload)}`).join('\n'));
    published += count;
    // One that is not killed soon goes on slowly: all that waits must be delivered in the end.
    await pause(published < fastEvents ? random.below(PUBLISH_WITHIN_MS) : PUBLISH_SLOWLY_MS);
  }
}

/** @param {readonly import('mortar/event-store').EncodedEvent[]} events */
async function schedule(events) {
  const dueAt = Date.now() + random.below(50);
  await commit({ schedule: events.map((event) => ({ name: event.id, dueAt, event })) });
}

/** @param {readonly import('mortar/event-store').EncodedEvent[]} events */
async function command(events) {
  const marked = events.map((event) => ({ ...event, metadata: { unit: 'yes' } }));
  const writes = events.map(({ id }) => insertCommand(kind, id));
  writes.push(() => reach('commit, within'));
  await commit({ writes, appends: [{ events: marked }] });
  tell(events.map(({ id }) => `commanded ${id}`).join('\n'));
}

/**
 * The same again, with the same ids, until it is known to have happened.
 * @param {() => Promise<unknown>} work
 */
async function until(work) {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      const code = codeOf(error);
      tell(`failed ${code}`);
      if (!TEMPORARY.has(code)) throw error;
      await pause(5);
    }
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

/** @param {Partial<import('mortar/unit-of-work').Unit>} unit */
async function commit(unit) {
  const [outcome] = await store.units.commit([{ id: newId(), writes: [], appends: [], ...unit }]);
  if (outcome?.ok !== true) throw outcome?.error;
}

/** @param {any} tx */
async function createTables(tx) {
  for (const sql of TABLES[kind]) await tx.execute(sql);
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
