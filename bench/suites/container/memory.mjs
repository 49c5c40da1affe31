import { settledHeap } from '../../harness/heap.mjs';
import { rowOf } from '../../harness/result.mjs';
import { graphFor } from './contender.mjs';
import { ours } from './ours.mjs';
import { plain } from './peers/plain.mjs';
import { scopingPeers } from './peers.mjs';
import { makeShared } from './services.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('./contender.mjs').Contender} Contender */
/** @typedef {import('./contender.mjs').Scopes} Scopes */

// What a container makes at its first scopes is made by then.
const WARM_UP_SCOPES = 2_000;
// With few scopes on the heap a kilobyte of anything else shows, so there are more samples.
const SAMPLES_A_ROUND = Object.freeze({ few: 5, many: 1 });

/** @type {readonly Case[]} */
export const memory = [
  bytesCase('bytes a scope, 200 in flight', 200, SAMPLES_A_ROUND.few),
  bytesCase('bytes a scope, 20,000 in flight', 20_000, SAMPLES_A_ROUND.many),
];

/**
 * What an open scope adds to the heap, with its seven services.
 * @param {string} name
 * @param {number} scopes
 * @param {number} samplesARound
 * @returns {Case}
 */
function bytesCase(name, scopes, samplesARound) {
  return {
    name,
    isOnce: true,
    async measure({ rounds, builds }) {
      const contenders = [...(await ownContenders(builds)), plain, ...scopingPeers];
      const rows = [];
      for (const contender of contenders) {
        const measureOnce = await prepare(contender);
        await measureOnce(WARM_UP_SCOPES);
        const samples = [];
        for (let sample = 0; sample < rounds * samplesARound; sample += 1)
          samples.push(await measureOnce(scopes));
        rows.push(rowOf(contender.name, contender.kind, samples));
      }
      return [{ name, unit: 'bytes', rows, goals: [] }];
    },
  };
}

/** @param {readonly Build[]} builds */
async function ownContenders(builds) {
  const contenders = [];
  for (const build of builds) contenders.push(await ours(build), await ours(build, 'development'));
  return contenders;
}

/**
 * @param {Contender} contender
 * @returns {Promise<(scopes: number) => Promise<number>>}
 */
async function prepare(contender) {
  const graph = graphFor(contender, (style) => makeShared(style));
  const container = await contender.build(graph, 'scoped');
  const { enter, leave, rootIn } = /** @type {Scopes} */ (contender.scopes);
  const open = enter(container, graph);
  return async (scopes) => {
    const held = Array(scopes).fill(undefined);
    const before = await settledHeap();
    graph.counter.calls = 0;
    for (let place = 0; place < scopes; place += 1) held[place] = await open();
    const after = await settledHeap();
    const roots = new Set();
    for (const scope of held) roots.add(await rootIn(scope, graph, container));
    check(contender, graph, roots.size, scopes);
    for (const scope of held) await leave?.(scope);
    return (after - before) / scopes;
  };
}

/**
 * A scope that has lost its services, or shares them with others, would need little. Asked again, each must give a root of
 * its own, and nothing may have been made for that.
 * @param {Contender} contender
 * @param {import('./services.mjs').Graph} graph
 * @param {number} roots
 * @param {number} scopes
 */
function check({ name }, { counter, services }, roots, scopes) {
  const expected = scopes * services.length;
  if (counter.calls === expected && roots === scopes) return;
  const got = `${counter.calls} services and ${roots} roots`;
  throw new Error(
    `The scopes of ${name}: expected ${expected} services and ${scopes} different roots; got ${got}.`,
  );
}
