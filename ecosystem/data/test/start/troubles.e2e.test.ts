import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Run, run, runJson } from './running.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-troubles-'));
  writeFileSync(join(folder, 'a.csv'), 'a\n1\n2\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('what goes wrong before the work begins is told in a line or two:', () => {
  const at = 'PostgreSQL at 127.0.0.1:1/data';

  it.each([[[]], [['--json']], [['--reset']], [['--watch', '.']]])(
    'no PostgreSQL, with %j, and never its password',
    async (args) => {
      const files = args.includes('--watch') ? [] : ['a.csv'];
      for (const url of [
        'postgres://u:s3cret@127.0.0.1:1/data',
        'postgres://u@127.0.0.1:1/data?password=s3cret',
      ]) {
        const { code, out, err } = await run(folder, '--store', url, ...args, ...files);
        expect([code, out]).toEqual([1, '']);
        expect(err).toMatch(new RegExp(`^${at} does not answer: .*ECONNREFUSED.*Is the server running`));
        expect(err).not.toMatch(/s3cret|\n\s+at /);
      }
    },
    60_000,
  );

  it('a URL that is none', async () => {
    const { code, err } = await run(folder, '--store', 'postgres://u:s3cret@[::1/data', 'a.csv');
    expect(code).toBe(1);
    expect(err).toMatch(/^Expected postgres:\/\/user:password@host:port\/database; got /);
    expect(err).not.toContain('s3cret');
  });

  it.each(['file', 'file/below'])('a file where a folder is needed: %s', async (place) => {
    writeFileSync(join(folder, 'file'), 'x');
    const { code, out, err } = await run(folder, '--folder', place, 'a.csv');
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/file.*Name another place with --folder\.\n$/);
    expect(err).not.toMatch(/\n\s+at /);
  });

  it('a database that is none, which --reset mends', async () => {
    mkdirSync(join(folder, '.mortar'));
    writeFileSync(join(folder, '.mortar', 'data.db'), 'no database at all');
    const { code, err } = await run(folder, 'a.csv');
    expect(code).toBe(1);
    expect(err).toMatch(/^The database is damaged\. .*--reset\.\n$/);
    expect((await runJson(folder, '--reset', 'a.csv')).datasets).toHaveLength(1);
  });
});

describe('--reset', () => {
  it('forgets what is its own, and leaves what else is in the folder', async () => {
    await runJson(folder, '--folder', '.', 'a.csv');
    for (const name of ['tables', 'scratch']) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, 'tables', 'mine.csv'), 'x');
    writeFileSync(join(folder, 'scratch', 'notes.txt'), 'x');
    const before = readdirSync(join(folder, 'tables')).length;
    const anew = await runJson(folder, '--reset', '--folder', '.', 'a.csv');
    expect(anew.datasets[0]?.outcome).toBe('new');
    expect(readdirSync(join(folder, 'tables'))).toHaveLength(before);
    expect(['tables/mine.csv', 'scratch/notes.txt'].every((name) => existsSync(join(folder, name)))).toBe(
      true,
    );
  });

  it('forgets nothing where the database can not be reached', async () => {
    await runJson(folder, 'a.csv');
    await run(folder, '--reset', '--store', 'postgres://u@127.0.0.1:1/data', 'a.csv');
    expect((await runJson(folder, 'a.csv')).datasets[0]?.outcome).toBe('unchanged');
  });
});

describe('a file that is gone when it is to be checked', () => {
  it('is told, and checked as soon as it is there again', async () => {
    const rows = Array.from({ length: 50_000 }, (_, row) => `${row},${row % 1_009}`).join('\n');
    for (const name of ['b.csv', 'c.csv', 'd.csv'])
      writeFileSync(join(folder, name), `row,reading\n${rows}\n`);
    const files = ['b.csv', 'c.csv', 'd.csv'];
    const running = new Run(folder, files);
    // Two are checked at a time, so the third one waits.
    await expect.poll(() => running.out, { timeout: 60_000, interval: 5 }).toMatch(/^d\.csv: registered/m);
    rmSync(join(folder, 'd.csv'));
    const { code, out } = await running.ended();
    expect(code).toBe(1);
    expect(out).toMatch(/^d\.csv: could not be worked on\. It is not there any more/m);
    expect(out).toMatch(/^d\.csv: not checked\. .*Start again to try once more\.$/m);
    writeFileSync(join(folder, 'd.csv'), `row,reading\n${rows}\n`);
    const again = await run(folder, ...files);
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/^d\.csv: known: 50,000 rows/m);
    expect(again.out).toMatch(/dead letters: none/);
  }, 120_000);
});

/** Root may mount; elsewhere there is no disk to fill. */
function mount(path: string, options: string): boolean {
  mkdirSync(path, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'mortar', path]).status === 0;
}

const probe = join(tmpdir(), `mortar-trouble-${process.pid}`);
const canMount = process.platform === 'linux' && mount(probe, 'size=64k');
if (canMount) spawnSync('umount', [probe]);
rmSync(probe, { recursive: true, force: true });

// Without the right to mount there is no small disk.
describe.skipIf(!canMount)('a disk that is full (takes the right to mount)', () => {
  const rows = Array.from({ length: 60_000 }, (_, row) => Math.imul(row, 2_654_435_761)).join('\n');

  it.each([
    ['.mortar', '700k', /^The disk is full: there is no room on the disk of .*goes on where it was\.\n$/],
    ['.mortar/tables', '200k', /^$/],
  ])(
    'at %s ends the run with a word, and what is left is done when there is room',
    async (place, size, complaint) => {
      writeFileSync(join(folder, 'large.csv'), `a\n${rows}\n`);
      const small = join(folder, place);
      expect(mount(small, `size=${size}`)).toBe(true);
      try {
        const { code, out, err } = await run(folder, 'large.csv', 'a.csv');
        expect(code).toBe(1);
        expect(err).toMatch(complaint);
        if (err === '') expect(out).toMatch(/^large\.csv: not checked\. The disk is full\./m);
        expect(spawnSync('mount', ['-o', 'remount,size=50m', small]).status).toBe(0);
        const again = await runJson(folder, 'large.csv', 'a.csv');
        expect(again.datasets.map(({ quality }) => quality.assessment?.rows)).toEqual([60_000, 2]);
        expect(again.events.deadLetters).toBe(0);
      } finally {
        spawnSync('umount', [small]);
      }
    },
    120_000,
  );
});
