import { newId } from 'mortar/contracts';

/** @typedef {import('../store.mjs').StoreKind} StoreKind */
/** @typedef {import('mortar/event-store').EncodedEvent} EncodedEvent */

/** What the processes of a campaign subscribe to; each gets every event of the type `WORK`. */
export const SUBSCRIPTIONS = /** @type {const} */ ([
  /** Goes on after a dead letter. What it publishes is work again. */
  'campaign/work',
  /** Handles several events at once, in one unit. Goes on after a dead letter. */
  'campaign/batch',
  /** A dead letter holds its key until an operator has replayed or discarded it. */
  'campaign/hold',
]);

/** @typedef {typeof SUBSCRIPTIONS[number]} Subscription */

export const [WORKING, BATCHING, HOLDING] = SUBSCRIPTIONS;

/** The type of the events that are handled. */
export const WORK = 'campaign.work';
/** What `HOLDING` publishes inside of its `write`, once for each effect. Nobody handles it. */
export const ECHO = 'campaign.echo';

/** Calls of a handler before an event is a dead letter. */
export const ATTEMPTS = 3;

/**
 * What is to become of an event: it is handled at once; after some failures; or never, unless an operator mends its cause.
 * @typedef {'handled' | 'retried' | 'dead'} Fate
 */

/**
 * @typedef {object} WorkData
 * @property {Fate} fate
 * @property {number} fails how often it fails first
 * @property {boolean} isInWrite whether it fails, and publishes, inside of the transaction
 * @property {boolean} holds whether a dead one is dead for `HOLDING`, too, where everything of its key has to wait for it
 * @property {number} follows how many events follow from it, one from the other
 * @property {string} text
 */

/**
 * @param {Subscription} subscription
 * @param {WorkData} data
 * @returns {Fate} what is to become of an event in this subscription
 */
export function fateIn(subscription, { fate, holds }) {
  return subscription === HOLDING && fate === 'dead' && !holds ? 'handled' : fate;
}

/** Tables of an application's own, written by its handlers, commands and operators in the transactions of the store. */
export const TABLES = {
  sqlite: [
    'CREATE TABLE IF NOT EXISTS campaign_effects (seq INTEGER PRIMARY KEY AUTOINCREMENT, subscription TEXT NOT NULL, event TEXT NOT NULL)',
    'CREATE TABLE IF NOT EXISTS campaign_commands (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL)',
    'CREATE TABLE IF NOT EXISTS campaign_mended (event TEXT PRIMARY KEY)',
  ],
  postgres: [
    // Two that create a table at once are not kept apart by IF NOT EXISTS.
    'SELECT pg_advisory_xact_lock(4)',
    'CREATE TABLE IF NOT EXISTS campaign_effects (seq bigserial PRIMARY KEY, subscription text NOT NULL, event text NOT NULL)',
    'CREATE TABLE IF NOT EXISTS campaign_commands (seq bigserial PRIMARY KEY, event text NOT NULL)',
    'CREATE TABLE IF NOT EXISTS campaign_mended (event text PRIMARY KEY)',
  ],
};

const KEYS = 6;
const PRIORITIES = /** @type {const} */ (['critical', 'high', 'normal', 'low']);

/**
 * An event of a fate that is drawn.
 * @param {import('../random.mjs').Random} random
 * @param {number} follows
 * @param {number} [holding] the share of dead ones that hold
 * @returns {EncodedEvent}
 */
export function makeWork(random, follows, holding = 0.1) {
  const dice = random.next();
  const fate = dice < 0.9 ? 'handled' : dice < 0.96 ? 'retried' : 'dead';
  /** @type {WorkData} */
  const data = {
    holds: fate === 'dead' && random.chance(holding),
    fate,
    fails: fate === 'retried' ? 1 + random.below(ATTEMPTS - 1) : 0,
    isInWrite: random.chance(0.5),
    follows,
    text: '🦊'.repeat(random.below(5)),
  };
  const key = `key-${random.below(KEYS)}`;
  return { ...eventOf(WORK, data), key, priority: random.pick(PRIORITIES) };
}

/**
 * An event that follows from another.
 * @param {EncodedEvent} event
 * @param {{ readonly id: string, readonly key: string | undefined }} cause
 * @param {Subscription} by who has handled the cause
 * @returns {EncodedEvent}
 */
export function following(event, { id, key }, by) {
  return { ...event, key, causationId: id, metadata: { by } };
}

/** @returns {EncodedEvent} */
export function makeEcho() {
  return eventOf(ECHO, {});
}

/**
 * @param {string} type
 * @param {object} data
 * @returns {EncodedEvent}
 */
function eventOf(type, data) {
  const id = newId();
  return {
    id,
    type,
    schemaVersion: 1,
    key: undefined,
    priority: 'normal',
    occurredAt: Date.now(),
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: JSON.stringify(data),
  };
}
