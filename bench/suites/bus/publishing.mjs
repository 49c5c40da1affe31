import { timingCase } from '../../harness/case.mjs';
import { directLoop, emittery, eventEmitter, mittBus, rxjsSubject } from './emitters.mjs';
import { nestBus } from './nest.mjs';
import { formNames, ours } from './ours.mjs';
import { schema } from './payload.mjs';
import { scenario } from './scenario.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('./scenario.mjs').Scenario} Scenario */
/** @typedef {import('./ours.mjs').Form} Form */

const NEST = '@nestjs/cqrs';
const MADE = `ours, ${formNames.made}`;
const AWAITED = `ours, ${formNames.awaited}`;

/** @type {readonly Case[]} */
export const publishing = [
  syncCase('sync, 1 handler', { handlers: 1 }, [faster(NEST, 6)]),
  syncCase('sync, 3 handlers', { handlers: 3 }, [faster(NEST, 10)]),
  syncCase('sync, 100 handlers', { handlers: 100 }, [faster(NEST, 10), faster('EventEmitter', 1)]),
  syncCase('sync, 100 handlers of one code', { handlers: 100, areAlike: true }, [
    faster(NEST, 10),
    faster('EventEmitter', 1),
  ]),
  asyncCase('async and awaited, 1 handler', 1),
  asyncCase('async and awaited, 3 handlers', 3),
  asyncCase('async and awaited, 100 handlers', 100),
  timingCase(
    'sync, 10,000 types',
    (builds) => everyone(builds, scenario({ types: 10_000 }), ['made', 'ready']),
    [faster(NEST, 1_000)],
  ),
  timingCase('sync and validated, 1 handler', (builds) =>
    everyone(builds, scenario({ check: (data) => schema.parse(data) }), ['checked']),
  ),
];

/**
 * @param {string} name
 * @param {Partial<Scenario>} differences
 * @param {readonly import('../../harness/result.mjs').Goal[]} goals
 */
function syncCase(name, differences, goals) {
  const setup = scenario(differences);
  const forms = /** @type {const} */ (['made', 'awaited', 'ready', 'sync']);
  return timingCase(name, (builds) => everyone(builds, setup, forms), [
    ...goals,
    faster('emittery', 5, AWAITED),
  ]);
}

/**
 * @param {string} name
 * @param {number} handlers
 */
function asyncCase(name, handlers) {
  const setup = scenario({ handlers, isAsync: true });
  return timingCase(name, (builds) => everyone(builds, setup, ['made', 'ready']), [faster('emittery', 5)]);
}

/**
 * @param {readonly Build[]} builds
 * @param {Scenario} setup
 * @param {readonly Form[]} forms
 */
async function everyone(builds, setup, forms) {
  const own = [];
  for (const build of builds) own.push(...(await ours(build, setup, forms)));
  const peers = [directLoop, eventEmitter, mittBus, emittery, rxjsSubject].map((make) => make(setup));
  return [...own, ...peers, await nestBus(setup)];
}

/**
 * @param {string} peer
 * @param {number} atLeast
 * @param {string} [ours]
 */
function faster(peer, atLeast, ours = MADE) {
  return { ours, peer, atLeast };
}
