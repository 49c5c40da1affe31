import { fileURLToPath } from 'node:url';
import { auditLog, readAcknowledged } from '../../frame/audit.mjs';
import { startChild } from '../../frame/child.mjs';
import { auditEffects } from '../../frame/effects.mjs';
import { readRemains } from '../../frame/remains.mjs';
import { openStore } from '../../frame/store.mjs';

/** @typedef {import('../../frame/store.mjs').StoreKind} StoreKind */
/** @typedef {import('../../frame/random.mjs').Random} Random */
/** @typedef {{ readonly acknowledged: number, readonly found: number, readonly handled: number, readonly violations: readonly string[] }} Audit */

/**
 * What the processes of a campaign do until they are killed, and what must be true of what they leave behind.
 * @typedef {object} Work
 * @property {string} program
 * @property {(random: Random) => object} assignment what a process is told, beside the store
 * @property {(line: string) => boolean} hear what it says; false for what it should not
 * @property {boolean} isAuditedAtAnyTime whether the audit needs no rest
 * @property {() => Promise<Audit>} audit once no process is at work
 * @property {number} workingMs how long a process works at most, before it is killed
 */

const APPENDER = fileURLToPath(new URL('../../frame/appender.mjs', import.meta.url));
const DELIVERER = fileURLToPath(new URL('../../frame/deliverer.mjs', import.meta.url));
const DRAINED_WITHIN_MS = 120_000;

/**
 * Processes append from several callers.
 * @param {StoreKind} store
 * @param {string} where
 * @returns {Work}
 */
export function appending(store, where) {
  /** @type {Map<string, import('../../frame/audit.mjs').Acknowledged>} */
  const acknowledged = new Map();
  return {
    program: APPENDER,
    assignment: (random) => ({
      store,
      where,
      seed: random.seed(),
      callers: 1 + random.below(16),
      streams: 8,
    }),
    hear: (line) => readAcknowledged(line, acknowledged),
    isAuditedAtAnyTime: true,
    workingMs: 50,
    async audit() {
      const opened = await openStore(store, where);
      try {
        const { events, violations } = await auditLog(opened.events, acknowledged);
        return { acknowledged: acknowledged.size, found: events, handled: 0, violations };
      } finally {
        await opened.close();
      }
    },
  };
}

/**
 * Processes publish, schedule, command and handle, with effects in tables of their own.
 * @param {StoreKind} store
 * @param {string} where
 * @returns {Work}
 */
export function delivering(store, where) {
  /** @type {Map<string, string>} */
  const published = new Map();
  /** @type {Set<string>} */
  const commanded = new Set();
  const assign = (/** @type {Random} */ random) => ({ store, where, seed: random.seed(), isDrain: false });
  return {
    program: DELIVERER,
    // Leases are short, so that those of a killed process are soon another's.
    assignment: (random) => ({
      ...assign(random),
      callers: 1 + random.below(3),
      leaseTtlMs: 100 + random.below(200),
    }),
    hear(line) {
      const [what, id = '', hash = ''] = line.split(' ');
      if (what === 'published') published.set(id, hash);
      else if (what === 'commanded') commanded.add(id);
      else return false;
      return true;
    },
    isAuditedAtAnyTime: false,
    workingMs: 600,
    async audit() {
      const fault = await drain({ store, where, seed: 1, callers: 0, leaseTtlMs: 1_000, isDrain: true });
      const remains = await readRemains(store, where);
      const violations = auditEffects({ ...remains, published, commanded });
      return {
        acknowledged: published.size,
        found: remains.entries.length,
        handled: remains.effects.length,
        violations: fault === undefined ? violations : [fault, ...violations],
      };
    },
  };
}

/**
 * A process that publishes nothing more, and ends when everything has been delivered.
 * @param {object} assignment
 * @returns {Promise<string | undefined>} what went wrong
 */
async function drain(assignment) {
  const child = startChild(DELIVERER, assignment, () => {});
  const late = setTimeout(() => child.kill('SIGKILL'), DRAINED_WITHIN_MS);
  const { code, stderr } = await child.ended;
  clearTimeout(late);
  if (code === 0) return undefined;
  if (code === null) return `not everything was delivered within ${DRAINED_WITHIN_MS} ms`;
  return `the process that delivers the rest ended with exit code ${code}: ${stderr}`;
}
