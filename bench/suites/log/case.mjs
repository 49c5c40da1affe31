import { makePlace } from './place.mjs';
import { measureLog, usualPace } from './rounds.mjs';

/** @typedef {import('../../harness/case.mjs').Case} Case */
/** @typedef {import('../../harness/result.mjs').Goal} Goal */
/** @typedef {import('./place.mjs').Place} Place */
/** @typedef {import('./rounds.mjs').LogContestant} LogContestant */

/**
 * A case of this suite: one table, in nanoseconds an event. In one process, since what is measured hangs on disks and
 * servers more than on what the compiler has made of a loop.
 * @param {string} name
 * @param {(place: Place) => Promise<readonly LogContestant[]>} prepare
 * @param {readonly Goal[]} goals one whose peer was left out is left out as well
 * @param {import('./rounds.mjs').LogPace} [pace]
 * @returns {Case}
 */
export function logCase(name, prepare, goals, pace = usualPace) {
  return {
    name,
    isOnce: true,
    async measure({ rounds, options }) {
      const place = makePlace(options);
      try {
        const rows = await measureLog(await prepare(place), rounds, pace);
        const isThere = (/** @type {string} */ row) => rows.some((one) => one.name === row);
        return [{ name, unit: 'ns an event', rows, goals: goals.filter(({ peer }) => isThere(peer)) }];
      } finally {
        await place.close();
      }
    },
  };
}
