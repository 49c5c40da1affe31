import { randomBytes } from 'node:crypto';

/**
 * What every contestant of this suite stores: an event as a store keeps it, with its data as text.
 * @typedef {object} BenchEvent
 * @property {string} id UUIDv7
 * @property {string} type
 * @property {number} schemaVersion
 * @property {string | undefined} key
 * @property {'normal'} priority
 * @property {number} occurredAt
 * @property {string} correlationId
 * @property {undefined} causationId
 * @property {string} actor
 * @property {undefined} tenant
 * @property {undefined} traceparent
 * @property {Readonly<Record<string, string>>} metadata
 * @property {readonly string[]} tags
 * @property {string} payload
 */

const METADATA = Object.freeze({});
/** @type {readonly string[]} */
const TAGS = [];

/** The data of an event: an order of three lines, about 300 bytes as JSON. */
export function orderData(number = 0) {
  return {
    orderId: `order-${number}`,
    customer: 'Ada Lovelace',
    placedAt: '2026-11-21T10:15:30.000Z',
    currency: 'EUR',
    lines: [
      { sku: 'apple-braeburn-1kg', quantity: 3, cents: 349 },
      { sku: 'bread-rye-500g', quantity: 1, cents: 425 },
      { sku: 'coffee-beans-250g', quantity: 2, cents: 799 },
    ],
    total: { net: 2_850, tax: 220, gross: 3_070 },
  };
}

/**
 * @param {number} number
 * @returns {BenchEvent}
 */
export function makeEvent(number) {
  const id = uuid();
  return {
    id,
    type: 'shop.order-placed',
    schemaVersion: 1,
    key: undefined,
    priority: 'normal',
    occurredAt: Date.now(),
    correlationId: id,
    causationId: undefined,
    actor: 'ada',
    tenant: undefined,
    traceparent: undefined,
    metadata: METADATA,
    tags: TAGS,
    payload: JSON.stringify(orderData(number)),
  };
}

/** So many events go to a stream before the next stream begins. */
const EVENTS_A_STREAM = 100;
let runs = 0;

/**
 * The streams to which callers append: each has its own, so that nobody waits for another's row; a new one after some events.
 * @returns {(caller: number, number: number) => string} no name is given twice in a process
 */
export function freshStreams() {
  runs += 1;
  const run = `${process.pid.toString(36)}x${runs}`;
  return (caller, number) => `order-${run}x${caller}x${Math.floor(number / EVENTS_A_STREAM)}`;
}

let pool = Buffer.alloc(0);
let offset = 0;

/** A UUIDv7, drawn from a pool of random bytes, since `randomUUID` of version 4 would scatter over the index. */
export function uuid() {
  if (offset + 10 > pool.length) {
    pool = randomBytes(10_240);
    offset = 0;
  }
  const random = pool.toString('hex', offset, offset + 10);
  offset += 10;
  const time = Date.now().toString(16).padStart(12, '0');
  const variant = '89ab'[Number.parseInt(random.slice(3, 4), 16) & 3];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(4, 7)}-${random.slice(7, 19)}`;
}
