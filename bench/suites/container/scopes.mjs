import { measureRounds } from '../../harness/rounds.mjs';
import { graphFor, settleIn } from './contender.mjs';
import { formNames, ours } from './ours.mjs';
import { plain } from './peers/plain.mjs';
import { scopingPeers } from './peers.mjs';
import { distinct, makeShared } from './services.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */
/** @typedef {import('../../harness/result.mjs').Goal} Goal */
/** @typedef {import('./contender.mjs').Contender} Contender */
/** @typedef {import('./contender.mjs').Scopes} Scopes */

const TIMES_FASTER = 2;
const IN_FLIGHT = 200;
const OWN = [`ours${formNames.plain}`, `ours${formNames.factories}`];

const disposingPeers = scopingPeers.filter(({ scopes }) => scopes?.canDispose);
const forms = /** @type {const} */ (['plain', 'factories', 'prepared', 'development']);

/**
 * What a scope costs: it is opened, the root of seven scoped services resolved in it, and it is closed.
 * @type {readonly Case[]}
 */
export const scopes = [
  scopeCase('new scope with 7, closed', [plain, ...scopingPeers], everyVisit, goalsOf),
  scopeCase(
    'new scope with 7, one disposed of',
    disposingPeers,
    async (contender) => [await visit(contender, true, hasAsyncClose(contender))],
    goalsOf,
  ),
  scopeCase(
    `${IN_FLIGHT} scopes in flight`,
    [plain, ...scopingPeers],
    async (contender) => [await inFlight(contender)],
    () => [],
  ),
];

/**
 * @param {string} name
 * @param {readonly Contender[]} others
 * @param {(contender: Contender) => Promise<Contestant[]>} prepare
 * @param {(contestants: readonly Contestant[]) => Goal[]} goalsFor
 * @returns {Case}
 */
function scopeCase(name, others, prepare, goalsFor) {
  return {
    name,
    isOnce: false,
    async measure({ rounds, builds }) {
      const contestants = [];
      for (const contender of [...(await ownContenders(builds)), ...others])
        contestants.push(...(await prepare(contender)));
      const rows = await measureRounds(contestants, rounds);
      return [{ name, unit: 'ns an event', rows, goals: goalsFor(contestants) }];
    },
  };
}

/** @param {readonly Build[]} builds */
async function ownContenders(builds) {
  const contenders = [];
  for (const build of builds) for (const form of forms) contenders.push(await ours(build, form));
  return contenders;
}

/**
 * Twice as fast as each peer, also in the way its users should not use it: without closing. Plain `new` is no peer.
 * @param {readonly Contestant[]} contestants
 * @returns {Goal[]}
 */
function goalsOf(contestants) {
  const measured = contestants.filter(({ kind, name }) => kind === 'peer' && name !== plain.name);
  return measured
    .filter(({ name }) => !name.startsWith('other build'))
    .flatMap(({ name }) => OWN.map((own) => ({ ours: own, peer: name, atLeast: TIMES_FASTER })));
}

/**
 * Where closing is asynchronous, the scope is also let go of without it: nothing here needs to be disposed of.
 * @param {Contender} contender
 */
async function everyVisit(contender) {
  const contestants = [await visit(contender, false, false)];
  if (hasAsyncClose(contender)) contestants.push(await visit(contender, false, true));
  return contestants;
}

/**
 * Each scope must call all seven constructors, and dispose of what is to be disposed of, once.
 * @param {Contender} contender
 * @param {boolean} isDisposable
 * @param {boolean} isClosed asynchronously
 * @returns {Promise<Contestant>}
 */
async function visit(contender, isDisposable, isClosed) {
  const { container, graph, use } = await open(contender, isDisposable);
  const { isAsync = false } = contender;
  const isAwaited = isAsync || isClosed;
  const once = (isClosed ? use.visitAndAwait : undefined) ?? use.visit;
  const run = once(container, graph);
  const kept = { root: undefined };
  const code = 'return () => { kept.root = run(); };';
  return contestant(contender, container, {
    name: hasAsyncClose(contender)
      ? `${contender.name}, ${isClosed ? 'awaited' : 'let go of'}`
      : contender.name,
    counter: graph.counter,
    callsPerEvent: graph.services.length + (isDisposable ? 1 : 0),
    isAwaited,
    publish: isAwaited ? run : distinct('run, kept', code)(run, kept),
  });
}

/**
 * So many scopes are always open: each event closes the oldest and opens another.
 * @param {Contender} contender
 * @returns {Promise<Contestant>}
 */
async function inFlight(contender) {
  const { container, graph, use } = await open(contender, false);
  const enter = use.enter(container, graph);
  const leave = use.leave ?? (() => undefined);
  const isAwaited = contender.isAsync === true || hasAsyncClose(contender);
  const ring = Array(IN_FLIGHT);
  for (let place = 0; place < IN_FLIGHT; place += 1) ring[place] = await enter();
  const [async, wait] = isAwaited ? ['async', 'await'] : ['', ''];
  const code = `return ${async} (index) => {
    const place = index % ring.length;
    ${wait} leave(ring[place]);
    ring[place] = ${wait} enter();
  };`;
  const publish = distinct('ring, enter, leave', code)(ring, enter, leave);
  const { counter, services } = graph;
  return {
    ...contestant(contender, container, { counter, callsPerEvent: services.length, isAwaited, publish }),
    async close() {
      for (const scope of ring) await leave(scope);
      await contender.close?.(container);
    },
  };
}

/**
 * @param {Contender} contender
 * @param {boolean} isDisposable
 */
async function open(contender, isDisposable) {
  await settleIn(contender, 'scoped');
  const graph = graphFor(contender, (style) => makeShared(style, { isDisposable }));
  return {
    graph,
    container: await contender.build(graph, 'scoped'),
    use: /** @type {Scopes} */ (contender.scopes),
  };
}

/** @param {Contender} contender */
function hasAsyncClose({ scopes: use }) {
  return use?.visitAndAwait !== undefined;
}

/**
 * @param {Contender} contender
 * @param {any} container
 * @param {Pick<Contestant, 'counter' | 'callsPerEvent' | 'isAwaited' | 'publish'> & { name?: string }} timed
 * @returns {Contestant}
 */
function contestant({ name, kind, close }, container, timed) {
  return { name, kind, ...timed, close: () => close?.(container) };
}
