/** @typedef {import('./result.mjs').Table} Table */
/** @typedef {import('./result.mjs').Goal} Goal */
/** @typedef {import('./contestant.mjs').Contestant} Contestant */
import { measureRounds } from './rounds.mjs';

/**
 * A built kernel.
 * @typedef {object} Build
 * @property {string} name how its rows are called
 * @property {'ours' | 'peer'} kind
 * @property {(area: string) => Promise<any>} area imports an area, such as `bus`
 */

/**
 * What single suites ask for.
 * @typedef {object} Options
 * @property {number} commitDelayMs what PostgreSQL waits before each commit, as a slower disk would
 * @property {boolean} isBig whether the cases run that take gigabytes
 * @property {number} historyEvents how many events are handled before delivery is measured beside an empty store; 0 to leave that out
 */

/**
 * What a case is given.
 * @typedef {object} Setting
 * @property {number} rounds in this process
 * @property {readonly Build[]} builds ours, and the one it is measured against, if any
 * @property {Options} options
 */

/**
 * One thing that is measured, in processes of its own.
 * @typedef {object} Case
 * @property {string} name
 * @property {boolean} [isBig] whether it runs only when it is asked for by `--big`
 * @property {boolean} [isOfHistory] whether it runs only when it is asked for by `--history`
 * @property {boolean} isOnce whether one process is enough, since what is measured does not hang on what the compiler does
 * @property {(setting: Setting) => Promise<readonly Table[]>} measure
 */

/**
 * A case that measures how long an event takes.
 * @param {string} name
 * @param {(builds: readonly Build[]) => Promise<readonly Contestant[]>} prepare
 * @param {readonly Goal[]} [goals]
 * @returns {Case}
 */
export function timingCase(name, prepare, goals = []) {
  return {
    name,
    isOnce: false,
    async measure({ rounds, builds }) {
      const rows = await measureRounds(await prepare(builds), rounds);
      return [{ name, unit: 'ns an event', rows, goals }];
    },
  };
}
