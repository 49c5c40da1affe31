import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { mergeTables } from './result.mjs';

/** @typedef {import('./result.mjs').Table} Table */

/**
 * What the process of a case is told.
 * @typedef {object} Assignment
 * @property {string} suite the URL of its module
 * @property {string} caseName
 * @property {number} rounds
 * @property {string} build
 * @property {string | undefined} against
 * @property {import('./case.mjs').Options} options
 */

const WORKER = fileURLToPath(new URL('worker.mjs', import.meta.url));

/**
 * Measures a case in processes of its own, one after the other, so that a result does not depend on which cases ran before
 * it: they would leave a grown heap behind, and code that was optimized for their handlers. Several, since what V8
 * inlines is decided once a process: the rounds of one then agree within 2 %, and with those of the next only within 20 %.
 * @param {Assignment} assignment
 * @param {number} processes
 * @returns {Promise<readonly Table[]>}
 */
export async function measureInProcesses(assignment, processes) {
  const runs = [];
  for (let run = 0; run < processes; run += 1) runs.push(await measureInProcess(assignment));
  return mergeTables(runs);
}

/**
 * @param {Assignment} assignment
 * @returns {Promise<readonly Table[]>}
 */
function measureInProcess(assignment) {
  return new Promise((resolve, reject) => {
    const child = fork(WORKER, [JSON.stringify(assignment)], {
      execArgv: [...process.execArgv, '--expose-gc'],
      // What a peer prints belongs to the person, not into the JSON.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child.once('message', (message) => resolve(/** @type {readonly Table[]} */ (message)));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      const fail = () => reject(new Error(`The case "${assignment.caseName}" ended with ${how}.`));
      // Its message may still be on the way; after that, a rejection changes nothing.
      if (child.connected) child.once('disconnect', fail);
      else fail();
    });
  });
}
