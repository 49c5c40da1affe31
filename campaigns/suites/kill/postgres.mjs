import { fileURLToPath } from 'node:url';
import { findBinaries } from '../../../scripts/postgres/binaries.mjs';
import { startServer } from '../../../scripts/postgres/server.mjs';
import { UsageError } from '../../frame/arguments.mjs';
import { auditLog, readAcknowledged } from '../../frame/audit.mjs';
import { startChild } from '../../frame/child.mjs';
import { openStore } from '../../frame/store.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('../../frame/audit.mjs').Acknowledged} Acknowledged */
/** @typedef {import('../../frame/random.mjs').Random} Random */

const APPENDER = fileURLToPath(new URL('../../frame/appender.mjs', import.meta.url));
const PROCESSES = 2;
const AUDIT_EVERY = 10;
const ANSWER_WITHIN_MS = 30_000;

/**
 * Kills a server of its own with all of its processes, again and again, under processes that go on appending: they must be
 * answered again once it is back, and what was acknowledged must be there. Some rounds kill a process as well.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function killOnPostgres({ runs, random, say }) {
  const binaries = findBinaries();
  if (binaries === undefined)
    throw new UsageError('The campaign starts a server. Expected the package postgresql; got none.');
  const server = await startServer(binaries);
  const work = makeWork(server.url, random);
  const counts = { 'servers killed': 0, 'processes killed': 0, 'events acknowledged': 0, 'events found': 0 };
  try {
    await (await openStore('postgres', server.url)).close();
    work.fill();
    for (let run = 1; run <= runs && work.violations.length === 0; run += 1) {
      await work.isAnswered();
      await new Promise((resolve) => setTimeout(resolve, random.below(100)));
      if (random.chance(0.2)) counts['processes killed'] += work.killOne();
      await server.kill();
      counts['servers killed'] += 1;
      await server.start();
      work.fill();
      if (run % AUDIT_EVERY !== 0 && run !== runs) continue;
      if (run === runs) await work.stop();
      counts['events found'] = await work.audit();
      say(
        `${run} servers killed, ${work.acknowledged.size} events acknowledged, ${work.violations.length} violations`,
      );
    }
  } finally {
    await work.stop();
    await server.stop();
  }
  counts['events acknowledged'] = work.acknowledged.size;
  return { counts, violations: work.violations };
}

/**
 * The processes that append, and what they were told.
 * @param {string} url
 * @param {Random} random
 */
function makeWork(url, random) {
  /** @type {Map<string, Acknowledged>} */
  const acknowledged = new Map();
  /** @type {string[]} */
  const violations = [];
  /** @type {Set<import('../../frame/child.mjs').Child>} */
  const children = new Set();
  /** @type {Set<import('../../frame/child.mjs').Child>} */
  const killed = new Set();
  const start = () => {
    const assignment = { store: 'postgres', where: url, seed: random.seed(), callers: 8, streams: 20 };
    const child = startChild(APPENDER, assignment, (line) => {
      if (readAcknowledged(line, acknowledged) || line === 'ready') return;
      if (!/^failed MORTAR_(STORE_UNAVAILABLE|COMMIT_UNKNOWN)$/.test(line))
        violations.push(`a process said: ${line}`);
    });
    children.add(child);
    void child.ended.then(({ code, stderr }) => {
      children.delete(child);
      // One that was opening the store when the server went away may give up; those at work may not.
      if (code !== 0 && !killed.has(child) && !stderr.includes('MORTAR_STORE_UNAVAILABLE'))
        violations.push(`a process ended: ${stderr}`);
    });
  };
  return {
    acknowledged,
    violations,
    fill() {
      while (children.size < PROCESSES) start();
    },
    async isAnswered() {
      const before = acknowledged.size;
      for (const end = Date.now() + ANSWER_WITHIN_MS; acknowledged.size === before; ) {
        if (Date.now() > end)
          return void violations.push(`nothing was acknowledged within ${ANSWER_WITHIN_MS} ms of a restart`);
        if (children.size === 0) this.fill();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    killOne() {
      const [child] = children;
      if (child === undefined) return 0;
      killed.add(child);
      child.kill('SIGKILL');
      return 1;
    },
    async stop() {
      const running = [...children];
      for (const child of running) child.tell('stop');
      await Promise.all(running.map(({ ended }) => ended));
    },
    async audit() {
      const told = new Map(acknowledged);
      const store = await openStore('postgres', url);
      try {
        const found = await auditLog(store.events, told);
        violations.push(...found.violations);
        return found.events;
      } finally {
        await store.close();
      }
    },
  };
}
