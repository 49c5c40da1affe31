import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { COMMAND, cleanEnvironment } from '../command.js';

/** A `mortar check --watch` that runs. */
export interface Watch {
  readonly child: ChildProcess;
  /** Waits until a check has said this since the last call, and the next change is waited for. */
  readonly told: (pattern: RegExp) => Promise<void>;
  /** How many checks have been made. */
  readonly checks: () => number;
  /** What stood on the standard output. */
  readonly printed: () => string;
  /** Closes what it writes to. */
  readonly leave: () => void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

const WAITS = 'waits for a change';

/** Starts it in a folder. With `into` its standard output is a file of the folder. */
export function watching(folder: string, args: readonly string[] = [], into?: string): Watch {
  const output = into === undefined ? undefined : openSync(join(folder, into), 'a');
  const child = spawn(process.execPath, [COMMAND, 'check', '--watch', ...args], {
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ['ignore', output ?? 'pipe', 'pipe'],
  });
  if (output !== undefined) closeSync(output);
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  let told = '';
  let printed = '';
  let look = (): void => undefined;
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    printed += chunk;
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
      told += chunk;
      look();
    });
  }
  return {
    child,
    told: (pattern) =>
      new Promise((resolve) => {
        look = () => {
          // It waits again: the check is over.
          const match = pattern.exec(text);
          const end = match === null ? -1 : text.indexOf(WAITS, match.index);
          if (end < 0) return;
          text = text.slice(end + WAITS.length);
          resolve();
        };
        look();
      }),
    checks: () => told.split(WAITS).length - 1,
    printed: () => printed,
    leave: () => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve(code ?? signal))),
  };
}
