import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../frame/child.mjs';
import { addCounts } from '../../frame/counts.mjs';
import { makeRandom } from '../../frame/random.mjs';
import { appending, delivering } from './work.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('../../frame/random.mjs').Random} Random */
/** @typedef {import('./work.mjs').Work} Work */
/** @typedef {{ counts: Record<string, number>, violations: string[] }} Tally */

/** Files that are worked on at the same time. */
const LANES = 3;
/** After so many kills a new file is begun, so that reading all of it stays quick. */
const KILLS_A_FILE = 100;
const LOOK_CHANCE = 0.1;
const OPENING_MS = 150;
const KILLED = 'processes killed';
const EARLY = 'of them before they were ready';
const DOUBLED = 'rounds with two processes on the file';
const LOOKS = 'times that everything was read';

/**
 * Each round starts a process on the file that the one before has left behind, or two of them, and kills it: while it
 * opens, or in the middle of its work. From time to time, and at the end of each file, everything is read. Files are by
 * turns for processes that only append and for those that deliver as well.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function killOnSqlite({ runs, random, say, isStopped }) {
  /** @type {Tally} */
  const tally = { counts: { [KILLED]: 0, [EARLY]: 0, [DOUBLED]: 0, [LOOKS]: 0 }, violations: [] };
  const kills = Math.min(KILLS_A_FILE, Math.ceil(runs / LANES));
  const folder = mkdtempSync(join(tmpdir(), 'mortar-campaign-'));
  let left = runs;
  const lane = async (/** @type {Random} */ own, /** @type {number} */ first) => {
    for (let turn = first; left > 0 && tally.violations.length === 0 && !isStopped(); turn += 1) {
      const some = Math.min(left, kills);
      left -= some;
      const file = join(folder, `${own.seed()}.db`);
      const work =
        turn % 2 === 0
          ? appending('sqlite', file)
          : delivering('sqlite', file, { isHoldBatched: own.chance(0.5) });
      await workFile({ file, work, kills: some, random: own, tally });
      if (tally.violations.length === 0)
        for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
      say(`${tally.counts[KILLED]} kills, ${tally.violations.length} violations`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, index) => lane(makeRandom(random.seed()), index)));
  // What was found wrong can be looked at.
  if (tally.violations.length === 0) rmSync(folder, { recursive: true, force: true });
  else say(`kept: ${folder}`);
  return tally;
}

/** @param {{ file: string, work: Work, kills: number, random: Random, tally: Tally }} round */
async function workFile({ file, work, kills, random, tally }) {
  for (let done = 0; done < kills && tally.violations.length === 0; ) {
    const processes = random.chance(0.2) && done + 1 < kills ? 2 : 1;
    if (processes === 2) addCounts(tally.counts, { [DOUBLED]: 1 });
    await Promise.all(Array.from({ length: processes }, () => killOne(file, work, random, tally)));
    done += processes;
    if (!random.chance(LOOK_CHANCE)) continue;
    addCounts(tally.counts, { [LOOKS]: 1 });
    tally.violations.push(...(await work.look()).map((violation) => `${violation}, in ${file}`));
  }
  const { counts, violations } = await work.audit();
  addCounts(tally.counts, { [LOOKS]: 1, ...counts });
  tally.violations.push(...violations.map((violation) => `${violation}, in ${file}`));
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
  const ear = work.listen();
  const child = startChild(work.program, work.assignment(random), (line) => {
    if (line === 'ready') {
      isReady = true;
      if (!isEarly) killLater();
    } else if (!ear.hear(line)) {
      tally.violations.push(`a process on ${file} said: ${line}`);
    }
  });
  if (isEarly) killLater();
  const { code, stderr } = await child.ended;
  ear.ended();
  addCounts(tally.counts, { [KILLED]: 1, [EARLY]: isReady ? 0 : 1 });
  if (code !== null)
    tally.violations.push(`a process on ${file} ended by itself with exit code ${code}: ${stderr}`);
}
