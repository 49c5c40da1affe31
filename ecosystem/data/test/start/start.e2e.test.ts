import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lasting, Run, run, runJson } from './running.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('npm start', () => {
  it('works on the sample data, tells of it line by line, and does nothing twice', async () => {
    const { code, out, err } = await run(folder);
    expect([code, err]).toEqual([0, '']);
    expect(out).not.toContain('\u{1b}');
    for (const title of [
      'movies.json',
      'seattle-weather.csv',
      'stocks.csv',
      'flights-2k.json',
      'penguins.json',
    ])
      expect(out).toMatch(
        new RegExp(`^${title}: done: [\\d,]+ rows, quality [\\d.]+ %, \\d+ anomalies$`, 'm'),
      );
    expect(out).toMatch(/US Gross lies at 1 or above: not in 66 of 3,194/);
    expect(out).toMatch(/dead letters: none/);
    expect(out).toContain(join(folder, '.mortar', 'data.db'));
    const again = await run(folder);
    expect(again.code).toBe(0);
    expect(again.out).toMatch(/^Going on with what an earlier run has kept/);
    expect(again.out).toMatch(/^movies.json: is as it was$/m);
    expect(again.out).toMatch(/Events: 0 published and 0 handled in this run/);
  });

  it('writes a report that needs nothing else, in which no data runs', async () => {
    writeFileSync(join(folder, 'evil.csv'), 'a,b\n<script>alert(1)</script>,1\n</script><b>,2\n');
    const { report } = await runJson(folder, 'evil.csv');
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('Chart.js v4');
    expect(page).not.toMatch(/<script[^>]+src|<link|@import/);
    expect(page).not.toContain('<script>alert(1)');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text]) => text ?? '');
    expect(scripts.map((text) => new Script(text))).toHaveLength(2); // Both can be read as programs.
  });

  it('goes on where some files are bad, and says which', async () => {
    writeFileSync(join(folder, 'good one ü.csv'), 'a\n1\n2\n');
    writeFileSync(join(folder, 'empty.csv'), '');
    writeFileSync(join(folder, 'torn.json'), '[{"a":1},');
    mkdirSync(join(folder, 'dir.csv'));
    const { code, out } = await run(
      folder,
      'nowhere.csv',
      'empty.csv',
      'dir.csv',
      'torn.json',
      'good one ü.csv',
    );
    expect(code).toBe(1);
    expect(out).toMatch(/^nowhere\.csv: can't be used\. There is no such file\.$/m);
    expect(out).toMatch(/^empty\.csv: can't be used\. It is empty\.$/m);
    expect(out).toMatch(/^dir\.csv: can't be used\. It is a directory; name the files in it\.$/m);
    expect(out).toMatch(/^torn\.json: can't be used\. It can't be read as json: /m);
    expect(out).toMatch(/^good one ü\.csv: done: 2 rows/m);
  });

  it('notices a file that has changed, and forgets with --reset', async () => {
    const file = join(folder, 'a.csv');
    writeFileSync(file, 'a\n1\n2\n');
    const first = await runJson(folder, 'a.csv');
    writeFileSync(file, 'a\n1\n2\n3\n');
    const second = await runJson(folder, 'a.csv');
    expect([first, second].map(({ datasets }) => [datasets[0]?.outcome, datasets[0]?.quality.check])).toEqual(
      [
        ['new', 1],
        ['changed', 2],
      ],
    );
    expect(second.datasets[0]?.quality.assessment?.rows).toBe(3);
    const anew = await runJson(folder, '--reset', 'a.csv');
    expect([anew.datasets[0]?.outcome, anew.datasets[0]?.quality.check]).toEqual(['new', 1]);
    expect(anew.events.published).toEqual(first.events.published);
  });

  it('takes files as they arrive, until it is stopped', async () => {
    const inbox = join(folder, 'inbox');
    mkdirSync(inbox);
    writeFileSync(join(inbox, 'first.csv'), 'a\n1\n');
    const watching = new Run(folder, ['--watch', 'inbox']);
    await expect.poll(() => watching.out, { timeout: 60_000 }).toMatch(/^first\.csv: done/m);
    writeFileSync(join(inbox, 'second.csv'), 'a\n1\n2\n');
    await expect.poll(() => watching.out, { timeout: 60_000 }).toMatch(/^second\.csv: done: 2 rows/m);
    writeFileSync(join(inbox, 'second.csv'), 'a\n1\n2\n3\n');
    await expect.poll(() => watching.out, { timeout: 60_000 }).toMatch(/^second\.csv: done: 3 rows/m);
    watching.child.kill('SIGINT');
    expect((await watching.ended()).code).toBe(0);
  });

  it.each([[['--nonsense']], [['--store', 'mysql://x']], [['--watch', 'x', '--json']]])(
    'refuses arguments that there are not: %j',
    async (args) => {
      const { code, out, err } = await run(folder, ...args);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain('npm start');
      expect(existsSync(join(folder, '.mortar'))).toBe(false);
    },
  );

  it('explains itself', async () => {
    const { code, out } = await run(folder, '--help');
    expect(code).toBe(0);
    expect(out).toContain('--watch DIR');
  });
});

const server = process.env['MORTAR_TEST_POSTGRES_URL'];

// Without a server there is nothing to run it against.
describe.skipIf(server === undefined)('over PostgreSQL (set MORTAR_TEST_POSTGRES_URL)', () => {
  const name = `mortar_start_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server ?? 'postgres://nowhere');
  url.pathname = `/${name}`;
  beforeAll(() => administer(`CREATE DATABASE ${name}`));
  afterAll(() => administer(`DROP DATABASE ${name} WITH (FORCE)`));

  it('comes to the same, goes on where it was, and begins anew', async () => {
    const rows = Array.from({ length: 60 }, (_, row) => `${row % 7},${row}`);
    writeFileSync(join(folder, 'a.csv'), `a,b\n${rows.join('\n')}\n`);
    const here = await runJson(folder, 'a.csv');
    const place = ['--store', url.href, '--folder', 'other', 'a.csv'];
    const there = await runJson(folder, ...place);
    expect(lasting(there)).toEqual(lasting(here));
    const again = await runJson(folder, ...place);
    expect([again.datasets[0]?.outcome, again.events.publishedInThisRun]).toEqual(['unchanged', 0]);
    expect(lasting(again)).toEqual(lasting(here));
    const anew = await runJson(folder, '--reset', ...place);
    expect([anew.datasets[0]?.outcome, anew.datasets[0]?.quality.check]).toEqual(['new', 1]);
  });

  async function administer(sql: string): Promise<void> {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  }
});
