import { performance } from 'node:perf_hooks';
import { rowOf } from '../../harness/result.mjs';
import { percentile } from '../../harness/statistics.mjs';
import { backends } from './backends.mjs';
import { openDelivery } from './delivery.mjs';
import { openSyncs } from './fsync.mjs';
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
 * between. What a bare insert and a bare sync take on a machine that is as idle is measured in turn with it.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const latency = backends.map((backend) => ({
  name: `${backend.kind}, publish to handled, idle`,
  isOnce: true,
  async measure({ rounds, options }) {
    const place = makePlace(options);
    try {
      const { contestants, close } = await openAll(backend, place);
      await rest(contestants, WARM_UP);
      /** @type {number[][][]} */
      const times = [];
      for (let round = 0; round < rounds; round += 1) times.push(await rest(contestants, PUBLISHED));
      await close();
      return SHARES.map(({ name, share }) => {
        const isLimited = share === 0.5;
        const limit = rowOf('the limit', 'limit', [LIMITS_NS[backend.kind]]);
        const rows = contestants.map(({ row, kind }, which) =>
          rowOf(
            row,
            kind,
            times.map((sorted) => percentile(sorted[which] ?? [], share)),
          ),
        );
        return {
          name: `${this.name}, ${name}`,
          unit: 'ns',
          rows: isLimited ? [...rows, limit] : rows,
          goals: isLimited ? [{ ours: 'ours', peer: limit.name, atLeast: 1 }] : [],
        };
      });
    } finally {
      await place.close();
    }
  },
}));

/**
 * @param {import('./backends.mjs').Backend} backend
 * @param {import('./place.mjs').Place} place
 */
async function openAll(backend, place) {
  const where = backend.kind === 'sqlite' ? place.file('idle.db') : await place.database('idle');
  const delivery = await openDelivery(backend.kind, where);
  /** @type {(at: number) => void} */
  let handled = () => {};
  const running = await delivery.start('now', 'nothing', () => handled(performance.now()));
  const raw = await backend.raw(place);
  const syncs = openSyncs(place.file('sync'));
  let inserted = 0;
  /** @type {readonly { row: string, kind: 'ours' | 'peer', once: () => Promise<number> }[]} */
  const contestants = [
    {
      row: 'ours',
      kind: 'ours',
      async once() {
        const at = new Promise((/** @type {(at: number) => void} */ resolve) => {
          handled = resolve;
        });
        const begun = performance.now();
        await delivery.publish();
        return ((await at) - begun) * 1e6;
      },
    },
    {
      row: 'a raw insert, committed, nothing delivered',
      kind: 'peer',
      async once() {
        const begun = performance.now();
        await raw.append('idle-1', inserted++);
        return (performance.now() - begun) * 1e6;
      },
    },
    { row: 'one fsync of this disk', kind: 'peer', once: async () => syncs.sync() },
  ];
  return {
    contestants,
    async close() {
      syncs.close();
      await raw.close();
      await running.stop();
      await delivery.close();
    },
  };
}

/**
 * Each in its turn, and between two of them nothing.
 * @param {readonly { once: () => Promise<number> }[]} contestants
 * @param {number} count
 * @returns {Promise<number[][]>} of each, ascending
 */
async function rest(contestants, count) {
  /** @type {number[][]} */
  const times = contestants.map(() => []);
  for (let done = 0; done < count; done += 1)
    for (const [which, { once }] of contestants.entries()) {
      await new Promise((resolve) => setTimeout(resolve, APART_MS));
      times[which]?.push(await once());
    }
  return times.map((some) => some.sort((a, b) => a - b));
}
