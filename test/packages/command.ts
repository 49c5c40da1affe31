import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { installSettings } from '../../scripts/prepare/settings.mjs';

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command as in a user's terminal: with the Node of this test first, and nothing that the npm of this test has set. */
export async function run(
  [program = '', ...args]: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd,
    env: { ...terminal(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  return { code: child.exitCode, stdout, stderr };
}

function terminal(): NodeJS.ProcessEnv {
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  return { ...installSettings(process.env), PATH: path, NODE_OPTIONS: '', NO_COLOR: '1' };
}
