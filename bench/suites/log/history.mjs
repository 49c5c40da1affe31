import { performance } from 'node:perf_hooks';
import { rowOf } from '../../harness/result.mjs';
import { shuffled } from '../../harness/rounds.mjs';
import { openDelivery } from './delivery.mjs';
import { makePlace } from './place.mjs';

/** How often each of the two is measured, one beside the other. */
const PAIRS = 9;
/** About half a second of deliveries. */
const BACKLOG = 20_000;
/** So that the connections of an empty store, and what a server has planned for them, are no newer than the others. */
const WARM_UP = 1_000;

/**
 * Whether delivery slows down with what was handled before: a backlog is delivered by a subscription that has handled a long
 * history, and by one of a store that was empty. Each has one subscription, with its checkpoint and all that it has left
 * behind; PostgreSQL knows its tables by ANALYZE. What is judged is the median of the ratios of the pairs.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const history = /** @type {const} */ (['sqlite', 'postgres']).map((kind) => ({
  name: `${kind}, deliver a backlog after a history`,
  isOnce: true,
  isOfHistory: true,
  async measure({ options }) {
    const place = makePlace(options);
    const open = (/** @type {string} */ name) => openSide(kind, place, name);
    try {
      // The compiler warms up on these.
      const full = await open('full');
      for (let done = 0; done < options.historyEvents; done += BACKLOG) await full.deliver(BACKLOG);
      await full.analyze();
      /** @type {number[]} */
      const ofEmpty = [];
      /** @type {number[]} */
      const ofFull = [];
      for (let pair = 0; pair < PAIRS; pair += 1) {
        // An empty store has no history: each of its samples is on a new one.
        const fresh = await open(`empty${pair}`);
        await fresh.deliver(WARM_UP);
        await fresh.analyze();
        const pairSides = [
          { side: fresh, samples: ofEmpty },
          { side: full, samples: ofFull },
        ];
        for (const { side, samples } of shuffled(pairSides)) samples.push(await side.deliver(BACKLOG));
        await fresh.close();
      }
      await full.close();
      return [tableOf(`${this.name} of ${options.historyEvents}`, ofEmpty, ofFull)];
    } finally {
      await place.close();
    }
  },
}));

/**
 * @param {string} name
 * @param {readonly number[]} ofEmpty
 * @param {readonly number[]} ofFull nanoseconds an event, of the same pairs
 * @returns {import('../../harness/result.mjs').Table}
 */
function tableOf(name, ofEmpty, ofFull) {
  // As shares of what the empty store of the same pair took, so that the median is that of the ratios.
  const shares = ofFull.map((ns, pair) => ns / (ofEmpty[pair] ?? ns));
  const median = rowOf('', 'peer', ofEmpty).value;
  const rows = [
    rowOf(
      'with a history',
      'ours',
      shares.map((share) => share * median),
    ),
    rowOf('an empty store', 'peer', [median]),
  ];
  return {
    name,
    unit: 'ns an event',
    rows,
    goals: [{ ours: 'with a history', peer: 'an empty store', atLeast: 0.85 }],
  };
}

/**
 * A store with one subscription that is always there.
 * @param {'sqlite' | 'postgres'} kind
 * @param {import('./place.mjs').Place} place
 * @param {string} name
 */
async function openSide(kind, place, name) {
  const where = kind === 'sqlite' ? place.file(`${name}.db`) : await place.database(name);
  const delivery = await openDelivery(kind, where);
  return {
    /**
     * Publishes so many events and delivers them.
     * @param {number} events
     * @returns {Promise<number>} nanoseconds for the delivery of one
     */
    async deliver(events) {
      await delivery.fill(events);
      globalThis.gc?.({ type: 'minor' });
      const start = performance.now();
      await delivery.goOn(events);
      return ((performance.now() - start) * 1e6) / events;
    },
    analyze: () => (kind === 'postgres' ? place.query(where, 'VACUUM ANALYZE') : undefined),
    close: delivery.close,
  };
}
