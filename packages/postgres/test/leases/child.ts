import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A process that delivers, and what it has said so far. */
export interface Child {
  readonly process: ChildProcess;
  /** Lines of its standard output. */
  readonly lines: readonly string[];
  /** Resolves when it has ended: with its exit code, or the signal that ended it, and what it complained of. */
  ended(): Promise<{ readonly code: number | string; readonly complaint: string }>;
}

const PROGRAM = fileURLToPath(new URL('./fixtures/deliverer.mjs', import.meta.url));

/** Starts one; it is killed when the test ends. */
export function startDeliverer(parameters: readonly string[]): Child {
  const child = spawn(process.execPath, [PROGRAM, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const complaints: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)));
  const close = once(child, 'close');
  return {
    process: child,
    lines,
    ended: async () => {
      const [code, signal] = await close;
      return { code: code ?? signal, complaint: complaints.join('') };
    },
  };
}
