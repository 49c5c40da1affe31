import { MortarError } from 'mortar/errors';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/internal/database/database.js';
import type { Job } from '../../src/internal/database/writer.js';
import { aDatabase, faulty } from '../support/parts.js';

const refusal = new MortarError('MORTAR_APPEND_CONFLICT', { rule: 'r', expected: 'e', got: 'g' });

describe('jobs of a moment', () => {
  let database: Database;
  let commits: number;

  beforeEach(async () => {
    commits = 0;
    database = await faulty((sql) => {
      if (sql === 'COMMIT') commits += 1;
      return undefined;
    });
    database.writer.exec('CREATE TABLE rows (id INTEGER PRIMARY KEY)');
  });

  /** Puts rows in, and then does what is said. */
  const putting = (
    ids: readonly number[],
    then: () => unknown = () => ids,
    decidesFirst = false,
  ): Job<unknown> => ({
    decidesFirst,
    run: () => {
      const insert = database.writer.prepare('INSERT INTO rows VALUES (?)', 'tuples');
      for (const id of ids) insert.run([id]);
      return then();
    },
  });
  const refusing: Job<never> = {
    decidesFirst: true,
    run: () => {
      throw refusal;
    },
  };
  const rows = (): readonly number[] =>
    database.writer
      .prepare<readonly [number]>('SELECT id FROM rows ORDER BY id', 'tuples')
      .all([])
      .map(([id]) => id);

  it('share a transaction, and are answered each for itself', async () => {
    const answers = await Promise.all([1, 2, 3].map((id) => database.write(putting([id]))));
    expect(answers).toEqual([[1], [2], [3]]);
    expect(commits).toBe(1);
  });

  it('fail alone, and leave nothing behind', async () => {
    const outcomes = await Promise.allSettled([
      database.write(putting([1])),
      database.write(refusing),
      database.write(
        putting([2, 3], () => {
          throw refusal;
        }),
      ),
      database.write(putting([4, 5], async () => Promise.reject(new Error('late')))),
      database.write(putting([6], async () => 'done')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: refusal });
    expect(rows()).toEqual([1, 6]);
    expect(commits).toBe(1);
  });

  it('are run one by one where one of them fails in a way that it did not decide', async () => {
    const outcomes = await Promise.allSettled([
      database.write(putting([1], undefined, true)),
      database.write(putting([2, 1], undefined, true)),
      database.write(putting([3], undefined, true)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'MORTAR_CONSTRAINT_VIOLATED' } });
    expect(rows()).toEqual([1, 3]);
    expect(commits).toBe(2);
  });

  it('are run in their order', async () => {
    const order: number[] = [];
    await Promise.all([1, 2, 3].map((id) => database.write(putting([id], async () => order.push(id)))));
    expect(order).toEqual([1, 2, 3]);
  });

  it('let timers have their turn, however many follow each other', async () => {
    let isTimeUp = false;
    const timer = setTimeout(() => {
      isTimeUp = true;
    }, 20);
    for (let id = 0; !isTimeUp && id < 100_000; id += 1) await database.write(putting([id]));
    clearTimeout(timer);
    expect(isTimeUp).toBe(true);
  });
});

describe('reads that follow each other', () => {
  it('let timers have their turn', async () => {
    const database = await aDatabase();
    let isTimeUp = false;
    const timer = setTimeout(() => {
      isTimeUp = true;
    }, 20);
    for (let round = 0; !isTimeUp && round < 1_000_000; round += 1) await database.read(() => round);
    clearTimeout(timer);
    expect(isTimeUp).toBe(true);
  });
});

describe('a disk that fails', () => {
  it.each(['SQLITE_IOERR_FSYNC', 'SQLITE_IOERR_DIR_FSYNC'])(
    'closes the store for good with %s',
    async (code) => {
      let isFailing = false;
      const database = await faulty((sql) => (isFailing && sql === 'COMMIT' ? code : undefined));
      const job: Job<number> = { decidesFirst: true, run: () => 1 };
      expect(await database.write(job)).toBe(1);
      isFailing = true;
      const outcomes = await Promise.allSettled([database.write(job), database.write(job)]);
      isFailing = false;
      const broken = { code: 'MORTAR_STORE_BROKEN', cause: { code } };
      for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: broken });
      await expect(database.write(job)).rejects.toMatchObject(broken);
      await expect(database.read(() => 1)).rejects.toMatchObject(broken);
      await expect(database.check()).rejects.toMatchObject(broken);
    },
  );

  it.each([
    ['SQLITE_FULL', 'MORTAR_STORE_FULL'],
    ['SQLITE_IOERR_SHMSIZE', 'MORTAR_STORE_FULL'],
    ['SQLITE_IOERR_WRITE', 'MORTAR_STORE_UNAVAILABLE'],
    ['SQLITE_CORRUPT', 'MORTAR_STORE_CORRUPT'],
  ])('refuses with %s, and goes on when it is over', async (code, expected) => {
    let failures = 1;
    const database = await faulty((sql) => (sql === 'COMMIT' && failures-- > 0 ? code : undefined));
    const job: Job<number> = { decidesFirst: true, run: () => 1 };
    await expect(database.write(job)).rejects.toMatchObject({ code: expected });
    expect(await database.write(job)).toBe(1);
  });

  it('is full of what has no room in the file, and takes more when there is some', async () => {
    const database = await aDatabase();
    database.writer.exec('CREATE TABLE blobs (data BLOB)');
    const insert = database.writer.prepare('INSERT INTO blobs VALUES (zeroblob(?))', 'tuples');
    const storing = (bytes: number): Job<unknown> => ({
      decidesFirst: false,
      run: () => insert.run([bytes]),
    });
    database.writer.exec('PRAGMA max_page_count = 200');
    const outcomes = await Promise.allSettled([
      database.write(storing(10)),
      database.write(storing(2_000_000)),
      database.write(storing(20)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes[1]).toMatchObject({ reason: { code: 'MORTAR_STORE_FULL' } });
    database.writer.exec('PRAGMA max_page_count = 10000');
    await database.write(storing(2_000_000));
    const sizes = database.writer.prepare('SELECT length(data) FROM blobs', 'tuples').all([]);
    expect(sizes).toEqual([[10], [20], [2_000_000]]);
  });
});
