import { parseArgs } from 'node:util';

/** A wrong command line: its message is all that the person at the terminal needs, without a stack. */
export class UsageError extends Error {}

/** @typedef {import('./campaign.mjs').StoreKind} StoreKind */

/**
 * What a run was asked to do.
 * @typedef {object} Request
 * @property {string} name of the campaign
 * @property {number | undefined} runs
 * @property {number} seed
 * @property {StoreKind | undefined} store
 * @property {boolean} isNaive
 * @property {number} workers how many processes share the runs
 */

const STORES = /** @type {const} */ (['memory', 'sqlite', 'postgres']);
const MOST_RUNS = 100_000_000;
const SEEDS = 2 ** 31;
const MOST_WORKERS = 64;
const OPTIONS = /** @type {const} */ ({
  runs: { type: 'string' },
  seed: { type: 'string' },
  store: { type: 'string' },
  naive: { type: 'boolean' },
  workers: { type: 'string' },
});

/**
 * @param {readonly string[]} given the arguments after the program's name
 * @param {readonly string[]} known the names of all campaigns
 * @returns {Request}
 * @throws {UsageError}
 */
export function parseArguments(given, known) {
  const { values, positionals } = parse(given);
  const [name, ...more] = positionals;
  if (name === undefined || !known.includes(name) || more.length > 0) {
    throw fault(
      'One campaign runs at a time.',
      `one of: ${known.join(', ')}`,
      positionals.join(' ') || 'none',
    );
  }
  const store = STORES.find((kind) => kind === values.store);
  if (values.store !== undefined && store === undefined) {
    throw fault('A campaign runs on a store.', `--store with one of: ${STORES.join(', ')}`, values.store);
  }
  return {
    name,
    runs: values.runs === undefined ? undefined : wholeNumber('--runs', values.runs, 1, MOST_RUNS),
    seed:
      values.seed === undefined
        ? Math.floor(Math.random() * SEEDS)
        : wholeNumber('--seed', values.seed, 0, SEEDS - 1),
    store,
    isNaive: values.naive ?? false,
    workers: values.workers === undefined ? 1 : wholeNumber('--workers', values.workers, 1, MOST_WORKERS),
  };
}

/** @param {readonly string[]} given */
function parse(given) {
  try {
    return parseArgs({ args: [...given], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [what] = error instanceof Error ? error.message.split('. ') : [];
    const options =
      '--runs <number>, --seed <number>, --store <memory, sqlite or postgres>, --workers <number>, --naive';
    throw fault('An option is one that the campaigns know.', options, what ?? String(error));
  }
}

/**
 * @param {string} option
 * @param {string} text
 * @param {number} fewest
 * @param {number} most
 */
function wholeNumber(option, text, fewest, most) {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= fewest && number <= most) return number;
  throw fault('A campaign counts.', `${option} with a whole number from ${fewest} to ${most}`, text);
}

/**
 * @param {string} rule
 * @param {string} expected
 * @param {string} got
 */
export function fault(rule, expected, got) {
  return new UsageError(`${rule} Expected ${expected}; got ${got}.`);
}
