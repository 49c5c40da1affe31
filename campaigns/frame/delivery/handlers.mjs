import {
  ATTEMPTS,
  BATCHING,
  fateIn,
  following,
  HOLDING,
  makeEcho,
  makeWork,
  WORK,
  WORKING,
} from './plan.mjs';
import { insertEffect, requireMended } from './rows.mjs';

/** @typedef {import('mortar/delivery').DurableSubscription} DurableSubscription */
/** @typedef {import('mortar/delivery').DeliveryAttempt} DeliveryAttempt */
/** @typedef {import('mortar/delivery').Work} Work */
/** @typedef {import('./plan.mjs').WorkData} WorkData */

/**
 * What handlers are given.
 * @typedef {object} Tools
 * @property {import('../store.mjs').StoreKind} kind
 * @property {import('../random.mjs').Random} random
 * @property {() => Promise<void>} within a point of failure inside of the transaction
 * @property {boolean} isHoldBatched whether `HOLDING` handles several events at once; the same for all processes of a log
 */

const BATCHED = { batch: { size: 5, withinMs: 2 }, concurrency: 1 };

/**
 * @param {Tools} tools
 * @returns {DurableSubscription[]}
 */
export function subscriptionsOf(tools) {
  const { isHoldBatched, random, within } = tools;
  const attempt =
    (/** @type {(event: Handled) => Work} */ handle) =>
    async (/** @type {readonly DeliveryAttempt[]} */ deliveries) => {
      if (random.chance(0.2)) await new Promise((resolve) => setTimeout(resolve, random.below(5)));
      return join(
        deliveries.map((delivery) => handle(handledOf(delivery))),
        within,
      );
    };
  return [
    { ...shared(WORKING), attempt: attempt((event) => doWork(event, tools)) },
    { ...shared(BATCHING), ...BATCHED, attempt: attempt((event) => doBatched(event, tools)) },
    {
      ...shared(HOLDING),
      onDead: 'hold',
      ...(isHoldBatched ? BATCHED : {}),
      attempt: attempt((event) => doOrHold(event, tools)),
    },
  ];
}

/**
 * @param {string} name
 * @returns {Omit<DurableSubscription, 'attempt'>}
 */
function shared(name) {
  return {
    name,
    types: [WORK],
    from: 'beginning',
    concurrency: 8,
    batch: undefined,
    onDead: 'continue',
    onUnreadable: 'deadLetter',
    read: (entry) => ({ ...entry, data: JSON.parse(entry.payload) }),
    decide: (_error, attempt) =>
      attempt < ATTEMPTS ? { kind: 'retry', afterMs: 1 } : { kind: 'deadLetter' },
  };
}

/** @typedef {{ readonly id: string, readonly key: string | undefined, readonly data: WorkData, readonly attempt: number }} Handled */

/**
 * @param {DeliveryAttempt} delivery
 * @returns {Handled}
 */
function handledOf({ event: { id, key, data }, attempt }) {
  return { id, key, data: /** @type {WorkData} */ (data), attempt };
}

/**
 * The next of its chain is published by the handler, or inside of its `write`.
 * @param {Handled} event
 * @param {Tools} tools
 */
function doWork(event, { kind, random }) {
  const { id, data } = event;
  const failing = failingOf(event);
  const make = () => following(makeWork(random, data.follows - 1), event, WORKING);
  const writes = [insertEffect(kind, WORKING, id), ...failing];
  if (data.follows === 0) return { writes, appends: [] };
  return data.isInWrite ? publishingInside(writes, make) : { writes, appends: [{ events: [make()] }] };
}

/**
 * @param {Handled} event
 * @param {Tools} tools
 */
function doBatched(event, { kind }) {
  return { writes: [...failingOf(event), insertEffect(kind, BATCHING, event.id)], appends: [] };
}

/**
 * An outbox: each effect has one echo, which is published inside of its transaction.
 * @param {Handled} event
 * @param {Tools} tools
 */
function doOrHold(event, { kind }) {
  const { id, data } = event;
  const fate = fateIn(HOLDING, data);
  const failing =
    fate === 'dead' ? [requireMended(kind, id)] : failingOf({ ...event, data: { ...data, fate } });
  return publishingInside([insertEffect(kind, HOLDING, id), ...failing], () =>
    following(makeEcho(), event, HOLDING),
  );
}

/**
 * What makes an event fail that is to fail: it throws at once, or answers with what will throw in the transaction.
 * @param {Handled} event
 * @returns {Work['writes']}
 */
function failingOf({ attempt, data: { fate, fails, isInWrite } }) {
  if (fate !== 'dead' && attempt > fails) return [];
  const fail = () => {
    throw new Error(`attempt ${attempt} fails`);
  };
  return isInWrite ? [fail] : fail();
}

/**
 * The last `write` publishes. Where it runs again, what it published before does not count.
 * @param {Work['writes']} writes
 * @param {() => import('mortar/event-store').EncodedEvent} make
 * @returns {Work}
 */
function publishingInside(writes, make) {
  /** @type {{ events: import('mortar/event-store').EncodedEvent[] }[]} */
  const appends = [];
  const publish = () => {
    appends.splice(0, 1, { events: [make()] });
  };
  return { writes: [...writes, publish], appends };
}

/**
 * What was done for several events is one unit.
 * @param {readonly Work[]} works
 * @param {() => Promise<void>} within
 * @returns {Work}
 */
function join(works, within) {
  /** @type {import('mortar/event-store').Append[]} */
  const appends = [];
  // Read once the `write` functions have run, and they may publish.
  const gather = () => {
    appends.splice(0, appends.length, ...works.flatMap((work) => work.appends));
  };
  gather();
  return { writes: [...works.flatMap(({ writes }) => writes), gather, within], appends };
}
