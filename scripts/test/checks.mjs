import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { run } from './run.mjs';

/** @typedef {import('./tally.mjs').Tally} Tally */

const GROUPS = ['packages', 'ecosystem', 'examples'];

/**
 * Type-checks the tests, and with them what the types must refuse. Counts as one test.
 * @param {string} root
 * @returns {Promise<Tally>}
 */
export async function typeCheck(root) {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  let passed = true;
  for (const project of testProjects(root)) {
    passed = (await run([process.execPath, compiler, '-p', project], root)) === 0 && passed;
  }
  return report('types', passed);
}

/**
 * Lints every file and checks its format. Counts as one test.
 * @param {string} root
 * @returns {Promise<Tally>}
 */
export async function lint(root) {
  const biome = join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  return report('lint and format', (await run([process.execPath, biome, 'check'], root)) === 0);
}

/**
 * Every `test/tsconfig.json` of the repository, relative to its root.
 * @param {string} root
 */
function testProjects(root) {
  const packages = GROUPS.filter((group) => existsSync(join(root, group))).flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(group, name)),
  );
  const projects = ['.', ...packages].map((folder) => join(folder, 'test', 'tsconfig.json'));
  return projects.filter((project) => existsSync(join(root, project)));
}

/**
 * @param {string} name
 * @param {boolean} passed
 * @returns {Tally}
 */
function report(name, passed) {
  process.stdout.write(`${passed ? ' ✓' : ' ✗'} ${name}\n`);
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}
