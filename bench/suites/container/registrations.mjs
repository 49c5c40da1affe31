import { measureRounds } from '../../harness/rounds.mjs';
import { graphFor } from './contender.mjs';
import { formNames, ours } from './ours.mjs';
import { nest } from './peers/nest.mjs';
import { plain } from './peers/plain.mjs';
import { peers } from './peers.mjs';
import { makeMany } from './services.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */
/** @typedef {import('./contender.mjs').Contender} Contender */
/** @typedef {import('./services.mjs').Service} Service */

const SERVICES = 1_000;
const VERIFIED = `ours${formNames.verified}`;

/**
 * What a container of many singletons costs, each time a new one over the same classes.
 * @type {readonly Case[]}
 */
export const registrations = [
  buildCase('1,000 bindings built', ({ services: [first] }) => (first === undefined ? [] : [first])),
  buildCase('1,000 bindings built, each resolved', ({ services }) => services),
];

/**
 * @param {string} name
 * @param {(graph: import('./services.mjs').Graph) => readonly Service[]} wantedOf what is resolved once the container is built
 * @returns {Case}
 */
function buildCase(name, wantedOf) {
  return {
    name,
    isOnce: false,
    async measure({ rounds, builds }) {
      const contenders = [...(await ownContenders(builds)), plain, ...peers];
      const contestants = contenders.map((contender) => prepare(contender, wantedOf));
      const rows = await measureRounds(contestants, rounds);
      const goals = peers.map((peer) => ({ ours: VERIFIED, peer: peer.name, atLeast: 1 }));
      return [{ name, unit: 'ns an event', rows, goals }];
    },
  };
}

/** @param {readonly Build[]} builds */
async function ownContenders(builds) {
  const contenders = [];
  for (const build of builds) {
    const verified = await ours(build, 'verified');
    checkVerifies(verified);
    contenders.push(verified, await ours(build));
  }
  return contenders;
}

/**
 * Verification that sees nothing would take no time.
 * @param {Contender} contender
 */
function checkVerifies(contender) {
  const graph = graphFor(contender, (style) => makeMany(style, SERVICES));
  const [missing, ...services] = graph.services;
  try {
    contender.build({ ...graph, services }, 'singleton');
  } catch (error) {
    if (String(error).includes(missing?.Class.name)) return;
    throw error;
  }
  throw new Error(`${contender.name}: expected a missing service to be found; got nothing.`);
}

/**
 * What is resolved counts itself when it is made, and must be made in each container anew. Some make everything whatever is
 * resolved, and count it.
 * @param {Contender} contender
 * @param {(graph: import('./services.mjs').Graph) => readonly Service[]} wantedOf
 * @returns {Contestant}
 */
function prepare(contender, wantedOf) {
  const graph = graphFor(contender, (style) => makeMany(style, SERVICES));
  const wanted = wantedOf(graph);
  const { counter } = graph;
  const { isAsync = false, name, kind } = contender;
  const isEager = contender === nest || contender === plain;
  /** @type {{ last: unknown }} */
  const kept = { last: undefined };
  const publish = () => {
    kept.last = contender.resolveAll(contender.build(graph, 'singleton'), wanted);
  };
  const publishAsync = async () => {
    const container = await contender.build(graph, 'singleton');
    kept.last = contender.resolveAll(container, wanted);
    await contender.close?.(container);
  };
  return {
    name,
    kind,
    counter,
    callsPerEvent: isEager ? SERVICES : wanted.length,
    isAwaited: isAsync,
    publish: isAsync ? publishAsync : publish,
  };
}
