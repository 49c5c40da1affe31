import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import process from 'node:process';

/** @typedef {import('./lock.mjs').Lock} Lock */

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs a command under the lock, with its output on stderr and nothing on stdin, and answers how it ended:
 * `undefined` if well, else in words. A signal to this process goes to the command first; this process
 * ends after it, so that the lock is never free while the command still writes.
 * @param {Lock} lock
 * @param {readonly string[]} command the program and its arguments
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, shell?: boolean }} options
 * @returns {Promise<string | undefined>}
 */
export function runCommand(lock, [program = '', ...args], options) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 2, 2] });
    if (child.pid !== undefined) lock.recordChild(child.pid);
    const forward = forwardSignals(child);
    child.once('error', (error) => {
      forward.stop();
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      forward.stop();
      resolve(code === 0 ? undefined : signal === null ? `exit code ${code}` : `killed by ${signal}`);
    });
  });
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {{ stop: () => void }}
 */
function forwardSignals(child) {
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    child.removeAllListeners('exit');
    child.once('exit', () => process.exit(128 + constants.signals[signal]));
    child.kill(signal);
  };
  for (const signal of SIGNALS) process.once(signal, forward);
  return {
    stop() {
      for (const signal of SIGNALS) process.off(signal, forward);
    },
  };
}
