import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Run, run } from '../running.js';

const PATIENCE = { timeout: 90_000 };

let folder: string;
let inbox: string;
let watching: Run | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mortar-watching-'));
  inbox = join(folder, 'inbox');
  mkdirSync(inbox);
  watching = undefined;
});
afterEach(async () => {
  watching?.child.kill('SIGKILL');
  await watching?.ended();
  rmSync(folder, { recursive: true, force: true });
});

function watch(...args: readonly string[]): Run {
  watching = new Run(folder, ['--watch', 'inbox', ...args]);
  return watching;
}

async function stop(running: Run, signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM') {
  running.child.kill(signal);
  return await running.ended();
}

describe('--watch', () => {
  it('takes what has arrived under another name, and leaves what is no data alone', async () => {
    const running = watch();
    await expect.poll(() => running.out, PATIENCE).toContain(`Watching ${inbox}`);
    writeFileSync(join(inbox, 'notes.docx'), 'words');
    writeFileSync(join(inbox, 'arriving.csv.part'), 'a\n1\n2\n');
    mkdirSync(join(inbox, 'folder.csv'));
    renameSync(join(inbox, 'arriving.csv.part'), join(inbox, 'arriving.csv'));
    await expect.poll(() => running.out, PATIENCE).toMatch(/^arriving\.csv: done: 2 rows/m);
    const { code, out } = await stop(running);
    expect(code).toBe(0);
    expect(out).not.toMatch(/notes|folder\.csv|\.part/);
  }, 120_000);

  it('goes on after a file that is bad, and takes it when it is mended', async () => {
    writeFileSync(join(inbox, 'bad.csv'), '');
    writeFileSync(join(inbox, 'good.csv'), 'a\n1\n');
    const running = watch();
    await expect.poll(() => running.out, PATIENCE).toMatch(/^good\.csv: done: 1 row/m);
    expect(running.out).toMatch(/^bad\.csv: can't be used\. It is empty\.$/m);
    writeFileSync(join(inbox, 'bad.csv'), 'a\n1\n2\n3\n');
    await expect.poll(() => running.out, PATIENCE).toMatch(/^bad\.csv: done: 3 rows/m);
    const { out } = await stop(running);
    expect(out.slice(out.indexOf('─'))).not.toContain('Could not be read');
  }, 120_000);

  it('ends with a summary, and has written the report of all that it has taken', async () => {
    writeFileSync(join(inbox, 'first.csv'), 'a\n1\n');
    const running = watch();
    await expect.poll(() => running.out, PATIENCE).toMatch(/^first\.csv: done/m);
    writeFileSync(join(inbox, 'second.csv'), 'a\n1\n2\n');
    await expect.poll(() => running.out, PATIENCE).toMatch(/^second\.csv: done/m);
    const { code, out } = await stop(running, 'SIGINT');
    expect(code).toBe(0);
    expect(out).toMatch(/first\.csv {2}· {2}1 row[\s\S]+second\.csv {2}· {2}2 rows[\s\S]+dead letters: none/);
    const page = readFileSync(join(folder, '.mortar', 'report.html'), 'utf8');
    expect(page).toMatch(/first\.csv <small[\s\S]+second\.csv <small/);
  }, 120_000);

  it('that is killed and started again does nothing twice', async () => {
    writeFileSync(join(inbox, 'a.csv'), 'a\n1\n');
    const first = watch();
    await expect.poll(() => first.out, PATIENCE).toMatch(/^a\.csv: done/m);
    first.child.kill('SIGKILL');
    await first.ended();
    const second = watch();
    await expect.poll(() => second.out, PATIENCE).toMatch(/^a\.csv: (?:known|done)/m);
    expect(second.out).toMatch(/^a\.csv: is as it was$/m);
    const { out } = await stop(second);
    expect(out).toMatch(/Events: 0 published and \d+ handled in this run/);
  }, 120_000);

  it('says so where there is no such directory', async () => {
    const { code, err } = await run(folder, '--watch', 'nowhere');
    expect(code).toBe(1);
    expect(err).toMatch(/nowhere/);
  });
});

const server = process.env['MORTAR_TEST_POSTGRES_URL'];

// Without a server there is nothing to run it against.
describe.skipIf(server === undefined)('--watch over PostgreSQL (set MORTAR_TEST_POSTGRES_URL)', () => {
  const name = `mortar_watching_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server ?? 'postgres://nowhere');
  url.pathname = `/${name}`;
  beforeAll(() => administer(`CREATE DATABASE ${name}`));
  afterAll(() => administer(`DROP DATABASE ${name} WITH (FORCE)`));

  it('takes files as they arrive, and knows them afterwards', async () => {
    writeFileSync(join(inbox, 'first.csv'), 'a\n1\n');
    const running = watch('--store', url.href);
    await expect.poll(() => running.out, PATIENCE).toMatch(/^first\.csv: done: 1 row/m);
    writeFileSync(join(inbox, 'first.csv'), 'a\n1\n2\n');
    await expect.poll(() => running.out, PATIENCE).toMatch(/^first\.csv: done: 2 rows/m);
    expect((await stop(running)).code).toBe(0);
    const again = await run(folder, '--store', url.href, 'inbox/first.csv');
    expect(again.out).toMatch(/^first\.csv: is as it was$/m);
    expect(again.out).toMatch(/Events: 0 published/);
  }, 180_000);

  async function administer(sql: string): Promise<void> {
    const client = new Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  }
});
