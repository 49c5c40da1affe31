// Side by side with peers: `npm run bench -- bus`; with --json, the last line on stdout is one line of JSON.
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { findServer, SERVER_NAME } from '../scripts/postgres/find.mjs';
import { parseArguments, selectCases, UsageError } from './harness/arguments.mjs';
import { measureInProcesses } from './harness/process.mjs';
import { jsonLine } from './harness/result.mjs';
import { renderTable } from './harness/text.mjs';

const suitesFolder = new URL('suites/', import.meta.url);
const ownBuild = fileURLToPath(new URL('../packages/mortar/dist', import.meta.url));

async function run() {
  const request = parseArguments(process.argv.slice(2), suiteNames());
  for (const suite of request.suites) {
    const tables = await runSuite(suite, request);
    if (request.json) process.stdout.write(jsonLine(suite, tables));
  }
}

/**
 * @param {string} suite
 * @param {import('./harness/arguments.mjs').Request} request
 */
async function runSuite(suite, { filter, rounds, processes, json, build = ownBuild, against, options }) {
  const { href } = new URL(`${suite}.mjs`, suitesFolder);
  /** @type {{ cases: readonly import('./harness/case.mjs').Case[], needsPostgres?: boolean }} */
  const { cases, needsPostgres = false } = await import(href);
  const stopServer = needsPostgres ? await findPostgres() : undefined;
  const out = json ? process.stderr : process.stdout;
  const builds = { build: fromHere(build), against: against === undefined ? undefined : fromHere(against) };
  const tables = [];
  try {
    const selected = selectCases(cases, filter).filter(
      ({ isBig = false, isOfHistory = false }) =>
        (!isBig || options.isBig) && (!isOfHistory || options.historyEvents > 0),
    );
    for (const { name, isOnce } of selected) {
      const assignment = { suite: href, caseName: name, rounds, options, ...builds };
      const measured = await measureInProcesses(assignment, isOnce ? 1 : processes);
      for (const table of measured) out.write(`${renderTable(table)}\n`);
      tables.push(...measured);
    }
  } finally {
    await stopServer?.();
  }
  return tables;
}

/**
 * Names a server to the processes of the cases.
 * @returns {Promise<() => Promise<void>>} stops it, if it was started here
 */
async function findPostgres() {
  const found = await findServer();
  if (found === undefined) throw new UsageError('The suite needs PostgreSQL. Expected a server; got none.');
  process.env[SERVER_NAME] = found.url;
  return found.stop;
}

/** One a file of the folder. */
function suiteNames() {
  return readdirSync(suitesFolder)
    .filter((name) => name.endsWith('.mjs'))
    .map((name) => name.slice(0, -'.mjs'.length))
    .sort();
}

/**
 * npm runs this in the root, and says where the person stands.
 * @param {string} path
 */
function fromHere(path) {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}

run().catch((error) => {
  process.stderr.write(`bench: ${error instanceof UsageError ? error.message : (error?.stack ?? error)}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
