/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */

/**
 * What every bus of a case is set up for.
 * @typedef {object} Scenario
 * @property {number} types event types; events go through them in turn
 * @property {number} handlers of each type
 * @property {boolean} isAsync whether the handlers are asynchronous functions
 * @property {boolean} areAlike whether all handlers are closures of one function
 * @property {boolean} isAwaited whether the publisher waits until the handlers have ended
 * @property {(data: any) => unknown} [check] what the publisher does with the data before it publishes
 */

/**
 * @param {Partial<Scenario>} [differences]
 * @returns {Scenario}
 */
export function scenario(differences = {}) {
  const { isAsync = false } = differences;
  return { types: 1, handlers: 1, isAsync, areAlike: false, isAwaited: isAsync, ...differences };
}

/**
 * A contestant that is no bus of ours.
 * @param {string} name
 * @param {Scenario} setup
 * @param {Contestant['counter']} counter
 * @param {Contestant['publish']} publish
 * @param {Partial<Contestant>} [more]
 * @returns {Contestant}
 */
export function peer(name, { handlers, isAwaited }, counter, publish, more = {}) {
  return { name, kind: 'peer', counter, callsPerEvent: handlers, isAwaited, publish, ...more };
}
