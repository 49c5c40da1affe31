import { spawn } from 'node:child_process';
import process from 'node:process';
import { root } from '../source/repository.js';

/** How a campaign has ended, and what it has said. */
export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Long enough for a machine that is busy with other tests. */
export const TIMEOUT_MS = 1_800_000;

/** The whole of each campaign takes hours. A build machine runs longer ones than `npm test` does while one works. */
export function runsOf(usual: number, onBuildMachine: number): number {
  return process.env['CI'] === undefined ? usual : onBuildMachine;
}

/** Runs a campaign. Not by `spawnSync`: other tests of this process must go on. */
export function runCampaign(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['campaigns/run.mjs', ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    child.once('close', (status) => resolve({ status, output: stderr + stdout }));
  });
}

/** The number before one of the things that a campaign has counted; NaN if it has not. */
export function countOf(output: string, what: string): number {
  const line = output.split('\n').find((text) => text.trimEnd().endsWith(`  ${what}`));
  return Number((line ?? 'none').trim().split(' ')[0]?.replaceAll(',', ''));
}
