import { rowOf } from '../../harness/result.mjs';
import { measureRounds } from '../../harness/rounds.mjs';
import { graphFor, settleIn } from './contender.mjs';
import { formNames, ours } from './ours.mjs';
import { plain } from './peers/plain.mjs';
import { peers } from './peers.mjs';
import { distinct, makeMany, makeTree } from './services.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */
/** @typedef {import('../../harness/result.mjs').Row} Row */
/** @typedef {import('./contender.mjs').Contender} Contender */

const LIMIT_NS = 15;
const LIMIT_RATIO = 1.5;
const TIMES_FASTER = 2;
const SERVICES = 1_000;

const forms = /** @type {const} */ (['plain', 'factories']);
const OWN = forms.map((form) => `ours${formNames[form]}`);

/**
 * What one resolve costs.
 * @type {readonly Case[]}
 */
export const resolving = [
  resolveCase('singleton', singleton, (rows) => {
    const best = Math.min(...rows.filter(isPeer).map(({ value }) => value));
    const limit = rowOf('the limit', 'limit', [Math.max(LIMIT_NS, LIMIT_RATIO * best)]);
    return { rows: [...rows, limit], goals: [{ ours: 'ours', peer: limit.name, atLeast: 1 }] };
  }),
  resolveCase(`singleton, ${SERVICES.toLocaleString('en-US')} in turn`, inTurn, (rows) => ({
    rows,
    goals: [],
  })),
  resolveCase('transient graph of 7', transient, (rows) => ({
    rows,
    goals: OWN.flatMap((own) =>
      rows.filter(isPeer).map(({ name }) => ({ ours: own, peer: name, atLeast: TIMES_FASTER })),
    ),
  })),
];

/**
 * @param {string} name
 * @param {(contender: Contender) => Promise<Contestant>} prepare
 * @param {(rows: readonly Row[]) => Pick<import('../../harness/result.mjs').Table, 'rows' | 'goals'>} judge
 * @returns {Case}
 */
function resolveCase(name, prepare, judge) {
  return {
    name,
    isOnce: false,
    async measure({ rounds, builds }) {
      const contestants = [];
      for (const build of builds) {
        for (const form of forms) contestants.push(await prepare(await ours(build, form)));
      }
      for (const peer of [plain, ...peers]) contestants.push(await prepare(peer));
      return [{ name, unit: 'ns an event', ...judge(await measureRounds(contestants, rounds)) }];
    },
  };
}

/**
 * The root of seven singletons, again and again. An answer counts only if it is the one instance.
 * @param {Contender} contender
 * @returns {Promise<Contestant>}
 */
async function singleton(contender) {
  const { services, root, container } = await open(contender, makeTree, 'singleton');
  const expected = contender.resolveAll(container, services);
  const counter = { calls: 0 };
  const resolve = contender.resolver(container, root, 'singleton');
  const code = 'return () => { if (resolve() === expected) counter.calls += 1; };';
  const publish = distinct('resolve, expected, counter', code)(resolve, expected, counter);
  return contestant(contender, container, { counter, callsPerEvent: 1, isAwaited: false, publish });
}

/**
 * Many singletons in turn, so that no lookup can be remembered from the one before.
 * @param {Contender} contender
 * @returns {Promise<Contestant>}
 */
async function inTurn(contender) {
  const graph = (/** @type {import('./services.mjs').Style} */ style) => makeMany(style, SERVICES);
  const { services, container } = await open(contender, graph, 'singleton');
  const counter = { calls: 0 };
  const pairs = services.map((service) => {
    const resolve = contender.resolver(container, service, 'singleton');
    return { resolve, expected: resolve() };
  });
  const code = `return (index) => {
    const { resolve, expected } = pairs[index % pairs.length];
    if (resolve() === expected) counter.calls += 1;
  };`;
  const publish = distinct('pairs, counter', code)(pairs, counter);
  return contestant(contender, container, { counter, callsPerEvent: 1, isAwaited: false, publish });
}

/**
 * Seven constructors are called for each root; the root is kept, or a compiler might see that nobody needs it.
 * @param {Contender} contender
 * @returns {Promise<Contestant>}
 */
async function transient(contender) {
  const { services, root, counter, container } = await open(contender, makeTree, 'transient');
  const resolve = contender.resolver(container, root, 'transient');
  const { isAsync = false } = contender;
  const kept = { root: undefined };
  const publish = isAsync
    ? resolve
    : distinct('resolve, kept', 'return () => { kept.root = resolve(); };')(resolve, kept);
  return contestant(contender, container, {
    counter,
    callsPerEvent: services.length,
    isAwaited: isAsync,
    publish,
  });
}

/**
 * @param {Contender} contender
 * @param {(style: import('./services.mjs').Style) => import('./services.mjs').Graph} make
 * @param {import('./contender.mjs').Lifetime} lifetime
 */
async function open(contender, make, lifetime) {
  await settleIn(contender, lifetime);
  const graph = graphFor(contender, make);
  return { ...graph, container: await contender.build(graph, lifetime) };
}

/**
 * @param {Contender} contender
 * @param {any} container
 * @param {Pick<Contestant, 'counter' | 'callsPerEvent' | 'isAwaited' | 'publish'>} timed
 * @returns {Contestant}
 */
function contestant({ name, kind, close }, container, timed) {
  return { name, kind, ...timed, close: () => close?.(container) };
}

/** @param {Row} row */
function isPeer({ name }) {
  return peers.some((peer) => peer.name === name);
}
