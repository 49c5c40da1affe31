// A process with some writers. Each has keys of its own and appends to them in turn, one after the other, with numbers that
// count up: the order of a key is known. What was acknowledged is written to the campaign, key by key.
import process from 'node:process';
import { newId } from 'mortar/contracts';
import { listen, tell } from '../../frame/child.mjs';
import { makeRandom } from '../../frame/random.mjs';
import { openStore } from '../../frame/store.mjs';

const MOST_EVENTS = 8;
const KEYS_A_WRITER = 5;
/** After these nothing has happened, or the same append will find out. */
const TEMPORARY = new Set(['MORTAR_STORE_UNAVAILABLE', 'MORTAR_COMMIT_UNKNOWN']);

/** @type {{ where: string, seed: number, writers: number, name: string }} */
const { where, seed, writers, name } = JSON.parse(process.argv[2] ?? '');
const random = makeRandom(seed);
let isStopping = false;
listen((line) => {
  isStopping ||= line === 'stop';
});
const store = await openStore('postgres', where);
tell('ready');
await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
await store.close();
process.exit(0);

/** @param {number} writer */
async function write(writer) {
  const keys = Array.from({ length: KEYS_A_WRITER }, (_, index) => ({
    key: `${name}-${writer}-${index}`,
    last: 0,
  }));
  while (!isStopping) {
    const own = random.pick(keys);
    const count = 1 + random.below(MOST_EVENTS);
    const numbers = Array.from({ length: count }, (_, index) => own.last + 1 + index);
    await append(own.key, numbers);
    own.last += count;
  }
}

/**
 * @param {string} key
 * @param {readonly number[]} numbers
 */
async function append(key, numbers) {
  const events = numbers.map((number) => makeEvent(key, number));
  const streamId = random.chance(0.7) ? { streamId: /** @type {any} */ (`race-${key}`) } : {};
  for (;;) {
    try {
      if (random.chance(0.3)) await commitUnit({ ...streamId, events });
      else await store.events.append([{ ...streamId, events }]);
      tell(`ack ${key} ${numbers[0]} ${numbers.length}`);
      return;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      tell(`failed ${code}`);
      // Tried again with the same ids until it is known: else nobody could say what should be found.
      if (!TEMPORARY.has(code) && !isRollback(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1 + random.below(5)));
    }
  }
}

/** @param {unknown} error */
function isRollback(error) {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.message.includes('rolled back by the campaign')) return true;
  }
  return false;
}

/** @param {import('mortar/event-store').Append} append a unit that writes, holds, and appends */
async function commitUnit(append) {
  const sleep = random.chance(0.1) ? random.next() * 0.05 : 0;
  const hold = (/** @type {any} */ tx) => tx.query('SELECT pg_sleep($1)', [sleep]);
  const unit = { id: newId(), writes: sleep > 0 ? [hold] : [], appends: [append] };
  const [outcome] = await store.units.commit([/** @type {any} */ (unit)]);
  if (outcome?.ok !== true) throw outcome?.error;
}

/**
 * @param {string} key
 * @param {number} number
 */
function makeEvent(key, number) {
  const id = newId();
  return {
    id,
    type: 'campaign.raced',
    schemaVersion: 1,
    key,
    priority: /** @type {const} */ ('normal'),
    occurredAt: Date.now(),
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: String(number),
  };
}
