/** @typedef {'memory' | 'sqlite' | 'postgres'} StoreKind */

/**
 * What a campaign is told.
 * @typedef {object} Task
 * @property {StoreKind} store
 * @property {number} runs how much of what the campaign counts
 * @property {number} seed
 * @property {import('./random.mjs').Random} random
 * @property {boolean} isNaive whether to do it wrong on purpose, so that the checks have something to find
 * @property {{ index: number, of: number }} worker which of several processes this is that share the runs; `runs` is its own part
 * @property {() => boolean} isStopped whether another worker has found something, so that this one may end
 * @property {(text: string) => void} say progress, for the person at the terminal
 */

/**
 * What it has come to.
 * @typedef {object} Findings
 * @property {Readonly<Record<string, number>>} counts what happened, so that a campaign that did nothing shows
 * @property {readonly string[]} violations each says what was broken, and where
 */

/**
 * A campaign: it breaks what can break, at random, and checks afterwards what must never be broken.
 * @typedef {object} Campaign
 * @property {string} does in one line
 * @property {Readonly<Partial<Record<StoreKind, number>>>} runs how many unless said, for each store it can run on; the first is the one unless said
 * @property {boolean} [canBeNaive]
 * @property {(task: Task) => Promise<Findings>} run
 */

const SHOWN_VIOLATIONS = 20;

/**
 * What is printed at the end, for people and for those who look for the last line.
 * @param {Findings} findings
 */
export function report({ counts, violations }) {
  const number = (/** @type {number} */ value) => value.toLocaleString('en-US');
  const lines = Object.entries(counts).map(([what, count]) => `  ${number(count).padStart(12)}  ${what}`);
  const shown = violations.slice(0, SHOWN_VIOLATIONS).map((violation) => `  violation: ${violation}`);
  if (violations.length > shown.length)
    shown.push(`  … and ${number(violations.length - shown.length)} more`);
  return `${[...lines, ...shown, `${number(violations.length)} violations`].join('\n')}\n`;
}
