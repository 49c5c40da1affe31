import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../frame/child.mjs';
import { makeRandom } from '../../frame/random.mjs';
import { appending, delivering } from './work.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('../../frame/random.mjs').Random} Random */
/** @typedef {import('./work.mjs').Work} Work */
/** @typedef {{ kills: number, audits: number, beforeReady: number, doubled: number, acknowledged: number, found: number, handled: number, violations: string[] }} Tally */

/** Files that are worked on at the same time. */
const LANES = 3;
/** After so many kills a new file is begun, so that reading all of it stays quick. */
const KILLS_A_FILE = 100;
const AUDIT_CHANCE = 0.15;
const OPENING_MS = 150;

/**
 * Each round starts a process on the file that the one before has left behind, or two of them, and kills it: while it
 * opens, or in the middle of its work. From time to time, and at the end of each file, everything is read. Files are by
 * turns for processes that only append and for those that deliver as well.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function killOnSqlite({ runs, random, say }) {
  /** @type {Tally} */
  const tally = {
    kills: 0,
    audits: 0,
    beforeReady: 0,
    doubled: 0,
    acknowledged: 0,
    found: 0,
    handled: 0,
    violations: [],
  };
  const kills = Math.min(KILLS_A_FILE, Math.ceil(runs / LANES));
  const folder = mkdtempSync(join(tmpdir(), 'mortar-campaign-'));
  let left = runs;
  const lane = async (/** @type {Random} */ own, /** @type {number} */ first) => {
    for (let turn = first; left > 0 && tally.violations.length === 0; turn += 1) {
      const some = Math.min(left, kills);
      left -= some;
      const file = join(folder, `${own.seed()}.db`);
      const work = turn % 2 === 0 ? appending('sqlite', file) : delivering('sqlite', file);
      await workFile({ file, work, kills: some, random: own, tally });
      if (tally.violations.length === 0)
        for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      say(
        `${tally.kills} kills, ${tally.acknowledged} events acknowledged, ${tally.violations.length} violations`,
      );
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(makeRandom(random.seed()), index)));
  // What was found wrong can be looked at.
  if (tally.violations.length === 0) rmSync(folder, { recursive: true, force: true });
  else say(`kept: ${folder}`);
  return findings(tally);
}

/**
 * @param {Tally} tally
 * @returns {Findings}
 */
function findings({ violations, kills, beforeReady, doubled, audits, acknowledged, found, handled }) {
  const counts = {
    'processes killed': kills,
    'of them before they were ready': beforeReady,
    'rounds with two processes on the file': doubled,
    'times that everything was read': audits,
    'events acknowledged': acknowledged,
    'events found': found,
    'effects of deliveries found': handled,
  };
  return { counts, violations };
}

/** @param {{ file: string, work: Work, kills: number, random: Random, tally: Tally }} round */
async function workFile({ file, work, kills, random, tally }) {
  for (let done = 0; done < kills && tally.violations.length === 0; ) {
    const processes = random.chance(0.2) && done + 1 < kills ? 2 : 1;
    if (processes === 2) tally.doubled += 1;
    await Promise.all(Array.from({ length: processes }, () => killOne(file, work, random, tally)));
    done += processes;
    if (!work.isAuditedAtAnyTime || !random.chance(AUDIT_CHANCE)) continue;
    const { violations } = await work.audit();
    tally.audits += 1;
    tally.violations.push(...violations);
  }
  const { acknowledged, found, handled, violations } = await work.audit();
  tally.audits += 1;
  tally.acknowledged += acknowledged;
  tally.found += found;
  tally.handled += handled;
  tally.violations.push(...violations);
}

/**
 * @param {string} file
 * @param {Work} work
 * @param {Random} random
 * @param {Tally} tally
 */
async function killOne(file, work, random, tally) {
  const isEarly = random.chance(0.15);
  const delayMs = random.next() * (isEarly ? OPENING_MS : work.workingMs);
  let isReady = false;
  const killLater = () => void setTimeout(() => child.kill('SIGKILL'), delayMs);
  const child = startChild(work.program, work.assignment(random), (line) => {
    if (line === 'ready') {
      isReady = true;
      if (!isEarly) killLater();
    } else if (!work.hear(line)) {
      tally.violations.push(`a process on ${file} said: ${line}`);
    }
  });
  if (isEarly) killLater();
  const { code, stderr } = await child.ended;
  tally.kills += 1;
  if (!isReady) tally.beforeReady += 1;
  if (code !== null)
    tally.violations.push(`a process on ${file} ended by itself with exit code ${code}: ${stderr}`);
}
