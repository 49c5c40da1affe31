// Breaks what can break and checks what must hold: `npm run campaign -- kill --runs 300`. See README.md.
// The last line is `0 violations`, and the exit code 0, if nothing was broken.
import { readdirSync } from 'node:fs';
import process from 'node:process';
import { fault, parseArguments, UsageError } from './frame/arguments.mjs';
import { report } from './frame/campaign.mjs';
import { makeRandom } from './frame/random.mjs';
import { runInWorkers } from './frame/workers.mjs';

const folder = new URL('suites/', import.meta.url);

async function run() {
  const request = parseArguments(process.argv.slice(2), names());
  /** @type {{ campaign: import('./frame/campaign.mjs').Campaign }} */
  const { campaign } = await import(new URL(`${request.name}.mjs`, folder).href);
  const store = storeOf(campaign, request.store);
  if (request.isNaive && campaign.canBeNaive !== true)
    throw fault('Few campaigns can be naive.', 'no --naive', request.name);
  const runs = request.runs ?? campaign.runs[store] ?? 1;
  const { name, seed, isNaive, workers } = request;
  const shared = workers > 1 ? `, workers ${workers}` : '';
  print(`campaign ${name}, store ${store}, seed ${seed}, runs ${runs}${shared}${isNaive ? ', naive' : ''}\n`);
  const begun = Date.now();
  const alone = { worker: { index: 0, of: 1 }, isStopped: () => false };
  const findings =
    workers > 1
      ? await runInWorkers({ name, store, runs, seed, isNaive, workers }, say)
      : await campaign.run({ store, runs, seed, isNaive, random: makeRandom(seed), say, ...alone });
  const seconds = Math.round((Date.now() - begun) / 1_000);
  print(report({ ...findings, counts: { ...findings.counts, seconds } }));
  process.exitCode = findings.violations.length === 0 ? 0 : 1;
}

function names() {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.mjs'))
    .map(({ name }) => name.slice(0, -'.mjs'.length))
    .sort();
}

/**
 * @param {import('./frame/campaign.mjs').Campaign} campaign
 * @param {import('./frame/campaign.mjs').StoreKind | undefined} asked
 */
function storeOf({ runs }, asked) {
  const kinds = /** @type {import('./frame/campaign.mjs').StoreKind[]} */ (Object.keys(runs));
  const kind = asked ?? kinds[0];
  if (kind !== undefined && kinds.includes(kind)) return kind;
  throw fault(
    'A campaign runs on the stores that it knows.',
    `--store with one of: ${kinds.join(', ')}`,
    `${asked}`,
  );
}

/** @param {string} text */
function print(text) {
  process.stdout.write(text);
}

/** @param {string} text */
function say(text) {
  process.stderr.write(`${text}\n`);
}

run().catch((error) => {
  process.stderr.write(
    `campaign: ${error instanceof UsageError ? error.message : (error?.stack ?? error)}\n`,
  );
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
