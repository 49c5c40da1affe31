import { backends } from '../log/backends.mjs';
import { logCase } from '../log/case.mjs';
import { callAtOnce } from '../log/rounds.mjs';
import { AccountsInUse } from './accounts-in-use.mjs';
import { openApp, openRepository } from './ours.mjs';
import { emmettHandling } from './peers/emmett.mjs';
import { rawHandling } from './peers/raw.mjs';

/** @typedef {import('../log/backends.mjs').Backend} Backend */
/** @typedef {import('../log/place.mjs').Place} Place */
/** @typedef {import('../log/rounds.mjs').LogContestant} LogContestant */

/**
 * A longer warm-up than elsewhere: accounts are made within it, and the number of commands that make a sample has to be found out
 * by a contestant that is warm.
 * @type {import('../log/rounds.mjs').LogPace}
 */
const pace = { sampleMs: 500, warmUpMs: 5_000, fewestRounds: 5 };
const OURS = 'ours';
const OUR_APP = 'ours, a command of an app';

/** Over Emmett. @type {Record<import('../log/ours.mjs').StoreKind, Record<number, number>>} */
const GOALS = { sqlite: { 1: 10 }, postgres: { 32: 3 } };

/**
 * How long a command takes: the account's ten events are read and folded, one more is decided and appended at the version that
 * was read, and is on disk. A caller waits for the answer before it begins the next.
 * @type {readonly import('../../harness/case.mjs').Case[]}
 */
export const handling = backends.flatMap((backend) =>
  [1, 32].map((callers) => {
    const atLeast = GOALS[backend.kind][callers];
    const goals =
      atLeast === undefined ? [] : [OURS, OUR_APP].map((ours) => ({ ours, peer: 'Emmett', atLeast }));
    const name = `${backend.kind}, handle on 10 events, ${callers} caller${callers === 1 ? '' : 's'}`;
    return logCase(name, (place) => contestants(backend, place, callers), goals, pace);
  }),
);

/**
 * @param {Backend} backend
 * @param {Place} place
 * @param {number} callers
 * @returns {Promise<LogContestant[]>}
 */
async function contestants(backend, place, callers) {
  const where = (/** @type {string} */ name) =>
    backend.kind === 'sqlite' ? place.file(`${name}.db`) : place.database(name);
  const emmett = await backend.emmett(place);
  return [
    contestant(OURS, 'ours', await openRepository(backend.kind, await where('repository')), callers),
    contestant(OUR_APP, 'ours', await openApp(backend.kind, await where('app')), callers),
    contestant('raw read and insert', 'peer', rawHandling(await backend.raw(place)), callers),
    ...(emmett === undefined
      ? []
      : [contestant('Emmett', 'peer', emmettHandling(emmett, emmett.close), callers)]),
  ];
}

/**
 * @param {string} name
 * @param {'ours' | 'peer'} kind
 * @param {import('./ours.mjs').Handling} used
 * @param {number} callers
 * @returns {LogContestant}
 */
function contestant(name, kind, used, callers) {
  const accounts = new AccountsInUse(used, callers);
  return {
    name,
    kind,
    close: used.close,
    prepare: () => accounts.prepare(),
    run: (commands) => callAtOnce(callers, commands, (caller, number) => accounts.place(caller, number)),
  };
}
