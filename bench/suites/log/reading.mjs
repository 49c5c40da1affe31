import { backends } from './backends.mjs';
import { logCase } from './case.mjs';

/** @typedef {import('./backends.mjs').Log} Log */
/** @typedef {import('./backends.mjs').Readable} Readable */
/** @typedef {import('./backends.mjs').Backend} Backend */
/** @typedef {import('./place.mjs').Place} Place */
/** @typedef {import('./rounds.mjs').LogContestant} LogContestant */

const LENGTHS = [100, 10_000];
const LOG_EVENTS = 20_000;
const STREAMS = LOG_EVENTS / 100;
const PAGE = 1_000;
const EMMETT_PAGE = 100;

/**
 * How many events a second are read. Payloads stay the text that they are in the store, of ours and of the raw rows;
 * Emmett parses them, as its API has it.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const reading = backends.flatMap((backend) => [
  ...LENGTHS.map((length) =>
    logCase(
      `${backend.kind}, read a stream of ${length.toLocaleString('en-US')}`,
      (place) => streamReaders(backend, place, length),
      [{ ours: 'ours', peer: 'raw rows', atLeast: 0.7 }],
    ),
  ),
  logCase(`${backend.kind}, catch up, pages of ${PAGE}`, (place) => logReaders(backend, place), [
    { ours: 'ours', peer: 'raw rows', atLeast: 0.6 },
  ]),
]);

/**
 * @param {Backend} backend
 * @param {Place} place
 * @param {number} length
 * @returns {Promise<LogContestant[]>}
 */
async function streamReaders(backend, place, length) {
  const [ours, raw, emmett] = [
    await backend.ours(place),
    await backend.raw(place),
    await backend.emmett(place),
  ];
  for (const log of [ours, raw, emmett]) if (log !== undefined) await fill(log, ['order-1'], length);
  const paged = (/** @type {Readable} */ log) => async (/** @type {number} */ events) => {
    for (let done = 0; done < events; done += length) await readWhole(log, length);
  };
  const multiple = length;
  /** @type {LogContestant[]} */
  const all = [
    { name: 'ours', kind: 'ours', run: paged(ours), multiple, close: ours.close },
    { name: 'raw rows', kind: 'peer', run: paged(raw), multiple, close: raw.close },
  ];
  if (emmett === undefined) return all;
  const whole = async (/** @type {number} */ events) => {
    for (let done = 0; done < events; done += length) {
      check((await emmett.readStream('order-1')).length, length);
    }
  };
  return [...all, { name: 'Emmett', kind: 'peer', run: whole, multiple, close: emmett.close }];
}

/**
 * @param {Backend} backend
 * @param {Place} place
 * @returns {Promise<LogContestant[]>}
 */
async function logReaders(backend, place) {
  const [ours, raw] = [await backend.ours(place), await backend.raw(place)];
  const streams = Array.from({ length: STREAMS }, (_, index) => `order-${index}`);
  for (const log of [ours, raw]) await fill(log, streams, LOG_EVENTS);
  const run = (/** @type {Readable} */ log) => async (/** @type {number} */ events) => {
    for (let done = 0; done < events; done += LOG_EVENTS) await readLog(log);
  };
  const multiple = LOG_EVENTS;
  return [
    { name: 'ours', kind: 'ours', run: run(ours), multiple, close: ours.close },
    { name: 'raw rows', kind: 'peer', run: run(raw), multiple, close: raw.close },
  ];
}

/**
 * @param {Log} log
 * @param {readonly string[]} streams
 * @param {number} events
 */
async function fill(log, streams, events) {
  const each = events / streams.length;
  for (const stream of streams) {
    for (let done = 0; done < each; done += EMMETT_PAGE) {
      const numbers = Array.from({ length: Math.min(EMMETT_PAGE, each - done) }, (_, index) => done + index);
      await log.appendTogether(stream, numbers);
    }
  }
}

/**
 * @param {Readable} log
 * @param {number} length
 */
async function readWhole(log, length) {
  let read = 0;
  while (read < length) {
    const entries = await log.readStream('order-1', read + 1, PAGE);
    if (entries.length === 0) break;
    read += entries.length;
  }
  check(read, length);
}

/** @param {Readable} log */
async function readLog(log) {
  let read = 0;
  let after = 0;
  for (;;) {
    const entries = await log.readPage(after, PAGE);
    if (entries.length === 0) break;
    read += entries.length;
    after = Number(entries.at(-1).position);
  }
  check(read, LOG_EVENTS);
}

/**
 * @param {number} got
 * @param {number} expected
 */
function check(got, expected) {
  if (got !== expected) throw new Error(`${expected} events were expected; ${got} were read`);
}
