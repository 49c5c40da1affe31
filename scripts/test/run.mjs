import { spawn } from 'node:child_process';
import process from 'node:process';

/**
 * Runs a command with this terminal's output and answers its exit code; 1 if it could not start or was killed.
 * @param {readonly string[]} command the program and its arguments
 * @param {string} cwd
 * @param {NodeJS.ProcessEnv} [env]
 * @param {readonly NodeJS.Signals[]} [forwarded] signals that end the command in place of this process
 * @returns {Promise<number>}
 */
export function run([program = '', ...args], cwd, env = process.env, forwarded = []) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] });
    for (const signal of forwarded) process.on(signal, () => child.kill(signal));
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
