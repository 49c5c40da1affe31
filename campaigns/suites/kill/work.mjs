import { fileURLToPath } from 'node:url';
import { auditLog, readAcknowledged } from '../../frame/audit.mjs';
import { startChild } from '../../frame/child.mjs';
import { makeAttempts } from '../../frame/delivery/attempts.mjs';
import { auditEffects, countLetters } from '../../frame/delivery/effects.mjs';
import { auditPlaces } from '../../frame/delivery/places.mjs';
import { readRemains } from '../../frame/delivery/remains.mjs';
import { openStore } from '../../frame/store.mjs';

/** @typedef {import('../../frame/store.mjs').StoreKind} StoreKind */
/** @typedef {import('../../frame/random.mjs').Random} Random */
/** @typedef {import('../../frame/delivery/attempts.mjs').OnRecord} OnRecord */
/** @typedef {{ readonly counts: Readonly<Record<string, number>>, readonly violations: readonly string[] }} Audit */

/**
 * What one process says. It is told when the process has ended.
 * @typedef {object} Ear
 * @property {(line: string) => boolean} hear false for what it should not say
 * @property {() => void} ended
 */

/**
 * What the processes of a campaign do until they are killed, and what must be true of what they leave behind.
 * @typedef {object} Work
 * @property {string} program
 * @property {(random: Random) => object} assignment what a process is told
 * @property {() => Ear} listen for a new process
 * @property {() => readonly number[]} progress numbers that grow, each of them, as long as the processes get on
 * @property {() => Promise<readonly string[]>} look violations, at a moment at which nobody is at work
 * @property {() => Promise<Audit>} audit likewise, in the end: what is left to be done is done first
 * @property {number} workingMs how long a process works at most, before it is killed
 */

const APPENDER = fileURLToPath(new URL('../../frame/appender.mjs', import.meta.url));
export const DELIVERER = fileURLToPath(new URL('../../frame/delivery/deliverer.mjs', import.meta.url));
/** Long tails of few keys go one by one, and machines are slow; what has come to a stop never ends. */
const DRAINED_WITHIN_MS = 400_000;

/**
 * Processes append from several callers.
 * @param {StoreKind} store
 * @param {string} where
 * @returns {Work}
 */
export function appending(store, where) {
  /** @type {Map<string, import('../../frame/audit.mjs').Acknowledged>} */
  const acknowledged = new Map();
  const audit = async () => {
    const opened = await openStore(store, where);
    try {
      // Who is at work goes on: only what was acknowledged by now must be there.
      const { events, violations } = await auditLog(opened.events, new Map(acknowledged));
      return { counts: { 'events acknowledged': acknowledged.size, 'events found': events }, violations };
    } finally {
      await opened.close();
    }
  };
  return {
    program: APPENDER,
    assignment: (random) => ({
      store,
      where,
      seed: random.seed(),
      callers: 1 + random.below(16),
      streams: 8,
    }),
    listen: () => ({ hear: (line) => readAcknowledged(line, acknowledged), ended: () => {} }),
    progress: () => [acknowledged.size],
    workingMs: 50,
    look: async () => (await audit()).violations,
    audit,
  };
}

/**
 * Processes publish, schedule, command, handle and look after dead letters, with effects in tables of their own.
 * @param {StoreKind} store
 * @param {string} where
 * @param {{ isHoldBatched: boolean }} choices
 * @returns {Work}
 */
export function delivering(store, where, { isHoldBatched }) {
  /** @type {Map<string, string>} */
  const published = new Map();
  /** @type {Set<string>} */
  const commanded = new Set();
  const attempts = makeAttempts();
  let settled = 0;
  const common = { store, where, isHoldBatched };
  const listen = () => {
    /** @type {OnRecord} */
    const onRecord = new Map();
    return {
      hear(/** @type {string} */ line) {
        const [what, id = '', hash = ''] = line.split(' ');
        if (what === 'published') published.set(id, hash);
        else if (what === 'commanded') commanded.add(id);
        else if (what === 'settled') settled += Number(id);
        else return attempts.hear(line, onRecord);
        return true;
      },
      ended: () => attempts.ended(onRecord),
    };
  };
  return {
    program: DELIVERER,
    // Leases are short, so that those of a killed process are soon another's.
    assignment: (random) => ({
      ...common,
      seed: random.seed(),
      isDrain: false,
      callers: 1 + random.below(3),
      leaseTtlMs: 100 + random.below(200),
    }),
    listen,
    progress: () => [published.size, settled],
    workingMs: 600,
    look: async () => auditPlaces(await readRemains(store, where)),
    async audit() {
      const before = auditPlaces(await readRemains(store, where));
      const fault = await drain(
        { ...common, seed: 1, callers: 0, leaseTtlMs: 1_000, isDrain: true },
        listen(),
      );
      const remains = await readRemains(store, where);
      const after = auditEffects({ ...remains, published, commanded, cutOff: attempts.cutOff });
      return {
        counts: {
          'events acknowledged': published.size,
          'events found': remains.entries.length,
          ...countLetters(remains),
          'attempts on record that were cut off': [...attempts.cutOff.values()].reduce((a, b) => a + b, 0),
        },
        violations: [...(fault === undefined ? [] : [fault]), ...before, ...auditPlaces(remains), ...after],
      };
    },
  };
}

/**
 * A process that publishes nothing more, and ends when everything has been delivered.
 * @param {object} assignment
 * @param {Ear} ear
 * @returns {Promise<string | undefined>} what went wrong
 */
async function drain(assignment, ear) {
  const child = startChild(DELIVERER, assignment, (line) => void ear.hear(line));
  const late = setTimeout(() => child.kill('SIGKILL'), DRAINED_WITHIN_MS);
  const { code, stderr } = await child.ended;
  clearTimeout(late);
  ear.ended();
  if (code === 0) return undefined;
  if (code === null) return `not everything was delivered within ${DRAINED_WITHIN_MS} ms`;
  return `the process that delivers the rest ended with exit code ${code}: ${stderr}`;
}
