import { fileURLToPath } from 'node:url';
import { startChild } from './child.mjs';
import { addCounts } from './counts.mjs';
import { makeRandom } from './random.mjs';

/** @typedef {import('./campaign.mjs').Findings} Findings */

/**
 * What a worker is told.
 * @typedef {object} Part
 * @property {string} name of the campaign
 * @property {import('./campaign.mjs').StoreKind} store
 * @property {number} runs its own
 * @property {number} seed its own
 * @property {boolean} isNaive
 * @property {{ index: number, of: number }} worker
 */

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/**
 * Runs a campaign in several processes, each with a part of the runs and a seed that follows from the given one. When one of
 * them has found something the others end as soon as they can.
 * @param {Omit<Part, 'worker'> & { workers: number }} whole
 * @param {(text: string) => void} say
 * @returns {Promise<Findings>} counts of all, added up
 */
export async function runInWorkers({ runs, seed, workers, ...rest }, say) {
  const random = makeRandom(seed);
  const of = Math.min(workers, runs);
  const parts = Array.from({ length: of }, (_, index) => ({
    ...rest,
    runs: Math.floor(runs / of) + (index < runs % of ? 1 : 0),
    seed: random.seed(),
    worker: { index, of },
  }));
  /** @type {{ counts: Record<string, number>, violations: string[] }} */
  const findings = { counts: {}, violations: [] };
  /** @type {import('./child.mjs').Child[]} */
  const children = parts.map((part) =>
    startWorker(part, say, ({ counts, violations }) => {
      addCounts(findings.counts, counts);
      findings.violations.push(
        ...violations.map((violation) => `worker ${part.worker.index + 1}: ${violation}`),
      );
      if (violations.length > 0) for (const child of children) child.tell('stop');
    }),
  );
  const ends = await Promise.all(children.map(({ ended }) => ended));
  for (const [index, { code, signal, stderr }] of ends.entries())
    if (code !== 0) findings.violations.push(`worker ${index + 1} ended with ${code ?? signal}: ${stderr}`);
  return findings;
}

/**
 * @param {Part} part
 * @param {(text: string) => void} say
 * @param {(findings: Findings) => void} found
 */
function startWorker(part, say, found) {
  return startChild(WORKER, part, (line) => {
    const { said, findings } = JSON.parse(line);
    if (said !== undefined) say(`worker ${part.worker.index + 1}: ${said}`);
    if (findings !== undefined) found(findings);
  });
}
