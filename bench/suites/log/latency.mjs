import { performance } from 'node:perf_hooks';
import { rowOf } from '../../harness/result.mjs';
import { percentile } from '../../harness/statistics.mjs';
import { openDelivery } from './delivery.mjs';
import { timeSyncs } from './fsync.mjs';
import { makePlace } from './place.mjs';

const PUBLISHED = 300;
const WARM_UP = 50;
/** Long enough that the processor has gone to sleep, and is not found looking by chance. */
const APART_MS = 8;
const LIMITS_NS = { sqlite: 1e6, postgres: 2e6 };
const SHARES = [
  { name: 'p50', share: 0.5 },
  { name: 'p99', share: 0.99 },
];

/**
 * How long it takes an event of an idle system from the call of publish until its handler is called, with the commit in
 * between: what is known of the disk stands beside it.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const latency = /** @type {const} */ (['sqlite', 'postgres']).map((kind) => ({
  name: `${kind}, publish to handled, idle`,
  isOnce: true,
  async measure({ rounds, options }) {
    const place = makePlace(options);
    try {
      const where = kind === 'sqlite' ? place.file('ours.db') : await place.database('ours');
      const delivery = await openDelivery(kind, where);
      /** @type {(at: number) => void} */
      let handled = () => {};
      const running = await delivery.start('now', 'nothing', () => handled(performance.now()));
      const publish = async () => {
        const at = new Promise((/** @type {(at: number) => void} */ resolve) => {
          handled = resolve;
        });
        const begun = performance.now();
        await delivery.publish();
        return ((await at) - begun) * 1e6;
      };
      await publishAll(publish, WARM_UP);
      const times = [];
      for (let round = 0; round < rounds; round += 1) times.push(await publishAll(publish, PUBLISHED));
      await running.stop();
      await delivery.close();
      const syncs = rowOf('one fsync of this disk', 'peer', timeSyncs(place.file('sync'), PUBLISHED));
      return SHARES.map(({ name, share }) => {
        const ours = rowOf(
          'ours',
          'ours',
          times.map((sorted) => percentile(sorted, share)),
        );
        const limit = rowOf('the limit', 'limit', [LIMITS_NS[kind]]);
        const isLimited = share === 0.5;
        const goals = isLimited ? [{ ours: 'ours', peer: limit.name, atLeast: 1 }] : [];
        return {
          name: `${this.name}, ${name}`,
          unit: 'ns',
          rows: isLimited ? [ours, syncs, limit] : [ours, syncs],
          goals,
        };
      });
    } finally {
      await place.close();
    }
  },
}));

/**
 * @param {() => Promise<number>} publish
 * @param {number} count
 * @returns {Promise<number[]>} ascending
 */
async function publishAll(publish, count) {
  const times = [];
  for (let done = 0; done < count; done += 1) {
    await new Promise((resolve) => setTimeout(resolve, APART_MS));
    times.push(await publish());
  }
  return times.sort((a, b) => a - b);
}
