import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../frame/arguments.mjs';
import { canInject, failCalls } from './faults.mjs';
import { canMount, fillDisk } from './full.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */

/**
 * What one run has come to.
 * @typedef {object} Outcome
 * @property {number} acknowledged
 * @property {boolean} isHit whether the fault came to be at all
 * @property {readonly string[]} violations
 */

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {(folder: string, random: import('../../frame/random.mjs').Random) => Promise<Outcome>} run
 */

const WRITES = 'write,pwrite64,writev';
const SYNCS = 'fsync,fdatasync';

/**
 * Each run chooses one thing that goes wrong with the disk.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function diskOnSqlite({ runs, random, say }) {
  const scenarios = availableScenarios(say);
  /** @type {Record<string, number>} */
  const counts = { 'events acknowledged': 0 };
  /** @type {string[]} */
  const violations = [];
  for (let run = 0; run < runs && violations.length === 0; run += 1) {
    const { name, run: runOne } = /** @type {Scenario} */ (scenarios[run % scenarios.length]);
    const folder = mkdtempSync(join(tmpdir(), 'mortar-campaign-'));
    const { acknowledged, isHit, violations: found } = await runOne(folder, random);
    violations.push(...found.map((violation) => `${name}: ${violation}`));
    counts['events acknowledged'] = (counts['events acknowledged'] ?? 0) + acknowledged;
    const what = isHit ? name : `${name}, not reached`;
    counts[what] = (counts[what] ?? 0) + 1;
    rmSync(folder, { recursive: true, force: true });
    if ((run + 1) % 50 === 0) say(`${run + 1} runs, ${violations.length} violations`);
  }
  for (const { name } of scenarios) {
    if (runs >= scenarios.length && counts[name] === undefined) violations.push(`${name}: never came to be`);
  }
  return { counts, violations };
}

/** @param {(text: string) => void} say */
function availableScenarios(say) {
  /** @type {Scenario[]} */
  const scenarios = [];
  if (canMount()) scenarios.push({ name: 'disk full, and room again', run: fillDisk });
  else say('left out: a full disk, since that takes root and the right to mount a tmpfs');
  if (canInject()) {
    const fail = (/** @type {string} */ calls, /** @type {string} */ error, lasts = false) =>
      /** @type {Scenario['run']} */ ((folder, random) => failCalls(folder, random, { calls, error, lasts }));
    scenarios.push(
      { name: 'a write fails (EIO)', run: fail(WRITES, 'EIO') },
      { name: 'writes fail from then on (ENOSPC)', run: fail(WRITES, 'ENOSPC', true) },
      { name: 'a sync fails (EIO)', run: fail(SYNCS, 'EIO') },
    );
  } else {
    say('left out: failing calls, since they take strace and the right to trace: apt-get install strace');
  }
  if (scenarios.length === 0)
    throw new UsageError('The campaign breaks disks. Expected root or strace; got neither.');
  return scenarios;
}
