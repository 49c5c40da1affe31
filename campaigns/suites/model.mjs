import fc from 'fast-check';
import { checkAgainstModel } from 'mortar/testing/conformance';
import { loadCommands } from './model/commands.mjs';
import { subjects } from './model/subjects.mjs';

/** @typedef {import('../frame/campaign.mjs').Task} Task */
/** @typedef {import('../frame/campaign.mjs').Findings} Findings */

const SAY_EVERY = 10;

/** @type {import('../frame/campaign.mjs').Campaign} */
export const campaign = {
  does: 'runs random commands on an empty store and on a plain model of one, and compares what comes of each',
  runs: { memory: 20_000, sqlite: 2_000, postgres: 500 },
  run: compare,
};

/**
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
async function compare({ store, runs, seed, say }) {
  const logCommands = await loadCommands();
  const source = await subjects(store);
  const counts = { 'logs compared': 0, 'commands run': 0 };
  const check = async (
    /** @type {readonly import('mortar/testing/conformance').LogCommand[]} */ commands,
  ) => {
    const subject = await source.make();
    try {
      await checkAgainstModel(subject, commands);
    } finally {
      await subject.dispose?.();
    }
    counts['logs compared'] += 1;
    counts['commands run'] += commands.length;
    if (counts['logs compared'] % Math.ceil(runs / SAY_EVERY) === 0)
      say(`${counts['logs compared']} logs compared`);
  };
  try {
    // What fails is made smaller by fast-check, and said with the path that leads there again.
    const details = await fc.check(fc.asyncProperty(logCommands, check), { numRuns: runs, seed });
    if (!details.failed) return { counts, violations: [] };
    const { errorInstance } = details;
    const why = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
    return { counts, violations: [`${fc.defaultReportMessage(details)}\n${why}`] };
  } finally {
    await source.close();
  }
}
