import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Run, runJson } from '../running.js';

const PATIENCE = { timeout: 120_000 };

let folder: string;
let inbox: string;
let watching: Run | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-bursts-'));
  inbox = join(folder, 'inbox');
  mkdirSync(inbox);
});
afterEach(async () => {
  watching?.child.kill('SIGKILL');
  await watching?.ended();
  rmSync(folder, { recursive: true, force: true });
});

function watch(): Run {
  watching = new Run(folder, ['--watch', 'inbox']);
  return watching;
}

/** Renamed into place, as whoever wants no half of a file to be read does it. */
function arrive(name: string, rows = 2): void {
  writeFileSync(join(inbox, `${name}.part`), `a\n${'1\n'.repeat(rows)}`);
  renameSync(join(inbox, `${name}.part`), join(inbox, name));
}

function burst(prefix: string, count: number): void {
  for (let place = 0; place < count; place += 1) arrive(`${prefix}${place}.csv`);
}

/** How often files were registered, and what became of that. */
async function registrations(): Promise<readonly (number | undefined)[]> {
  const { events } = await runJson(folder, 'inbox/a0.csv');
  return [events.published['data-quality.dataset-registered'], events.deadLetters];
}

/** How many files have come to an end, even to that they have changed meanwhile: as each burst was counted last, or one by one. */
function doneIn(out: string): number {
  let [earlier, counted] = [0, 0];
  for (const line of out.split('\n')) {
    const [, done, bad = '0'] = /^\d+ files: (\d+) done(?:, (\d+) can't be used)?$/.exec(line) ?? [];
    if (done !== undefined) counted = Number(done) + Number(bad);
    else if (/^\d+ files: what/.test(line)) [earlier, counted] = [earlier + counted, 0];
    else if (/^\S+\.csv: (?:done|known): /.test(line)) earlier += 1;
  }
  return earlier + counted;
}

it('hundreds of files are counted and not told one by one, through kills and stops, each registered once', async () => {
  burst('a', 60);
  const killed = watch();
  await expect.poll(() => killed.out, PATIENCE).toMatch(/^60 files: what has come of them is counted\.$/m);
  await expect.poll(() => killed.out, PATIENCE).toMatch(/^60 files: [1-9]\d* done$/m);
  killed.child.kill('SIGKILL');
  await killed.ended();
  burst('b', 60);
  const stopped = watch();
  await expect.poll(() => stopped.out, PATIENCE).toMatch(/^120 files: [1-9]\d* done$/m);
  stopped.child.kill('SIGINT');
  const { code, out } = await stopped.ended();
  expect(code).toBe(0);
  expect(out).toMatch(/^The next start goes on with \d+ files\.$/m);
  expect(out.split('\n').length).toBeLessThan(250);
  const last = watch();
  await expect.poll(() => last.out, PATIENCE).toMatch(/^120 files: 120 done$/m);
  last.child.kill('SIGINT');
  expect((await last.ended()).out).toMatch(
    /^And 100 data sets that fared better; the report has the worst 100\.$/m,
  );
  expect(await registrations()).toEqual([120, 0]);
}, 300_000);

it('what arrives while others are worked on is taken, as it is in the end', async () => {
  burst('a', 60);
  const running = watch();
  await expect.poll(() => running.out, PATIENCE).toMatch(/^60 files: [1-9]\d* done/m);
  burst('b', 60);
  arrive('removed.csv');
  writeFileSync(join(inbox, 'written.csv'), 'a\n');
  for (let row = 0; row < 50; row += 1) appendFileSync(join(inbox, 'written.csv'), `${row}\n`);
  arrive('a7.csv', 77);
  rmSync(join(inbox, 'removed.csv'));
  // All of both bursts, what was written in pieces, and what was replaced once more.
  await expect.poll(() => doneIn(running.out), PATIENCE).toBe(122);
  running.child.kill('SIGTERM');
  const { out } = await running.ended();
  expect(out).not.toContain('Could not be read');
  const { datasets } = await runJson(folder, 'inbox/written.csv', 'inbox/a7.csv', 'inbox/b59.csv');
  expect(datasets.map(({ outcome, quality }) => [outcome, quality.assessment?.rows])).toEqual([
    ['unchanged', 50],
    ['unchanged', 77],
    ['unchanged', 2],
  ]);
}, 300_000);
