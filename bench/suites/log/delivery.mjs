import { makeEvent, uuid } from './events.mjs';
import { openStore } from './ours.mjs';

/** @typedef {import('./ours.mjs').StoreKind} StoreKind */

/**
 * What becomes of a delivery: nothing, or one row in a table of the user's own, committed with the progress.
 * @typedef {'nothing' | 'a write'} Effect
 */

const TOGETHER = 500;
const CONCURRENCY = 16;
const EFFECTS = {
  sqlite: {
    table: 'CREATE TABLE effects (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT',
    insert: 'INSERT INTO effects (body) VALUES (?)',
  },
  postgres: {
    table: 'CREATE TABLE effects (id bigserial PRIMARY KEY, body jsonb NOT NULL)',
    insert: 'INSERT INTO effects (body) VALUES ($1)',
  },
};

/**
 * Mortar's delivery with its default settings, over a store of its own.
 * @param {StoreKind} kind
 * @param {string} where
 */
export async function openDelivery(kind, where) {
  const store = await openStore(kind, where);
  const { Deliveries } = await import('mortar/delivery');
  const { silentLogger } = await import('mortar/logging');
  const { table, insert } = EFFECTS[kind];
  await commit(store, (/** @type {any} */ tx) => tx.execute(table));
  let subscriptions = 0;
  let filled = 0;
  /**
   * @param {any} from
   * @param {Effect} effect
   * @param {(event: any) => void} onHandled
   * @param {string} [name] of a subscription that may be there; a new one unless said
   */
  const start = async (from, effect, onHandled, name = `bench/s${subscriptions}`) => {
    subscriptions += 1;
    const subscription = {
      ...SUBSCRIPTION,
      name,
      from,
      read: (/** @type {any} */ entry) => ({ ...entry, data: JSON.parse(entry.payload) }),
      attempt: async (/** @type {readonly any[]} */ deliveries) => {
        for (const { event } of deliveries) onHandled(event);
        if (effect === 'nothing') return undefined;
        const body = JSON.stringify(deliveries[0]?.event.data);
        return { writes: [(/** @type {any} */ tx) => tx.execute(insert, [body])], appends: [] };
      },
    };
    const deliveries = new Deliveries(
      /** @type {any} */ ({ store, subscriptions: [subscription], logger: silentLogger }),
    );
    await deliveries.start();
    return deliveries;
  };
  /**
   * @param {any} from
   * @param {Effect} effect
   * @param {number} events
   * @param {string} [name]
   */
  const deliverAll = async (from, effect, events, name) => {
    let left = events;
    /** @type {(value?: undefined) => void} */
    let finish = () => {};
    const all = new Promise((resolve) => {
      finish = resolve;
    });
    const onHandled = () => {
      left -= 1;
      if (left === 0) finish();
    };
    const deliveries = await start(from, effect, onHandled, name);
    await all;
    // Only then is the progress of the last of them committed.
    await deliveries.stop();
    if (left !== 0) throw new Error(`${-left} events were delivered twice`);
  };
  return {
    store,
    start,
    publish: () => store.events.append([{ events: [makeEvent(filled)] }]),
    /** @param {number} events more of them, of no stream, so that each is a key of its own */
    async fill(events) {
      for (let done = 0; done < events; done += TOGETHER) {
        filled += TOGETHER;
        await store.events.append([
          { events: Array.from({ length: TOGETHER }, (_, index) => makeEvent(index)) },
        ]);
      }
    },
    filled: () => filled,
    /**
     * Delivers the whole log to a new subscription.
     * @param {Effect} effect
     */
    drain: (effect) => deliverAll('beginning', effect, filled),
    /**
     * Delivers the last so many events to the subscription that has had all before them.
     * @param {number} events
     */
    goOn: (events) => deliverAll('beginning', 'nothing', events, 'bench/always'),
    close: () => store.close(),
  };
}

/**
 * @param {any} store
 * @param {(tx: any) => Promise<unknown>} write
 */
async function commit(store, write) {
  const [outcome] = await store.units.commit([{ id: uuid(), writes: [write], appends: [] }]);
  if (outcome?.ok !== true) throw outcome?.error;
}

const SUBSCRIPTION = {
  types: undefined,
  concurrency: CONCURRENCY,
  batch: undefined,
  onDead: /** @type {const} */ ('hold'),
  onUnreadable: /** @type {const} */ ('deadLetter'),
  decide: () => ({ kind: 'stop' }),
};
