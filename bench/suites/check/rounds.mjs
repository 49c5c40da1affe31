import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowOf } from '../../harness/result.mjs';
import { dropCache, runOnce } from './contestants.mjs';

/** @typedef {import('./contestants.mjs').Contestant} Contestant */
/** @typedef {import('./contestants.mjs').Run} Run */
/** @typedef {import('../../harness/result.mjs').Table} Table */
/** @typedef {import('../../harness/result.mjs').Goal} Goal */

/**
 * Runs all contestants by turns on one project.
 * @param {string} root
 * @param {readonly Contestant[]} contestants
 * @param {number} rounds
 * @param {(contestant: Contestant, run: Run) => void} verify throws for a wrong answer
 * @returns {ReadonlyMap<Contestant, readonly Run[]>}
 */
export function runByTurns(root, contestants, rounds, verify) {
  /** @type {Map<Contestant, Run[]>} */
  const runs = new Map(contestants.map((contestant) => [contestant, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of contestants) {
      const run = runOnce(contestant, root);
      verify(contestant, run);
      runs.get(contestant)?.push(run);
    }
  }
  return runs;
}

/**
 * @param {string} name
 * @param {ReadonlyMap<Contestant, readonly Run[]>} runs
 * @param {'ns' | 'bytes'} unit
 * @param {readonly Goal[]} [goals]
 * @returns {Table}
 */
export function tableOf(name, runs, unit, goals = []) {
  const rows = [...runs].map(([contestant, found]) =>
    rowOf(
      contestant.name,
      contestant.kind,
      found.map((run) => run[unit]),
    ),
  );
  return { name, unit, rows, goals };
}

/**
 * @template T
 * @param {(root: string) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function inFolder(use) {
  const root = mkdtempSync(join(tmpdir(), 'mortar-bench-check-'));
  try {
    return await use(root);
  } finally {
    dropCache(root);
    rmSync(root, { recursive: true, force: true });
  }
}
