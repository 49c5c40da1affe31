import { describe, expect, it } from 'vitest';
import { chooseDriver, isNewEnough, OLDEST_SQLITE } from '../../src/internal/driver/choice.js';
import { resultOf } from '../../src/internal/driver/result.js';
import { isBusy, isDuplicate, storeError } from '../../src/internal/errors.js';
import { drivers } from '../support/drivers.js';
import { aFile } from '../support/file.js';

describe('the version of SQLite', () => {
  it.each([
    ['3.51.3', true],
    ['3.51.10', true],
    ['3.52.0', true],
    ['4.0.0', true],
    ['3.51.2', false],
    ['3.9.9', false],
    ['2.99.99', false],
    ['3.51', false],
    ['', false],
    ['unknown', false],
  ])('%s is new enough: %s', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });

  it('that is used is new enough', async () => {
    expect(isNewEnough((await chooseDriver()).sqliteVersion, OLDEST_SQLITE)).toBe(true);
  });

  it('is refused with a word on each driver', async () => {
    const missing = drivers.find(({ isMissing }) => isMissing);
    if (missing === undefined) return;
    await expect(chooseDriver(missing.name)).rejects.toMatchObject({
      code: 'MORTAR_STORE_VERSION',
      expected: expect.stringMatching(/node:sqlite.*npm install better-sqlite3/),
      got: expect.stringContaining(missing.name),
    });
  });
});

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`a connection ${title}`, () => {
    it('answers with tuples, with objects, with the first row, with changes', async () => {
      const connection = (await chooseDriver(name)).open(aFile(), false);
      connection.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT) STRICT; CREATE TABLE u (c)');
      const insert = connection.prepare('INSERT INTO t (b) VALUES (?)', 'tuples');
      expect(insert.returnsRows).toBe(false);
      expect(insert.run(['x'])).toEqual({ changes: 1, lastInsertRowid: 1 });
      expect(insert.first(['y'])).toBeUndefined();
      expect(insert.all(['z'])).toEqual([]);
      const tuples = connection.prepare('SELECT a, b FROM t WHERE a > ? ORDER BY a', 'tuples');
      expect(tuples.returnsRows).toBe(true);
      expect(tuples.all([1])).toEqual([
        [2, 'y'],
        [3, 'z'],
      ]);
      expect(tuples.first([9])).toBeUndefined();
      const [object] = connection.prepare<object>('SELECT a, b FROM t', 'objects').all([]);
      expect({ ...object }).toEqual({ a: 1, b: 'x' });
      const returning = connection.prepare('INSERT INTO t (b) VALUES (?) RETURNING a', 'tuples');
      expect(returning.run(['w']).changes).toBe(1);
      expect(returning.first(['v'])).toEqual([5]);
      connection.close();
    });

    it('knows whether it is in a transaction', async () => {
      const connection = (await chooseDriver(name)).open(aFile(), false);
      expect(connection.isInTransaction).toBe(false);
      connection.exec('BEGIN');
      expect(connection.isInTransaction).toBe(true);
      connection.exec('ROLLBACK');
      expect(connection.isInTransaction).toBe(false);
      connection.close();
    });

    it('prepares one statement, and no text with two', async () => {
      const connection = (await chooseDriver(name)).open(aFile(), false);
      expect(() => connection.prepare('SELECT 1; SELECT 2', 'tuples')).toThrow();
      expect(connection.prepare('SELECT 1; -- SELECT 2', 'tuples').all([])).toEqual([[1]]);
      expect(() => connection.prepare('SELECT nonsense FROM', 'tuples')).toThrow();
      connection.close();
    });

    it('throws what can be told apart', async () => {
      const driver = await chooseDriver(name);
      const file = aFile();
      const [one, other] = [driver.open(file, false), driver.open(file, false)];
      one.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT UNIQUE, c CHECK (c > 0))');
      one.exec("INSERT INTO t VALUES (1, 'x', 1)");
      const thrown = (sql: string): unknown => {
        try {
          other.exec(sql);
          return undefined;
        } catch (error) {
          return error;
        }
      };
      const second = thrown("INSERT INTO t VALUES (2, 'x', 1)");
      expect(resultOf(second)?.primary).toBe('SQLITE_CONSTRAINT');
      expect(isDuplicate(second)).toBe(true);
      expect(isDuplicate(thrown("INSERT INTO t VALUES (1, 'y', 1)"))).toBe(true);
      expect(isDuplicate(thrown("INSERT INTO t VALUES (2, 'y', 0)"))).toBe(false);
      one.exec('BEGIN IMMEDIATE');
      expect(isBusy(thrown('BEGIN IMMEDIATE'))).toBe(true);
      one.close();
      expect(resultOf(thrown('SELECT nonsense'))?.primary).toBe('SQLITE_ERROR');
      other.close();
    });

    it('opens a file to read alone', async () => {
      const driver = await chooseDriver(name);
      const file = aFile();
      expect(() => driver.open(file, true)).toThrow();
      driver.open(file, false).close();
      const connection = driver.open(file, true);
      expect(() => connection.exec('CREATE TABLE t (a)')).toThrow();
      connection.close();
    });
  });
}

describe('what SQLite answers with', () => {
  const error = (parts: object): Error => Object.assign(new Error('message'), parts);

  it.each([
    [{ code: 'SQLITE_IOERR_FSYNC' }, 'MORTAR_STORE_BROKEN'],
    [{ errcode: 1034 }, 'MORTAR_STORE_BROKEN'],
    [{ code: 'SQLITE_IOERR_DIR_FSYNC' }, 'MORTAR_STORE_BROKEN'],
    [{ errcode: 1290 }, 'MORTAR_STORE_BROKEN'],
    [{ code: 'SQLITE_FULL' }, 'MORTAR_STORE_FULL'],
    [{ errcode: 13 }, 'MORTAR_STORE_FULL'],
    [{ errcode: 4874 }, 'MORTAR_STORE_FULL'],
    [{ code: 'SQLITE_CORRUPT_INDEX' }, 'MORTAR_STORE_CORRUPT'],
    [{ errcode: 11 | (3 << 8) }, 'MORTAR_STORE_CORRUPT'],
    [{ errcode: 26 }, 'MORTAR_STORE_CORRUPT'],
    [{ code: 'SQLITE_CONSTRAINT_UNIQUE' }, 'MORTAR_CONSTRAINT_VIOLATED'],
    [{ errcode: 2067 }, 'MORTAR_CONSTRAINT_VIOLATED'],
    [{ code: 'SQLITE_BUSY_RECOVERY' }, 'MORTAR_STORE_UNAVAILABLE'],
    [{ code: 'SQLITE_CANTOPEN' }, 'MORTAR_STORE_UNAVAILABLE'],
    [{ errcode: 14 }, 'MORTAR_STORE_UNAVAILABLE'],
    [{ code: 'SQLITE_IOERR_READ' }, 'MORTAR_STORE_UNAVAILABLE'],
    [{ errcode: 10 | (1 << 8) }, 'MORTAR_STORE_UNAVAILABLE'],
  ])('%j is %s, and its cause is kept', (parts, code) => {
    const cause = error(parts);
    expect(storeError(cause, '/shop.db')).toMatchObject({ code, cause });
  });

  it.each([
    error({ code: 'SQLITE_ERROR' }),
    error({ errcode: 1 }),
    error({ code: 'ENOENT' }),
    new TypeError('x'),
    'text',
    undefined,
  ])('%s stays as it is', (other) => {
    expect(storeError(other, '/shop.db')).toBe(other);
  });
});
