import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Ended, folderWith, mortar as run } from './command.js';

let folder: string;

beforeEach(() => {
  folder = folderWith();
});

/** Runs the command in the test's own folder. */
function mortar(...args: readonly string[]): Promise<Ended> {
  return run(folder, ...args);
}

describe('mortar migrate', () => {
  test('says what it would do, and does nothing', async () => {
    const { code, stdout } = await mortar('migrate', 'shop.db', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^shop\.db is at migration 0 of \d+\. These would be applied:\n {2}1\. /);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('prints the SQL if asked', async () => {
    const { stdout } = await mortar('migrate', 'shop.db', '--dry-run', '--sql');
    expect(stdout).toContain('CREATE TABLE');
  });

  test('does it, once', async () => {
    const first = await mortar('migrate', 'shop.db');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain('were applied');
    expect(existsSync(join(folder, 'shop.db'))).toBe(true);
    const second = await mortar('migrate', 'sqlite:shop.db');
    expect(second.stdout).toMatch(/^shop\.db is up to date, at migration \d+\.\n$/);
  });

  test('answers with JSON', async () => {
    const dry = JSON.parse((await mortar('migrate', 'shop.db', '--dry-run', '--json')).stdout);
    expect(dry).toMatchObject({ store: 'shop.db', current: 0, applied: 0 });
    const done = JSON.parse((await mortar('migrate', 'shop.db', '--json')).stdout);
    expect(done.applied).toBe(dry.pending.length);
    expect(JSON.parse((await mortar('migrate', 'shop.db', '--json')).stdout)).toMatchObject({
      current: done.target,
      pending: [],
    });
  });
});

describe('what can’t be done', () => {
  test.each([
    [['migrate']],
    [['migrate', 'shop.db', '--dry']],
    [['migrate', 'shop.db', 'other.db']],
    [['migrate', '']],
    [['migrate', 'mysql://localhost/shop']],
    [['mend', 'shop.db']],
  ])('%j is misuse: exit code 2, with a hint', async (args) => {
    const { code, stderr, stdout } = await mortar(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^(error|MORTAR_OPTIONS_INVALID): /);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test.each([
    ['a file that is no database', 'notes.db', 'MORTAR_STORE_CORRUPT'],
    ['a folder that is not there', 'nowhere/shop.db', 'MORTAR_STORE_UNAVAILABLE'],
  ])('%s: exit code 1, with the code of the error and no stack', async (_, location, error) => {
    writeFileSync(
      join(folder, 'notes.db'),
      'Milk, eggs, and a longer line than any header of a database has.'.repeat(20),
    );
    const { code, stderr, stdout } = await mortar('migrate', location);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^${error}: `));
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test('a server that does not answer is named without its password', async () => {
    const { code, stderr } = await mortar('migrate', 'postgres://ada:secret@127.0.0.1:1/shop', '--dry-run');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^MORTAR_STORE_UNAVAILABLE: /);
    expect(stderr).not.toContain('secret');
  });
});
