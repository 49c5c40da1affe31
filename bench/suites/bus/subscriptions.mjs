import { settledHeap } from '../../harness/heap.mjs';
import { rowOf } from '../../harness/result.mjs';
import { makeContracts } from './ours.mjs';
import { payload } from './payload.mjs';
import { emitterSubjects, nestSubject } from './subjects.mjs';

/** @typedef {import('../../harness/case.mjs').Build} Build */
/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('./subjects.mjs').OpenBus} OpenBus */
/** @typedef {import('./subjects.mjs').Subject} Subject */

const LIMIT_BYTES = 150;
const WARM_UP_HANDLERS = 1_000;
// So many types are published to for the check that every subscription is there.
const CHECKED_TYPES = 100;

/** @type {readonly Case[]} */
export const subscriptions = [bytesCase('one type', 1), bytesCase('10,000 types', 10_000)];

/**
 * What one subscription adds to the heap. Handlers, contracts and names are there before.
 * @param {string} what
 * @param {number} types
 * @returns {Case}
 */
function bytesCase(what, types) {
  const name = `bytes a subscription, ${what}`;
  return {
    name,
    isOnce: true,
    async measure({ rounds, builds }) {
      const subjects = [...builds.flatMap(ourSubjects), ...emitterSubjects, nestSubject];
      /** @type {Map<Subject, number[]>} */
      const samples = new Map(subjects.map((subject) => [subject, []]));
      for (const subject of subjects) await bytesEach(subject, WARM_UP_HANDLERS, types);
      for (let round = 0; round < rounds; round += 1) {
        for (const subject of subjects) {
          samples.get(subject)?.push(await bytesEach(subject, subject.handlers, types));
        }
      }
      const rows = [...samples].map(([subject, values]) => rowOf(subject.name, subject.kind, values));
      const limit = rowOf('the limit', 'limit', [LIMIT_BYTES]);
      const own = rows.filter(({ kind }) => kind === 'ours');
      const goals = own.map((row) => ({ ours: row.name, peer: limit.name, atLeast: 1 }));
      return [{ name, unit: 'bytes', rows: [...rows, limit], goals }];
    },
  };
}

/**
 * @param {Subject} subject
 * @param {number} handlers
 * @param {number} types
 * @returns {Promise<number>}
 */
async function bytesEach(subject, handlers, types) {
  const counter = { calls: 0 };
  const made = Array.from({ length: handlers }, () => {
    const handler = () => {
      counter.calls += 1;
    };
    return subject.wrap?.(handler) ?? handler;
  });
  const bus = await subject.open(types);
  const before = await settledHeap();
  for (const [index, handler] of made.entries()) bus.subscribe(index % types, handler);
  if (subject.isUsed) await publishTo(bus, types);
  const after = await settledHeap();
  await check(subject, bus, counter, made, types);
  await bus.close?.();
  return (after - before) / handlers;
}

/**
 * @param {OpenBus} bus
 * @param {number} types the first so many
 */
async function publishTo(bus, types) {
  for (let type = 0; type < types; type += 1) await bus.publish(type);
}

/**
 * A bus that has lost subscriptions would need little for them. As it still uses the handlers, they count before and after.
 * @param {Subject} subject
 * @param {OpenBus} bus
 * @param {{ calls: number }} counter
 * @param {readonly unknown[]} made
 * @param {number} types
 */
async function check({ name }, bus, counter, made, types) {
  const checked = Math.min(types, CHECKED_TYPES);
  counter.calls = 0;
  await publishTo(bus, checked);
  const expected = made.filter((_, index) => index % types < checked).length;
  if (counter.calls === expected) return;
  throw new Error(`The subscriptions of ${name}: expected ${expected} calls; got ${counter.calls}.`);
}

/**
 * Fresh, and after an event of each type: what a bus makes when it is first used is a part of the price.
 * @param {Build} build
 * @returns {Subject[]}
 */
function ourSubjects(build) {
  const open = (/** @type {number} */ types) => openOurs(build, types);
  const { name, kind } = build;
  return [
    { name: `${name}, fresh`, kind, handlers: 100_000, isUsed: false, open },
    { name: `${name}, after an event of each type`, kind, handlers: 100_000, isUsed: true, open },
  ];
}

/**
 * @param {Build} build
 * @param {number} types
 * @returns {Promise<OpenBus>}
 */
async function openOurs(build, types) {
  const { createEventBus } = await build.area('bus');
  const { envelopeOf } = await build.area('contracts');
  const contracts = await makeContracts(build, types);
  const bus = createEventBus();
  return {
    subscribe: (type, handler) => bus.subscribe(contracts[type], handler),
    publish: (type) => bus.deliver(envelopeOf(contracts[type], payload)),
  };
}
