import { settle, turn } from '../../harness/contestant.mjs';
import { rowOf } from '../../harness/result.mjs';
import { shuffled } from '../../harness/rounds.mjs';
import { percentile } from '../../harness/statistics.mjs';
import { directLoop, emittery, eventEmitter, mittBus, rxjsSubject } from './emitters.mjs';
import { nestBus } from './nest.mjs';
import { formNames, ours } from './ours.mjs';
import { peer, scenario } from './scenario.mjs';

/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */
/** @typedef {import('../../harness/result.mjs').Table} Table */

const CALLS = 100_000;
// What a contestant leaves for later is done between two chunks, not inside a call that is timed.
const CHUNK = 100;
const WARM_UP_ROUNDS = 3;
const LIMIT_NS = 2_000;
const shares = [
  { name: 'p50', share: 0.5 },
  { name: 'p99', share: 0.99 },
  { name: 'p99.9', share: 0.999 },
];

/**
 * How long a publisher waits for one call, call by call, including the clock (see "two readings of the clock").
 * @type {readonly Case[]}
 */
export const latency = [
  {
    name: 'latency of a call, sync, 1 handler',
    isOnce: false,
    async measure({ rounds, builds }) {
      const contestants = await prepare(builds);
      const times = new Float64Array(CALLS);
      for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
        for (const contestant of contestants) await timeCalls(contestant, times);
      }
      /** @type {Map<Contestant, number[][]>} */
      const samples = new Map(contestants.map((contestant) => [contestant, []]));
      for (let round = 0; round < rounds; round += 1) {
        for (const contestant of shuffled(contestants)) {
          globalThis.gc?.({ type: 'minor' });
          await timeCalls(contestant, times);
          times.sort();
          samples.get(contestant)?.push(shares.map(({ share }) => percentile(times, share) * 1e6));
        }
      }
      for (const { close } of contestants) await close?.();
      return shares.map(({ name }, place) => makeTable(`${this.name}, ${name}`, samples, place));
    },
  },
];

/**
 * @param {readonly Build[]} builds
 * @returns {Promise<Contestant[]>}
 */
async function prepare(builds) {
  const setup = scenario();
  const own = [];
  for (const build of builds) own.push(...(await ours(build, setup, ['made', 'checked'])));
  // Emittery's call returns before a handler has begun, so what is timed is until its promise has resolved.
  const peers = [directLoop, eventEmitter, mittBus, rxjsSubject, emittery].map((make) => make(setup));
  return [...own, clock(), ...peers, await nestBus(setup)];
}

/** Only two readings of the clock: what every other row has on top. */
function clock() {
  const counter = { calls: 0 };
  const count = () => {
    counter.calls += 1;
  };
  return peer('two readings of the clock', scenario(), counter, count);
}

/**
 * @param {Contestant} contestant
 * @param {Float64Array} times milliseconds; filled
 */
async function timeCalls(contestant, times) {
  const { counter, callsPerEvent, isAwaited } = contestant;
  counter.calls = 0;
  for (let from = 0; from < times.length; from += CHUNK) {
    if (isAwaited) await timeAwaited(contestant, times, from);
    else timeSync(contestant, times, from);
    await turn();
  }
  await settle(contestant, times.length * callsPerEvent);
}

/**
 * @param {Contestant} contestant
 * @param {Float64Array} times
 * @param {number} from
 */
function timeSync({ publish }, times, from) {
  for (let index = from; index < from + CHUNK; index += 1) {
    const start = performance.now();
    publish(index);
    times[index] = performance.now() - start;
  }
}

/**
 * @param {Contestant} contestant
 * @param {Float64Array} times
 * @param {number} from
 */
async function timeAwaited({ publish }, times, from) {
  for (let index = from; index < from + CHUNK; index += 1) {
    const start = performance.now();
    await publish(index);
    times[index] = performance.now() - start;
  }
}

/**
 * @param {string} name
 * @param {Map<Contestant, number[][]>} samples
 * @param {number} place
 * @returns {Table}
 */
function makeTable(name, samples, place) {
  const rows = [...samples].map(([contestant, rounds]) =>
    rowOf(
      contestant.name,
      contestant.kind,
      rounds.map((values) => values[place] ?? Number.NaN),
    ),
  );
  if (!name.endsWith('p99')) return { name, unit: 'ns', rows, goals: [] };
  const limit = rowOf('the limit', 'limit', [LIMIT_NS]);
  const goal = { ours: `ours, ${formNames.made}`, peer: limit.name, atLeast: 1 };
  return { name, unit: 'ns', rows: [...rows, limit], goals: [goal] };
}
