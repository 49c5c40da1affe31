import { spawnSync } from 'node:child_process';
import { sqlite } from '@mortar/sqlite';
import { silentLogger } from 'mortar/logging';
import { describe, expect, it } from 'vitest';
import { aFile } from '../support/file.js';
import { start } from './child.js';

/** strace makes system calls fail; it needs Linux, and the right to trace. */
const hasStrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
const title = hasStrace
  ? 'a disk that fails'
  : 'a disk that fails: left out, since strace can not be used here';

/** Runs the fixture under strace, and answers with what became of each append. */
async function onBadDisk(file: string, inject: string, after: number): Promise<readonly string[]> {
  // So that no system call of the program is one of making tables.
  await (await sqlite(file).open({ logger: silentLogger })).close();
  const under = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `inject=${inject}`];
  const child = start('on-a-bad-disk', [file, String(after)], under);
  expect(await child.ended()).toEqual({ code: 0, complaint: '' });
  return child.lines;
}

function codesIn(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith('MORTAR'));
}

/** Everything that was acknowledged is there, and the file takes more. */
async function expectSound(file: string, lines: readonly string[]): Promise<void> {
  const store = await sqlite(file).open({ logger: silentLogger });
  const { entries } = await store.events.readAll({ limit: 10_000 });
  const ids = new Set(entries.map(({ id }) => id));
  expect(lines.filter((line) => !line.startsWith('MORTAR') && !ids.has(line))).toEqual([]);
  await store.check();
  await store.close();
}

// Without strace there is no way here to make a disk fail; the title says so.
describe.skipIf(!hasStrace)(title, () => {
  it.each([12, 40, 111])(
    'to sync the %sth time closes the store for good, and nothing is acknowledged after it',
    async (nth) => {
      const file = aFile();
      const lines = await onBadDisk(file, `fsync,fdatasync:error=EIO:when=${nth}`, 10);
      const failed = lines.indexOf('MORTAR_STORE_BROKEN');
      expect(failed).toBeGreaterThan(0);
      expect(new Set(lines.slice(failed))).toEqual(new Set(['MORTAR_STORE_BROKEN']));
      expect(lines.slice(failed)).toHaveLength(10);
      await expectSound(file, lines);
    },
  );

  it.each([60, 200])(
    'for want of room from the %sth write on takes more when there is room again',
    async (nth) => {
      const file = aFile();
      const lines = await onBadDisk(file, `pwrite64:error=ENOSPC:when=${nth}..${nth + 30}`, 60);
      const codes = codesIn(lines);
      expect(codes.length).toBeGreaterThan(0);
      expect(new Set(codes)).toEqual(new Set(['MORTAR_STORE_FULL']));
      expect(lines.at(-1)).not.toMatch(/^MORTAR/);
      await expectSound(file, lines);
    },
  );

  it('to write once undoes one append, and no other', async () => {
    const file = aFile();
    const lines = await onBadDisk(file, 'pwrite64:error=EIO:when=150', 20);
    expect(codesIn(lines)).toEqual(['MORTAR_STORE_UNAVAILABLE']);
    expect(lines).toHaveLength(lines.indexOf('MORTAR_STORE_UNAVAILABLE') + 20);
    await expectSound(file, lines);
  });
});
