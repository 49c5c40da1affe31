// A child that publishes, schedules, commands and handles: events of some keys, of which a few fail and a few die, with
// effects in tables of its own. It never ends by itself; as a drain it publishes nothing, and ends when all is delivered.
import process from 'node:process';
import { newId } from 'mortar/contracts';
import { Deliveries } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import { listen, tell } from './child.mjs';
import { insertRow, SUBSCRIPTION, TABLES, WORK } from './effects.mjs';
import { hashOf } from './event.mjs';
import { withFailpoints } from './failpoints.mjs';
import { makeRandom } from './random.mjs';
import { openStore } from './store.mjs';

const ATTEMPTS = 3;
const KEYS = 6;
const TEMPORARY = new Set(['MORTAR_STORE_UNAVAILABLE', 'MORTAR_COMMIT_UNKNOWN', 'MORTAR_STORE_FULL']);

/** @type {{ store: import('./store.mjs').StoreKind, where: string, seed: number, callers: number, leaseTtlMs: number, isDrain: boolean, failure?: import('./failpoints.mjs').Failure }} */
const { store: kind, where, seed, callers, leaseTtlMs, isDrain, failure } = JSON.parse(process.argv[2] ?? '');
const random = makeRandom(seed);
let isStopping = false;
listen((line) => {
  isStopping ||= line === 'stop';
});
const { store, reach } = withFailpoints(await openStore(kind, where), failure);
await until(() => commit({ writes: [createTables] }));
const deliveries = new Deliveries({
  store,
  subscriptions: [subscription()],
  logger: silentLogger,
  leaseTtlMs,
});
await startOrEnd();
tell('ready');
if (isDrain) await drain();
else await Promise.all(Array.from({ length: callers }, () => publish()));
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
  for (;;) {
    await deliveries.idle();
    const { events, nextAt } = await store.deliveries.due(1);
    const checkpoints = await store.deliveries.checkpoints(SUBSCRIPTION);
    const isQuiet = events.length === 0 && nextAt === undefined;
    if (isQuiet && checkpoints.every(({ heldKeys }) => heldKeys === 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function publish() {
  while (!isStopping) {
    const events = Array.from({ length: 1 + random.below(4) }, () => makeWork(random.chance(0.3) ? 2 : 0));
    const way = random.next();
    if (way < 0.1) await until(() => schedule(events));
    else if (way < 0.4) await until(() => command(events));
    else await until(() => store.events.append([{ events }]));
    tell(events.map(({ id, payload }) => `published ${id} ${hashOf(payload)}`).join('\n'));
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
  const writes = events.map(({ id }) => insertRow(kind, 'campaign_commands', id));
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
      await new Promise((resolve) => setTimeout(resolve, 5));
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

/** @returns {import('mortar/delivery').DurableSubscription} */
function subscription() {
  return {
    name: SUBSCRIPTION,
    types: [WORK],
    from: 'beginning',
    concurrency: 8,
    batch: undefined,
    onDead: 'continue',
    onUnreadable: 'deadLetter',
    read: (entry) => ({ ...entry, data: JSON.parse(entry.payload) }),
    decide: (_error, attempt) =>
      attempt < ATTEMPTS ? { kind: 'retry', afterMs: 1 } : { kind: 'deadLetter' },
    attempt: async ([delivery]) => (delivery === undefined ? undefined : handle(delivery)),
  };
}

/** @param {import('mortar/delivery').DeliveryAttempt} delivery */
async function handle({ event, attempt }) {
  const { fate, follows } = /** @type {import('./effects.mjs').WorkData} */ (event.data);
  if (random.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, random.below(5)));
  if (fate === 'dead' || (fate === 'retried' && attempt < ATTEMPTS))
    throw new Error(`attempt ${attempt} fails`);
  const next = follows > 0 ? [{ ...makeWork(follows - 1), key: event.key, causationId: event.id }] : [];
  return {
    writes: [insertRow(kind, 'campaign_effects', event.id), () => reach('checkpoint, within')],
    appends: next.length > 0 ? [{ events: next }] : [],
  };
}

/**
 * @param {number} follows how many events follow from it, one from the other
 * @returns {import('mortar/event-store').EncodedEvent}
 */
function makeWork(follows) {
  const id = newId();
  const dice = random.next();
  const fate = dice < 0.9 ? 'handled' : dice < 0.96 ? 'retried' : 'dead';
  return {
    id,
    type: WORK,
    schemaVersion: 1,
    key: `key-${random.below(KEYS)}`,
    priority: random.pick(/** @type {const} */ (['critical', 'high', 'normal', 'low'])),
    occurredAt: Date.now(),
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: JSON.stringify({ fate, follows, text: '🦊'.repeat(random.below(5)) }),
  };
}

/** @param {any} tx */
async function createTables(tx) {
  for (const sql of TABLES[kind]) await tx.execute(sql);
}
