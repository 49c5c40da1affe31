// What `npm test` runs: the type check of the tests, lint and format, then every test.
// With arguments (`npm test -- packages/mortar/test/bus -t order`) it passes them to Vitest and runs only that.
// The last line is always `N passed, N failed`, alone on its line, and the exit code is 0 only if nothing failed.
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { testArguments } from './test/arguments.mjs';
import { lint, typeCheck } from './test/checks.mjs';
import { postgresCoverage } from './test/postgres.mjs';
import { add, hasFailed, summary } from './test/tally.mjs';
import { runVitest } from './test/vitest.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

// Tests that need a service of their own are left out where there is none; each says here what it needs.
/** @type {string[]} */
const leftOut = [];

async function test() {
  const given = testArguments(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd(), root);
  const selected = given.length > 0;
  if (selected) leftOut.push('type check and lint, because tests were selected by arguments');
  const postgres = await postgresCoverage();
  if (postgres.leftOut !== undefined) leftOut.push(postgres.leftOut);
  const checks = selected ? [] : [await typeCheck(root), await lint(root)];
  if (postgres.tally !== undefined) checks.push(postgres.tally);
  const tally = add([...checks, await runVitest(root, given)]);
  process.stdout.write(summary(tally, leftOut));
  process.exitCode = hasFailed(tally) ? 1 : 0;
}

await test();
