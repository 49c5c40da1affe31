import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { silentLogger } from 'mortar/logging';
import { describe, expect, it } from 'vitest';
import { type SqliteOptions, sqlite } from '../../src/index.js';
import { aFile } from '../support/file.js';
import { openFile } from '../support/store.js';
import { anEvent } from '../support/units.js';

const open = (file: string) => sqlite(file).open({ logger: silentLogger });

describe('sqlite(file, options)', () => {
  it.each([
    ['no name', ''],
    ['memory', ':memory:'],
    ['a NUL', 'a\0b'],
    ['a number', 1 as never],
  ])('refuses %s as a file', (_, file) => {
    expect(() => sqlite(file)).toThrow(expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }));
  });

  it.each<[string, object]>([
    ['an unknown key', { synchronous: 'off' }],
    ['an unknown driver', { driver: 'sqlite3' }],
    ['an unknown durability', { durability: 'none' }],
    ['a negative timeout', { busyTimeoutMs: -1 }],
    ['no interval', { pollMs: 0 }],
    ['an endless time for writes', { writeTimeoutMs: 2 ** 31 }],
  ])('refuses %s', (_, options) => {
    expect(() => sqlite('shop.db', options as SqliteOptions)).toThrow(
      expect.objectContaining({ code: 'MORTAR_OPTIONS_INVALID' }),
    );
  });

  it('opens nothing by itself', () => {
    const file = aFile();
    expect(sqlite(file).kind).toBe('sqlite');
    expect(existsSync(file)).toBe(false);
  });

  it('takes a name as it stands from the folder of the process, whatever it looks like', async () => {
    const file = join(dirname(aFile()), 'file:x?mode=memory');
    const store = await openFile(relative(process.cwd(), file));
    await store.events.append([{ events: [anEvent()] }]);
    expect(existsSync(file)).toBe(true);
  });

  it('names a folder that is not there', async () => {
    const file = join(dirname(aFile()), 'missing', 'shop.db');
    await expect(open(file)).rejects.toMatchObject({
      code: 'MORTAR_STORE_UNAVAILABLE',
      got: `no folder ${dirname(file)}`,
    });
  });

  it('refuses a folder in place of a file', async () => {
    const file = aFile();
    mkdirSync(file);
    await expect(open(file)).rejects.toMatchObject({ code: 'MORTAR_STORE_UNAVAILABLE' });
  });

  it('refuses a file that is no database, and leaves it as it is', async () => {
    const file = aFile();
    writeFileSync(file, 'not a database, '.repeat(100));
    await expect(open(file)).rejects.toMatchObject({ code: 'MORTAR_STORE_CORRUPT' });
    await expect(sqlite(file).plan()).rejects.toMatchObject({ code: 'MORTAR_STORE_CORRUPT' });
  });

  it.each(['full', 'relaxed'] as const)('keeps events under the durability %s', async (durability) => {
    const file = aFile();
    const store = await openFile(file, { durability });
    await store.events.append([{ events: [anEvent()] }]);
    await store.check();
    await store.close();
    const again = await openFile(file, { durability });
    expect(await again.events.head()).toBe(1);
  });
});
