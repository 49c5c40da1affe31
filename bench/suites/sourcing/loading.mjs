import { backends } from '../log/backends.mjs';
import { logCase } from '../log/case.mjs';
import { makeAccounts } from './ours.mjs';
import { emmettLoading } from './peers/emmett.mjs';

/** @typedef {import('../log/backends.mjs').Backend} Backend */
/** @typedef {import('../log/backends.mjs').Log} Log */
/** @typedef {import('../log/place.mjs').Place} Place */
/** @typedef {import('../log/rounds.mjs').LogContestant} LogContestant */

const SHORT = 100;
const LENGTHS = [SHORT, 10_000, 100_000];
/** What has come since the snapshot: half of what a policy of every hundred events lets come. */
const SINCE = 50;
const TOGETHER = 100;
const OF_SHORT = `ours, of ${SHORT} events without one`;
const WITH_SNAPSHOT = 'ours, with a snapshot';

/**
 * How long it takes to load an account: reading its events and folding them, or those after its snapshot.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const loading = backends.flatMap((backend) =>
  LENGTHS.map((length) =>
    logCase(
      `${backend.kind}, load an aggregate of ${length.toLocaleString('en-US')}`,
      (place) => contestants(backend, place, length),
      length === SHORT ? [] : [{ ours: WITH_SNAPSHOT, peer: OF_SHORT, atLeast: 0.5 }],
    ),
  ),
);

/**
 * @param {Backend} backend
 * @param {Place} place
 * @param {number} length
 * @returns {Promise<LogContestant[]>}
 */
async function contestants(backend, place, length) {
  const { repository } = await import('mortar/sourcing');
  const [ours, emmett] = [await backend.ours(place), await backend.emmett(place)];
  const [plain, snapped] = [
    repository(ours.store, await makeAccounts()),
    repository(ours.store, await makeAccounts({ everyEvents: 1_000_000 })),
  ];
  await fill(ours, 'account-short', SHORT);
  await fill(ours, 'account-long', length - SINCE);
  await snapped.snapshot('long');
  await fill(ours, 'account-long', SINCE);
  const loadOf = (/** @type {typeof plain} */ accounts, /** @type {string} */ id) => async () =>
    /** @type {any} */ ((await accounts.load(id)).state).orders;
  /** @type {LogContestant[]} */
  const all = [
    { name: 'ours', kind: 'ours', run: times(loadOf(plain, 'long'), length), close: ours.close },
    { name: WITH_SNAPSHOT, kind: 'ours', run: times(loadOf(snapped, 'long'), length) },
  ];
  if (length !== SHORT) all.push({ name: OF_SHORT, kind: 'peer', run: times(loadOf(plain, 'short'), SHORT) });
  if (emmett === undefined) return all;
  const load = emmettLoading(emmett);
  /** @type {Promise<void> | undefined} */
  let filling;
  return [
    ...all,
    {
      name: 'Emmett',
      kind: 'peer',
      // Not before the rounds: where it fails, it is left out.
      prepare: () => {
        filling ??= fill(emmett, 'account-long', length);
        return filling;
      },
      run: times(() => load('account-long'), length),
      close: emmett.close,
    },
  ];
}

/**
 * @param {Pick<Log, 'appendTogether'>} log
 * @param {string} stream
 * @param {number} events
 */
async function fill(log, stream, events) {
  for (let done = 0; done < events; done += TOGETHER) {
    const numbers = Array.from({ length: Math.min(TOGETHER, events - done) }, (_, index) => done + index);
    await log.appendTogether(stream, numbers);
  }
}

/**
 * @param {() => Promise<number>} load
 * @param {number} expected
 */
function times(load, expected) {
  return async (/** @type {number} */ loads) => {
    for (let done = 0; done < loads; done += 1) {
      const orders = await load();
      if (orders !== expected) throw new Error(`${expected} orders were expected; ${orders} were loaded`);
    }
  };
}
