import { parseArgs } from 'node:util';

/** A wrong command line: its message is all that the person at the terminal needs, without a stack. */
export class UsageError extends Error {}

/**
 * What a run was asked to do.
 * @typedef {object} Request
 * @property {readonly string[]} suites in the order they were named; all where none was
 * @property {boolean} json
 * @property {number} rounds in each process
 * @property {number} processes for each case, one after the other
 * @property {string} filter runs the cases whose name holds it; empty for all
 * @property {string | undefined} build folder of a built kernel to measure in place of this checkout's
 * @property {string | undefined} against folder of a built kernel to measure beside it
 * @property {import('./case.mjs').Options} options of single suites
 */

const ROUNDS = { fewest: 3, most: 1_000, usual: 3 };
const PROCESSES = { fewest: 1, most: 100, usual: 3 };
const COMMIT_DELAY_MS = { fewest: 0, most: 100, usual: 0 };
const HISTORY_EVENTS = { fewest: 0, most: 10_000_000, usual: 0 };
const OPTIONS = /** @type {const} */ ({
  json: { type: 'boolean' },
  rounds: { type: 'string' },
  processes: { type: 'string' },
  filter: { type: 'string' },
  build: { type: 'string' },
  against: { type: 'string' },
  'commit-delay': { type: 'string' },
  big: { type: 'boolean' },
  history: { type: 'string' },
});

/**
 * @param {readonly string[]} given the arguments after the program's name
 * @param {readonly string[]} known the names of all suites
 * @returns {Request}
 * @throws {UsageError} for a suite, an option or a number that can't be
 */
export function parseArguments(given, known) {
  const { values, positionals } = parse(given);
  for (const name of positionals) {
    if (!known.includes(name)) throw fault('There is no such suite.', `one of: ${known.join(', ')}`, name);
  }
  return {
    suites: positionals.length === 0 ? known : positionals,
    json: values.json ?? false,
    rounds: numberOf('--rounds', values.rounds, ROUNDS),
    processes: numberOf('--processes', values.processes, PROCESSES),
    filter: values.filter ?? '',
    build: values.build,
    against: values.against,
    options: {
      commitDelayMs: numberOf('--commit-delay', values['commit-delay'], COMMIT_DELAY_MS),
      isBig: values.big ?? false,
      historyEvents: numberOf('--history', values.history, HISTORY_EVENTS),
    },
  };
}

/**
 * The cases that a filter leaves.
 * @template {{ readonly name: string }} Case
 * @param {readonly Case[]} cases
 * @param {string} filter
 * @returns {Case[]}
 * @throws {UsageError} if none is left
 */
export function selectCases(cases, filter) {
  const selected = cases.filter(({ name }) => name.includes(filter));
  if (selected.length > 0) return selected;
  const names = cases.map(({ name }) => JSON.stringify(name)).join(', ');
  throw fault('The filter is a part of the name of a case.', `a part of one of: ${names}`, filter);
}

/** @param {readonly string[]} given */
function parse(given) {
  try {
    return parseArgs({ args: [...given], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    const [what] = error instanceof Error ? error.message.split('. ') : [];
    const options = Object.entries(OPTIONS).map(([name, { type }]) =>
      type === 'boolean' ? `--${name}` : `--${name} <value>`,
    );
    throw fault('An option is one that the benchmarks know.', options.join(', '), what ?? String(error));
  }
}

/**
 * @param {string} option
 * @param {string | undefined} text
 * @param {{ fewest: number, most: number, usual: number }} range
 */
function numberOf(option, text, { fewest, most, usual }) {
  if (text === undefined) return usual;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= fewest && number <= most) return number;
  throw fault(
    `The number of ${option} has its bounds.`,
    `${option} with a whole number from ${fewest} to ${most}`,
    text,
  );
}

/**
 * @param {string} rule
 * @param {string} expected
 * @param {string} got
 */
function fault(rule, expected, got) {
  return new UsageError(`${rule} Expected ${expected}; got ${got}.`);
}
