import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

/**
 * A process that a campaign has started.
 * @typedef {object} Child
 * @property {number} pid
 * @property {(signal: NodeJS.Signals) => void} kill
 * @property {(line: string) => void} tell a line to its standard input
 * @property {Promise<{ code: number | null, signal: NodeJS.Signals | null, stderr: string }>} ended when it has ended and all that it wrote has been read
 */

const PIPE = 3;
const KEPT_STDERR = 4_000;

/**
 * Starts a program of the campaigns. Each whole line that it writes to its third pipe is handed on: what is in the pipe
 * when it is killed still comes, half a line does not.
 * @param {string} file
 * @param {unknown} assignment its only argument, as JSON
 * @param {(line: string) => void} onLine
 * @param {{ wrapper?: readonly string[] }} [options] a program that runs it, such as `strace`, with its arguments
 * @returns {Child}
 */
export function startChild(file, assignment, onLine, { wrapper = [] } = {}) {
  const [program = '', ...args] = [...wrapper, process.execPath, file, JSON.stringify(assignment)];
  const child = spawn(program, args, {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    // A wrapper that is killed lets go of its program: the two are killed as a group.
    detached: wrapper.length > 0,
  });
  let stderr = '';
  child.stderr?.on('data', (data) => {
    stderr = (stderr + data).slice(-KEPT_STDERR);
  });
  // Writing to a process that was killed is no error of the campaign's.
  child.stdin?.on('error', () => {});
  const pipe = /** @type {import('node:stream').Readable} */ (child.stdio[3]);
  const whole = wholeLines(onLine);
  pipe.on('data', whole);
  return {
    pid: child.pid ?? 0,
    kill(signal) {
      if (wrapper.length === 0 || child.pid === undefined) child.kill(signal);
      else killGroup(child.pid, signal);
    },
    tell: (line) => void child.stdin?.write(`${line}\n`),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve({ code, signal, stderr }));
    }),
  };
}

/**
 * @param {number} leader
 * @param {NodeJS.Signals} signal
 */
function killGroup(leader, signal) {
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended already.
  }
}

/**
 * For the child: each line that its campaign tells it. A child whose campaign is gone ends.
 * @param {(line: string) => void} onLine
 */
export function listen(onLine) {
  createInterface({ input: process.stdin })
    .on('line', onLine)
    .once('close', () => process.exit(1));
}

/**
 * For the child: tells its campaign something.
 * @param {string} lines written whole before this returns, since the process may not live much longer
 */
export function tell(lines) {
  const data = Buffer.from(`${lines}\n`);
  for (let written = 0; written < data.length; ) {
    try {
      written += writeSync(PIPE, data, written);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

/** @param {(line: string) => void} onLine */
function wholeLines(onLine) {
  let rest = '';
  return (/** @type {Buffer} */ data) => {
    const lines = (rest + data.toString('latin1')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
}
