import { makeHandlers, typeNames } from './handlers.mjs';
import { payload, schema } from './payload.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/contestant.mjs').Contestant} Contestant */
/** @typedef {import('./scenario.mjs').Scenario} Scenario */

/**
 * How an event is published: the verb and what it is given, over a bus, a contract and a prepared envelope.
 * @typedef {'made' | 'ready' | 'awaited' | 'checked' | 'sync'} Form
 */

/** What stands behind the name of the build in the tables, by form. */
export const formNames = Object.freeze({
  made: 'an envelope made for each event',
  ready: 'one envelope, made before',
  checked: 'contract and data, validated',
  awaited: 'an envelope made for each, awaited',
  sync: 'deliverSync',
});

/**
 * A bus of ours in each of the forms.
 * @param {Build} build
 * @param {Scenario} scenario
 * @param {readonly Form[]} forms
 * @returns {Promise<Contestant[]>}
 */
export async function ours(build, scenario, forms) {
  const contestants = [];
  for (const form of forms) contestants.push(await makeContestant(build, scenario, form));
  return contestants;
}

/**
 * @param {Build} build
 * @param {Scenario} scenario
 * @param {Form} form
 * @returns {Promise<Contestant>}
 */
async function makeContestant(build, { types, handlers, isAsync, areAlike, isAwaited }, form) {
  const { createEventBus } = await build.area('bus');
  const contracts = await makeContracts(build, types);
  const counter = { calls: 0 };
  const bus = createEventBus();
  for (const contract of contracts) {
    for (const handler of makeHandlers(counter, handlers, { isAsync, areAlike }))
      bus.subscribe(contract, handler);
  }
  const publish = await publisher(build, bus, contracts, form);
  return {
    name: `${build.name}, ${formNames[form]}`,
    kind: build.kind,
    counter,
    callsPerEvent: handlers,
    isAwaited: isAwaited || form === 'awaited',
    publish,
    close: () => bus.stop(),
  };
}

/**
 * @param {Build} build
 * @param {number} types
 * @param {object} [more] options of the contracts
 * @returns {Promise<any[]>}
 */
export async function makeContracts(build, types, more = {}) {
  const { event } = await build.area('contracts');
  return typeNames(types).map((name) => event(name, { data: schema, ...more }));
}

/**
 * @param {Build} build
 * @param {any} bus
 * @param {readonly any[]} contracts
 * @param {Form} form
 * @returns {Promise<(index: number) => unknown>}
 */
async function publisher(build, bus, contracts, form) {
  const { envelopeOf } = await build.area('contracts');
  const { length } = contracts;
  const [contract] = contracts;
  switch (form) {
    case 'ready': {
      const envelopes = contracts.map((each) => envelopeOf(each, payload));
      return (index) => bus.deliver(envelopes[index % length]);
    }
    case 'checked':
      return () => bus.deliver(contract, payload);
    case 'sync':
      return () => bus.deliverSync(envelopeOf(contract, payload));
    case 'made':
    case 'awaited':
      return length === 1
        ? () => bus.deliver(envelopeOf(contract, payload))
        : (index) => bus.deliver(envelopeOf(contracts[index % length], payload));
  }
}
