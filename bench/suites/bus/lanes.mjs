import { timingCase } from '../../harness/case.mjs';
import { makeHandlers } from './handlers.mjs';
import { makeContracts } from './ours.mjs';
import { payload } from './payload.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */

/** @typedef {{ bus: any, envelopeOf: any, contracts: readonly any[], counter: Contestant['counter'] }} Parts */

// A queue takes 10,000 before it holds its producer back, and what is held back is not what is measured here.
const MAX_CHUNK = 5_000;
// What the bus hands on before the event loop gets its turn. The queue without lanes does the same.
const SLICE = 256;
const PRIORITIES = ['critical', 'high', 'normal', 'low'];

/** What the lanes cost: `enqueue`, against a queue without lanes in front of the same bus. */
export const lanes = [
  timingCase('enqueue, 1 handler', async (builds) => (await Promise.all(builds.map(contestantsOf))).flat(), [
    { ours: 'ours, four priorities in turn', peer: 'ours, behind a queue without lanes', atLeast: 1 / 1.3 },
    { ours: 'ours, all of one priority', peer: 'ours, behind a queue without lanes', atLeast: 1 / 1.3 },
  ]),
];

/**
 * @param {Build} build
 * @returns {Promise<Contestant[]>}
 */
async function contestantsOf(build) {
  return [
    contestant(build, 'four priorities in turn', await makeParts(build, PRIORITIES), enqueueing),
    contestant(build, 'all of one priority', await makeParts(build, ['normal']), enqueueing),
    asPeer(contestant(build, 'behind a queue without lanes', await makeParts(build, PRIORITIES), queueing)),
    asPeer(contestant(build, 'no queue at all', await makeParts(build, PRIORITIES), delivering)),
  ];
}

/**
 * @param {Build} build
 * @param {string} what
 * @param {Parts} parts
 * @param {(parts: Parts) => (index: number) => unknown} verb
 * @returns {Contestant}
 */
function contestant({ name, kind }, what, parts, verb) {
  const { bus, counter } = parts;
  return {
    name: `${name}, ${what}`,
    kind,
    counter,
    callsPerEvent: 1,
    isAwaited: false,
    maxChunk: MAX_CHUNK,
    publish: verb(parts),
    close: () => bus.stop(),
  };
}

/**
 * @param {Contestant} contestant
 * @returns {Contestant}
 */
function asPeer(contestant) {
  return { ...contestant, kind: 'peer' };
}

/**
 * One contract for each of the priorities.
 * @param {Build} build
 * @param {readonly string[]} priorities
 * @returns {Promise<Parts>}
 */
async function makeParts(build, priorities) {
  const { createEventBus } = await build.area('bus');
  const { envelopeOf, event } = await build.area('contracts');
  const [{ data }] = await makeContracts(build, 1);
  const contracts = priorities.map((priority) => event(`bench.${priority}-ticked`, { data, priority }));
  const counter = { calls: 0 };
  const bus = createEventBus();
  for (const contract of contracts) bus.subscribe(contract, makeHandlers(counter, 1)[0]);
  return { bus, envelopeOf, contracts, counter };
}

/** @param {Parts} parts */
function enqueueing({ bus, envelopeOf, contracts }) {
  const { length } = contracts;
  return (/** @type {number} */ index) => bus.enqueue(envelopeOf(contracts[index % length], payload));
}

/** @param {Parts} parts */
function delivering({ bus, envelopeOf, contracts }) {
  const { length } = contracts;
  return (/** @type {number} */ index) => bus.deliver(envelopeOf(contracts[index % length], payload));
}

/** @param {Parts} parts */
function queueing({ bus, envelopeOf, contracts }) {
  const { length } = contracts;
  const push = makeQueue((envelope) => bus.deliver(envelope));
  return (/** @type {number} */ index) => push(envelopeOf(contracts[index % length], payload));
}

/**
 * First in, first out, and nothing else: no bound, no keys, no priorities.
 * @param {(item: any) => unknown} handle
 * @returns {(item: any) => void}
 */
function makeQueue(handle) {
  /** @type {any[]} */
  let items = [];
  let head = 0;
  let isScheduled = false;
  return (item) => {
    items.push(item);
    if (isScheduled) return;
    isScheduled = true;
    queueMicrotask(run);
  };

  function run() {
    for (let left = SLICE; left > 0 && head < items.length; left -= 1) {
      const item = items[head];
      items[head] = undefined;
      head += 1;
      handle(item);
    }
    isScheduled = head < items.length;
    if (isScheduled) setImmediate(run);
    else {
      items = [];
      head = 0;
    }
  }
}
