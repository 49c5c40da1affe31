import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environment, lasting, MAIN, Run, runJson } from './running.js';

const PATIENCE = { timeout: 60_000, interval: 20 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-stopping-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Enough to be busy with for some seconds. */
function writeTables(): string[] {
  return ['a.csv', 'b.csv', 'c.csv'].map((name, place) => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `${row},${(row * (place + 7)) % 1_009}`);
    writeFileSync(join(folder, name), `row,reading\n${rows.join('\n')}\n`);
    return name;
  });
}

describe('a run that is asked to stop', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'by %s says so, ends with the code of that, and is gone on with',
    async (signal, code) => {
      const files = writeTables();
      const running = new Run(folder, files);
      await expect.poll(() => running.out, PATIENCE).toMatch(/^c\.csv: registered/m);
      running.child.kill(signal);
      // npm passes on what the terminal has sent already.
      running.child.kill(signal);
      const ended = await running.ended();
      expect([ended.code, ended.err]).toEqual([
        code,
        'Stopped. Start it again, and it goes on where it was.\n',
      ]);
      expect(ended.out).not.toContain('Open alerts');
      const finished = await runJson(folder, ...files);
      const undisturbed = await runJson(folder, '--folder', 'undisturbed', ...files);
      expect(lasting(finished)).toEqual(lasting(undisturbed));
    },
    120_000,
  );

  it('prints no half of its JSON', async () => {
    const running = new Run(folder, ['--json', ...writeTables()]);
    await expect.poll(() => existsSync(join(folder, '.mortar', 'tables')), PATIENCE).toBe(true);
    running.child.kill('SIGTERM');
    const { code, out } = await running.ended();
    expect([code, out]).toEqual([143, '']);
  }, 120_000);
});

describe('a run whose output goes nowhere', () => {
  it.each([[['--help']], [['a.csv']], [['--json', 'a.csv']]])(
    'since nobody reads it, ends quietly: %j',
    async (args) => {
      writeTables();
      const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: environment() });
      let err = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      child.stdout.destroy();
      const [code]: unknown[] = await once(child, 'close');
      expect([code, err]).toEqual([0, '']);
    },
    60_000,
  );

  // Other systems have no such device.
  it.skipIf(!existsSync('/dev/full'))(
    'since the disk is full, fails and says so',
    async () => {
      writeTables();
      for (const args of [['--json', 'a.csv'], ['a.csv']]) {
        const child = spawn(process.execPath, [MAIN, ...args], {
          cwd: folder,
          env: environment(),
          stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
        });
        let err = '';
        child.stderr?.setEncoding('utf8').on('data', (text: string) => {
          err += text;
        });
        const [code]: unknown[] = await once(child, 'close');
        expect([code, err]).toEqual([1, expect.stringMatching(/^The output can't be written: ENOSPC/)]);
      }
    },
    60_000,
  );
});
