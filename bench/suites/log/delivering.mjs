import { logCase } from './case.mjs';
import { openDelivery } from './delivery.mjs';
import { orderData } from './events.mjs';
import { openEmmettPostgres, openEmmettSqlite } from './peers/emmett.mjs';
import { openQueue } from './peers/queues.mjs';
import { usualPace } from './rounds.mjs';

/** @typedef {import('./place.mjs').Place} Place */
/** @typedef {import('./rounds.mjs').LogContestant} LogContestant */
/** @typedef {import('./delivery.mjs').Effect} Effect */

/** How many events of ours make a sample: about half a second of them. */
const BACKLOG = { nothing: 20_000, 'a write': 5_000 };
/** A sample is a whole backlog, so three of them will do. */
const PACE = { ...usualPace, fewestRounds: 3 };
/** A queue is as fast as its history lets it be: this much is finished, and known to the planner, before anything is timed. */
const HISTORY = 13_000;
/** How many make a sample: pg-boss takes one job every two seconds unless told otherwise. */
const JOBS = { 'pg-boss': { usual: 2, tuned: 2_000 }, 'graphile-worker': { usual: 500, tuned: 5_000 } };
const EMMETT_BACKLOG = 2_000;

/**
 * How many events a second come out of a backlog, to a handler that does nothing and to one that writes a row. Peers are
 * measured as they come and, beside that, tuned as their documentation says; the goals are on how they come.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const delivering = [
  logCase('sqlite, deliver a backlog, no-op handlers', (place) => onSqlite(place, 'nothing'), [], PACE),
  logCase('sqlite, deliver a backlog, one write each', (place) => onSqlite(place, 'a write'), [], PACE),
  logCase(
    'postgres, deliver a backlog, no-op handlers',
    (place) => onPostgres(place, 'nothing'),
    goals(5),
    PACE,
  ),
  logCase(
    'postgres, deliver a backlog, one write each',
    (place) => onPostgres(place, 'a write'),
    goals(2),
    PACE,
  ),
];

/** @param {number} atLeast */
function goals(atLeast) {
  return ['pg-boss', 'graphile-worker'].map((peer) => ({ ours: 'ours', peer, atLeast }));
}

/**
 * @param {Place} place
 * @param {Effect} effect
 */
async function onSqlite(place, effect) {
  const own = ours(await openDelivery('sqlite', place.file('ours.db')), BACKLOG[effect], effect);
  if (effect === 'a write') return [own];
  const peer = await openEmmettSqlite(place.file('emmett.db'));
  return peer === undefined ? [own] : [own, await emmett(peer)];
}

/**
 * @param {Place} place
 * @param {Effect} effect
 */
async function onPostgres(place, effect) {
  const url = await place.database('ours');
  const own = ours(await openDelivery('postgres', url), BACKLOG[effect], effect, () =>
    place.query(url, 'ANALYZE'),
  );
  const peers = [];
  if (effect === 'nothing')
    peers.push(await emmett(await openEmmettPostgres(await place.database('emmett'))));
  for (const name of /** @type {const} */ (['pg-boss', 'graphile-worker'])) {
    const queue = await openQueue(name, await place.database(name.replace('-', '_')));
    await queue.fill(HISTORY, orderData(0));
    await queue.drain(HISTORY, { isTuned: true, isWriting: false });
    await queue.analyze();
    peers.push(...queued(name, queue, effect));
  }
  return [own, ...peers];
}

/**
 * @param {Awaited<ReturnType<typeof openDelivery>>} delivery
 * @param {number} events
 * @param {Effect} effect
 * @param {() => Promise<unknown>} [analyze]
 * @returns {LogContestant}
 */
function ours(delivery, events, effect, analyze) {
  return {
    name: 'ours',
    kind: 'ours',
    events,
    async prepare() {
      if (delivery.filled() > 0) return;
      await delivery.fill(events);
      await analyze?.();
    },
    run: () => delivery.drain(effect),
    close: delivery.close,
  };
}

/**
 * @param {'pg-boss' | 'graphile-worker'} name
 * @param {import('./peers/queues.mjs').QueuePeer} queue
 * @param {Effect} effect
 * @returns {LogContestant[]}
 */
function queued(name, queue, effect) {
  const isWriting = effect === 'a write';
  const contestant = (/** @type {boolean} */ isTuned) => {
    const jobs = isTuned ? JOBS[name].tuned : JOBS[name].usual;
    return {
      name: isTuned ? `${name}, tuned` : name,
      kind: /** @type {const} */ ('peer'),
      events: jobs,
      prepare: () => queue.fill(jobs, orderData(0)),
      run: () => queue.drain(jobs, { isTuned, isWriting }),
    };
  };
  return [contestant(false), { ...contestant(true), close: queue.close }];
}

/**
 * @param {import('./peers/emmett.mjs').Emmett} store
 * @returns {Promise<LogContestant>}
 */
async function emmett(store) {
  const together = 100;
  for (let done = 0; done < EMMETT_BACKLOG; done += together) {
    await store.appendTogether(
      `order-${done}`,
      Array.from({ length: together }, (_, index) => done + index),
    );
  }
  let runs = 0;
  return {
    name: 'Emmett',
    kind: 'peer',
    events: EMMETT_BACKLOG,
    run() {
      runs += 1;
      return store.deliver(`bench-${runs}`, EMMETT_BACKLOG);
    },
    close: store.close,
  };
}
