import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** A program in a process of its own, and what it has said so far. */
export interface Child {
  readonly process: ChildProcess;
  /** Lines of its standard output. */
  readonly lines: readonly string[];
  /** Resolves when it has said so many lines, or has ended. */
  said(lines: number): Promise<void>;
  /** Resolves when it has ended: with its exit code, or the signal that ended it, and what it complained of. */
  ended(): Promise<{ readonly code: number | string; readonly complaint: string }>;
}

/** Starts one of the fixtures. `under` is a command that runs it, such as strace. */
export function start(fixture: string, parameters: readonly string[], under: readonly string[] = []): Child {
  const program = fileURLToPath(new URL(`../fixtures/${fixture}.mjs`, import.meta.url));
  const [command = process.execPath, ...rest] = [...under, process.execPath, program, ...parameters];
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  const complaints: string[] = [];
  const waiting: { readonly lines: number; readonly resolve: () => void }[] = [];
  const tell = (hasEnded: boolean): void => {
    for (const one of [...waiting]) if (hasEnded || lines.length >= one.lines) one.resolve();
  };
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    tell(false);
  });
  child.stderr.on('data', (chunk) => complaints.push(String(chunk)));
  const close = once(child, 'close');
  void close.then(() => tell(true));
  return {
    process: child,
    lines,
    said: (count) =>
      new Promise((resolve) => {
        waiting.push({ lines: count, resolve });
        tell(child.exitCode !== null || child.signalCode !== null);
      }),
    ended: async () => {
      const [code, signal] = await close;
      return { code: code ?? signal, complaint: complaints.join('') };
    },
  };
}
