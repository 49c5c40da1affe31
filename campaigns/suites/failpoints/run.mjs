import { startChild } from '../../frame/child.mjs';
import { addCounts } from '../../frame/counts.mjs';
import { POINTS } from '../../frame/delivery/failpoints.mjs';
import { DELIVERER, delivering } from '../kill/work.mjs';
import { makePlaces } from './places.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('../../frame/delivery/failpoints.mjs').Failure} Failure */
/** @typedef {import('../kill/work.mjs').Work} Work */
/** @typedef {{ point: Failure['point'], action: Failure['action'], misses: number }} Trial */

const ACTIONS = /** @type {const} */ (['kill', 'throw', 'hang']);
/** So many failures hit one log before everything is delivered and read. */
const TRIALS_A_LOG = 9;
const LANES = 2;
const MOST_MISSES = 4;
/** And as long again for each time that it was missed. */
const REACHED_WITHIN_MS = 15_000;
const LEASE_TTL_MS = 200;
/** Longer than a lease: somebody else has taken it when the process wakes. */
const HANG_MS = 700;
const AFTERWARDS_MS = 150;
/** So many events of a process come fast. More would not bring it to its point, and be delivered for minutes in the end. */
const FAST_EVENTS = 100;
/** A replay needs a letter that holds its key: as many of the dead do where one is waited for. Else few of them. */
const HOLDING = 0.8;

/**
 * Each run lets one process fail at one point in one way, while another process works on the same log.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function failEverywhere({ store, runs, random, say, worker, isStopped }) {
  if (store === 'memory') throw new TypeError('A process that is killed takes its memory with it.');
  const trials = Array.from({ length: runs }, (_, run) => trialOf(worker.index + run * worker.of));
  /** @type {Map<string, number>} */
  const reached = new Map(trials.map(({ point, action }) => [`${point}: ${action}`, 0]));
  /** @type {string[]} */
  const violations = [];
  /** @type {Record<string, number>} */
  const counts = {};
  const places = await makePlaces(store);
  const lane = async () => {
    while (trials.length > 0 && violations.length === 0 && !isStopped()) {
      const work = delivering(store, await places.make(), { isHoldBatched: random.chance(0.5) });
      for (const trial of trials.splice(0, TRIALS_A_LOG)) {
        const isReached = await tryOne(work, trial, random, violations);
        const name = `${trial.point}: ${trial.action}`;
        if (isReached) reached.set(name, (reached.get(name) ?? 0) + 1);
        // A slow machine may not have come there in time.
        else if (trial.misses < MOST_MISSES) trials.push({ ...trial, misses: trial.misses + 1 });
      }
      const audit = await work.audit();
      violations.push(...audit.violations);
      addCounts(counts, audit.counts);
      say(`${trials.length} points left, ${violations.length} violations`);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await places.close();
  }
  const missed = [...reached]
    .filter(([, times]) => times === 0 && !isStopped())
    .map(([name]) => `${name}: never reached`);
  return { counts: { ...counts, ...Object.fromEntries(reached) }, violations: [...violations, ...missed] };
}

/**
 * All points in all ways, again and again.
 * @param {number} run
 * @returns {Trial}
 */
function trialOf(run) {
  const point = POINTS[run % POINTS.length];
  const action = ACTIONS[Math.floor(run / POINTS.length) % ACTIONS.length];
  return /** @type {Trial} */ ({ point, action, misses: 0 });
}

/**
 * @param {Work} work
 * @param {Trial} trial
 * @param {import('../../frame/random.mjs').Random} random
 * @param {string[]} violations
 * @returns {Promise<boolean>} whether the point was reached
 */
async function tryOne(work, { point, action, misses }, random, violations) {
  const failure = {
    point,
    action,
    // What seldom happens is waited for once.
    nth: 1 + random.below(point.startsWith('lease') || misses > 0 ? 1 : 4),
    hangMs: HANG_MS,
  };
  const common = {
    callers: 2,
    leaseTtlMs: LEASE_TTL_MS,
    fastEvents: FAST_EVENTS,
    ...(point.startsWith('replay') ? { holding: HOLDING } : {}),
  };
  const told = { isReached: false };
  const start = (/** @type {object} */ extra) => {
    const ear = work.listen();
    const assignment = { ...work.assignment(random), ...common, ...extra };
    const child = startChild(DELIVERER, assignment, (line) => {
      if (line.startsWith('reached ')) told.isReached = true;
      else if (line !== 'ready' && !ear.hear(line) && !isFailure(line))
        violations.push(`a process said: ${line}`);
    });
    void child.ended.then(() => ear.ended());
    return child;
  };
  const failing = start({ failure });
  const other = start({});
  await Promise.race([until(() => told.isReached, REACHED_WITHIN_MS * (1 + misses)), failing.ended]);
  await pause(action === 'hang' ? HANG_MS + AFTERWARDS_MS : AFTERWARDS_MS);
  // Half of the time both end as they should, with everything that they have begun; else as by a power cut.
  const isOrderly = random.chance(0.5);
  for (const child of [failing, other]) {
    if (isOrderly) child.tell('stop');
    else child.kill('SIGKILL');
  }
  for (const child of [failing, other]) {
    const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
    const { code, signal, stderr } = await child.ended;
    clearTimeout(late);
    if (code !== 0 && signal !== 'SIGKILL')
      violations.push(`a process ended with ${code ?? signal} after ${point}, ${action}: ${stderr}`);
    if (isOrderly && child === other && signal === 'SIGKILL')
      violations.push(`a process did not stop within 60 s after ${point}, ${action}`);
  }
  return told.isReached;
}

/** @param {string} line */
function isFailure(line) {
  return /^failed MORTAR_(STORE_UNAVAILABLE|COMMIT_UNKNOWN)$/.test(line);
}

/**
 * @param {() => boolean} isTrue
 * @param {number} withinMs
 */
async function until(isTrue, withinMs) {
  for (const end = Date.now() + withinMs; !isTrue() && Date.now() < end; ) await pause(10);
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
