import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { run } from './run.mjs';
import { tallyOf } from './tally.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */

/**
 * Runs Vitest once over all projects.
 * @param {string} root
 * @param {readonly string[]} given arguments that select tests; none means all
 * @returns {Promise<Tally>}
 */
export async function runVitest(root, given) {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-test-'));
  const output = join(folder, 'report.json');
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${output}`];
  try {
    // A NODE_ENV of the machine (production) would select other builds of the libraries under test.
    const env = { ...process.env, NODE_ENV: 'test' };
    const exitCode = await run([process.execPath, vitest, 'run', ...reporters, ...given], root, env);
    return tallyOf(readReport(output), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} path
 * @returns {unknown} undefined if Vitest ended before it could write one
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
