import { settle } from '../../harness/contestant.mjs';
import { settledHeap } from '../../harness/heap.mjs';
import { rowOf } from '../../harness/result.mjs';
import { makeHandlers } from './handlers.mjs';
import { makeContracts } from './ours.mjs';
import { payload } from './payload.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */

const EVENTS = 10_000_000;
// By then everything that is made once has been made.
const WARM_UP_EVENTS = 1_000_000;
const CHUNK = 5_000;
// A leak of one reference an event would be 80 MB. What comes and goes by itself stays under this.
const ALLOWANCE_BYTES = 262_144;
const PRIORITIES = ['critical', 'high', 'normal', 'low'];

/**
 * Whether the heap stays flat over ten million events: of synchronous handlers, of awaited asynchronous ones under a key
 * that never comes again, and enqueued by four priorities, a third each.
 * @type {readonly Case[]}
 */
export const memory = [
  {
    name: 'memory over 10 million events',
    isOnce: true,
    async measure({ builds: [build] }) {
      if (build === undefined) throw new Error('There is no build to measure.');
      const { before, after } = await heaps(build);
      const limit = rowOf('the limit', 'limit', [before + ALLOWANCE_BYTES]);
      const rows = [
        rowOf('ours', 'ours', [after]),
        rowOf('after the first million', 'peer', [before]),
        limit,
      ];
      const goals = [{ ours: 'ours', peer: limit.name, atLeast: 1 }];
      return [{ name: `bytes on the heap, ${this.name}`, unit: 'bytes', rows, goals }];
    },
  },
];

/**
 * @param {Build} build
 * @returns {Promise<{ before: number, after: number }>} bytes
 */
async function heaps(build) {
  const { createEventBus } = await build.area('bus');
  const bus = createEventBus();
  const ways = await Promise.all([delivered(build, bus), awaitedByKey(build, bus), enqueued(build, bus)]);
  await publishAll(ways, WARM_UP_EVENTS);
  const before = await settledHeap();
  await publishAll(ways, EVENTS);
  const after = await settledHeap();
  await bus.stop();
  return { before, after };
}

/**
 * @param {readonly Contestant[]} ways
 * @param {number} events
 */
async function publishAll(ways, events) {
  for (let done = 0; done < events; done += CHUNK) {
    const way = ways[(done / CHUNK) % ways.length];
    if (way !== undefined) await publishChunk(way, done);
  }
}

/**
 * @param {Contestant} way
 * @param {number} from
 */
async function publishChunk(way, from) {
  way.counter.calls = 0;
  for (let index = from; index < from + CHUNK; index += 1) {
    const published = way.publish(index);
    if (way.isAwaited) await published;
  }
  await settle(way, CHUNK);
}

/**
 * @param {Build} build
 * @param {any} bus
 */
async function delivered(build, bus) {
  const [contract] = await makeContracts(build, 1);
  const { envelopeOf } = await build.area('contracts');
  return way(bus, [contract], false, () => bus.deliver(envelopeOf(contract, payload)));
}

/**
 * @param {Build} build
 * @param {any} bus
 */
async function awaitedByKey(build, bus) {
  const { event, envelopeOf } = await build.area('contracts');
  const [{ data }] = await makeContracts(build, 1);
  let keys = 0;
  const key = () => {
    keys += 1;
    return `key-${keys}`;
  };
  const contract = event('bench.keyed', { data, key });
  return way(bus, [contract], true, () => bus.deliver(envelopeOf(contract, payload)));
}

/**
 * @param {Build} build
 * @param {any} bus
 */
async function enqueued(build, bus) {
  const { event, envelopeOf } = await build.area('contracts');
  const [{ data }] = await makeContracts(build, 1);
  const contracts = PRIORITIES.map((priority) => event(`bench.${priority}-queued`, { data, priority }));
  const { length } = contracts;
  return way(bus, contracts, false, (index) => bus.enqueue(envelopeOf(contracts[index % length], payload)));
}

/**
 * @param {any} bus
 * @param {readonly any[]} contracts
 * @param {boolean} isAsync
 * @param {(index: number) => unknown} publish
 * @returns {Contestant}
 */
function way(bus, contracts, isAsync, publish) {
  const counter = { calls: 0 };
  for (const contract of contracts) bus.subscribe(contract, makeHandlers(counter, 1, { isAsync })[0]);
  return {
    name: contracts[0].name,
    kind: 'ours',
    counter,
    callsPerEvent: 1,
    isAwaited: isAsync,
    publish,
  };
}
