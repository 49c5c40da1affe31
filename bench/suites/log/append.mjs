import { backends } from './backends.mjs';
import { logCase } from './case.mjs';
import { freshStreams } from './events.mjs';
import { callAtOnce } from './rounds.mjs';

/** @typedef {import('./backends.mjs').Backend} Backend */
/** @typedef {import('./backends.mjs').Log} Log */
/** @typedef {import('./rounds.mjs').LogContestant} LogContestant */
/** @typedef {import('../../harness/result.mjs').Goal} Goal */

const TOGETHER = 100;
const RAW = 'raw inserts, each its own transaction';
const RAW_TOGETHER = 'raw inserts, one transaction';

/** @type {Record<import('./ours.mjs').StoreKind, Record<number, readonly { peer: string, atLeast: number }[]>>} */
const GOALS = {
  sqlite: { 1: [{ peer: RAW, atLeast: 0.7 }], 16: [], 200: [{ peer: RAW, atLeast: 8 }] },
  postgres: {
    1: [{ peer: RAW, atLeast: 0.5 }],
    16: [
      { peer: RAW, atLeast: 1.3 },
      { peer: 'Emmett', atLeast: 2.5 },
    ],
    200: [{ peer: RAW, atLeast: 2 }],
  },
};

/**
 * How many events a second are appended and on disk. A caller waits for its append before it begins the next.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const append = backends.flatMap((backend) => [
  ...[1, 16, 200].map((callers) => {
    const name = `${backend.kind}, append one, ${callers} caller${callers === 1 ? '' : 's'}`;
    const goals = (GOALS[backend.kind][callers] ?? []).map((goal) => ({ ours: 'ours', ...goal }));
    const make = (/** @type {Log} */ log) => ({ run: oneByOne(log, callers) });
    return logCase(name, (place) => contestants(backend, place, RAW, make), goals);
  }),
  logCase(
    `${backend.kind}, append ${TOGETHER} together`,
    (place) =>
      contestants(backend, place, RAW_TOGETHER, (log) => ({ run: together(log), multiple: TOGETHER })),
    [],
  ),
]);

/**
 * @param {Backend} backend
 * @param {import('./place.mjs').Place} place
 * @param {string} rawName
 * @param {(log: Log) => Pick<LogContestant, 'run' | 'multiple'>} make
 * @returns {Promise<LogContestant[]>}
 */
async function contestants(backend, place, rawName, make) {
  const [ours, raw, emmett] = [
    await backend.ours(place),
    await backend.raw(place),
    await backend.emmett(place),
  ];
  /** @type {LogContestant[]} */
  const all = [
    { name: 'ours', kind: 'ours', close: ours.close, ...make(ours) },
    { name: rawName, kind: 'peer', close: raw.close, ...make(raw) },
  ];
  if (emmett !== undefined) all.push({ name: 'Emmett', kind: 'peer', close: emmett.close, ...make(emmett) });
  return all;
}

/**
 * @param {Log} log
 * @param {number} callers
 */
function oneByOne(log, callers) {
  return (/** @type {number} */ events) => {
    const streams = freshStreams();
    return callAtOnce(callers, events, (caller, number) => log.append(streams(caller, number), number));
  };
}

/** @param {Log} log */
function together(log) {
  return async (/** @type {number} */ events) => {
    const streams = freshStreams();
    for (let done = 0; done < events; done += TOGETHER) {
      const numbers = Array.from({ length: TOGETHER }, (_, index) => done + index);
      await log.appendTogether(streams(0, done), numbers);
    }
  };
}
