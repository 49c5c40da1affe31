import { timingCase } from '../../harness/case.mjs';
import { makeHandlers } from './handlers.mjs';
import { makeContracts } from './ours.mjs';
import { payload } from './payload.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */

const KEYS = 1_000;
const orders = Array.from({ length: KEYS }, (_, index) => ({ ...payload, orderId: `order-${index}` }));

/** What the order of each key costs: the same events without keys are the peer, since no other bus here has keys. */
export const keyed = [keyedCase('with a key, sync', false), keyedCase('with a key, async and awaited', true)];

/**
 * @param {string} name
 * @param {boolean} isAsync
 */
function keyedCase(name, isAsync) {
  return timingCase(name, async (builds) => {
    const pairs = builds.map(async (build) => [
      await makeContestant(build, isAsync, { key: (/** @type {typeof payload} */ { orderId }) => orderId }),
      { ...(await makeContestant(build, isAsync, {})), kind: /** @type {const} */ ('peer') },
    ]);
    return (await Promise.all(pairs)).flat();
  });
}

/**
 * @param {Build} build
 * @param {boolean} isAsync
 * @param {object} contractOptions
 * @returns {Promise<Contestant>}
 */
async function makeContestant(build, isAsync, contractOptions) {
  const { createEventBus } = await build.area('bus');
  const { envelopeOf } = await build.area('contracts');
  const [contract] = await makeContracts(build, 1, contractOptions);
  const counter = { calls: 0 };
  const bus = createEventBus();
  for (const handler of makeHandlers(counter, 1, { isAsync })) bus.subscribe(contract, handler);
  return {
    name: `${build.name}, ${contract.key === undefined ? 'no key' : `${KEYS} keys in turn`}`,
    kind: build.kind,
    counter,
    callsPerEvent: 1,
    isAwaited: isAsync,
    publish: (index) => bus.deliver(envelopeOf(contract, orders[index % KEYS])),
    close: () => bus.stop(),
  };
}
