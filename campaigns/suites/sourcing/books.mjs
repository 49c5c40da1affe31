import { fileURLToPath } from 'node:url';
import { startChild } from '../../frame/child.mjs';
import { addCounts } from '../../frame/counts.mjs';
import { checkEnd, checkRemains } from '../../frame/sourcing/checks.mjs';
import { letTimePass, whenAlone } from '../../frame/sourcing/database.mjs';
import { makeProjections } from '../../frame/sourcing/projections.mjs';
import { readRemains } from '../../frame/sourcing/remains.mjs';

/** @typedef {import('../../frame/store.mjs').StoreKind} StoreKind */
/** @typedef {import('../../frame/random.mjs').Random} Random */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('../../frame/sourcing/caller.mjs').Command} Command */
/** @typedef {import('../../frame/sourcing/checks.mjs').Answers} Answers */
/** @typedef {ReturnType<typeof makeBooks>} Books */
/** @typedef {{ ready: () => void, done: () => void }} Hooks a process is ready, and has told that a command is acknowledged */

const BANKER = fileURLToPath(new URL('../../frame/sourcing/banker.mjs', import.meta.url));
const ENDED_WITHIN_MS = 180_000;
/** Of commands that nobody knows what has become of, so many are given again. */
const MOST_AGAIN = 10;
/** What a process may meet: a backend that was killed, somebody who was faster, a read model that is not brought on. */
const FAILURE =
  /^failed MORTAR_(STORE_UNAVAILABLE|COMMIT_UNKNOWN|VERSION_CONFLICT|WAIT_TIMEOUT|REQUEST_REFUSED)$/;

/**
 * What is known of a log from those who work on it, and what must be true of it.
 * @param {StoreKind} store
 * @param {string} where
 * @param {Random} random
 */
export function makeBooks(store, where, random) {
  /** @type {Map<string, { isDone: boolean, again: Command | undefined }>} */
  const commands = new Map();
  /** @type {Record<string, number>} */
  const heard = {};
  const start = (
    /** @type {number} */ code,
    /** @type {Partial<Hooks>} */ { ready, done } = {},
    task = 'work',
  ) => {
    const open =
      task === 'work'
        ? [...commands.values()].flatMap(({ isDone, again }) => (isDone || !again ? [] : [again]))
        : [];
    const again = open.slice(-MOST_AGAIN);
    const faults = /** @type {string[]} */ ([]);
    const answers = makeAnswers(code);
    const assignment = { store, where, code, task, again, seed: random.seed() };
    const sizes = { callers: 2 + random.below(6), pageEvents: random.pick([10, 30, 100, 1_000]) };
    const child = startChild(BANKER, { ...assignment, ...sizes }, (line) => {
      if (line.startsWith('done ')) done?.();
      if (line === 'ready') ready?.();
      else if (!hear(line, commands, heard) && !answers.hear(line) && !FAILURE.test(line))
        faults.push(`said: ${line}`);
    });
    const late = setTimeout(() => {
      faults.push(`did not end within ${ENDED_WITHIN_MS} ms`);
      child.kill('SIGKILL');
    }, ENDED_WITHIN_MS);
    const ended = child.ended.then(({ code: exitCode, stderr }) => {
      clearTimeout(late);
      if (exitCode !== null && (exitCode !== 0 || task === 'work'))
        faults.push(`ended by itself with exit code ${exitCode}: ${stderr}`);
      return faults.length === 0 ? undefined : faults.join('; ');
    });
    return { kill: child.kill, ended, answers };
  };
  const look = async () => checkRemains({ ...(await readRemains(store, where)), commands });
  return {
    /** Starts a process of a code. `ended` resolves with what it has done that it must not. */
    start,
    /** At a moment at which nobody is at work. @returns {Promise<Findings>} */
    look: async () => ({ counts: {}, violations: await look() }),
    /**
     * Has everything finished by a process of a code, and reads all that there is and all that it answers.
     * @param {number} code
     * @returns {Promise<Findings>}
     */
    async close(code) {
      const before = await look();
      const settled = await start(code, {}, 'settle').ended;
      if (store === 'postgres') await whenAlone(where);
      await letTimePass(store, where, { isLong: true });
      const answering = start(code, {}, 'answer');
      const faults = [settled, await answering.ended].flatMap((fault) =>
        fault === undefined ? [] : [`a process that finishes everything ${fault}`],
      );
      if (store === 'postgres') await whenAlone(where);
      const remains = await readRemains(store, where);
      const violations = [...before, ...faults, ...checkRemains({ ...remains, commands })];
      // What was not finished is said already.
      if (faults.length === 0) violations.push(...checkEnd(remains, answering.answers.all()));
      const acknowledged = [...commands.values()].filter(({ isDone }) => isDone).length;
      const gone = remains.generations.filter(({ state }) => state === 'gone').length;
      const counts = {
        'commands acknowledged': acknowledged,
        'events found': remains.entries.length,
        'generations made': remains.generations.length,
        'generations removed': gone,
        'snapshots found': remains.snapshots.length,
      };
      addCounts(heard, counts);
      return { counts: heard, violations };
    },
  };
}

/**
 * @param {string} line
 * @param {Map<string, { isDone: boolean, again: Command | undefined }>} commands
 * @param {Record<string, number>} heard
 * @returns {boolean} false for what a process should not say
 */
function hear(line, commands, heard) {
  const [what, id = '', name] = line.split(' ');
  if (what === 'asked') addCounts(heard, { [`operators asked: ${id}`]: 1 });
  else if (what === 'begun') {
    const command = JSON.parse(line.slice('begun '.length));
    commands.set(command.id, { isDone: false, again: command });
  } else if (what === 'began') commands.set(id, { isDone: false, again: undefined });
  else if (what === 'done') commands.set(id, { isDone: true, again: undefined });
  else if (what === 'refused' && name === 'not-open') commands.set(id, { isDone: false, again: undefined });
  else if (what === 'letter' && line.includes('"code":"MORTAR_PROCESS_DIED"'))
    addCounts(heard, { 'dead letters since processes ended': 1 });
  else return false;
  return true;
}

/** @param {number} code */
function makeAnswers(code) {
  /** @type {Answers['documents'][number][]} */
  const documents = [];
  /** @type {Answers['states'][number][]} */
  const states = [];
  const projections = makeProjections(code).map(({ name }) => String(name));
  return {
    /** @param {string} line */
    hear(line) {
      const [what] = line.split(' ', 1);
      if (what === 'document') documents.push(JSON.parse(line.slice('document '.length)));
      else if (what === 'state') states.push(JSON.parse(line.slice('state '.length)));
      else return false;
      return true;
    },
    all: () => ({ code, documents, states, projections }),
  };
}
