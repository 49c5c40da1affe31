import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Job } from '../../src/internal/database/writer.js';
import { aFile } from '../support/file.js';
import { aDatabase, connectionTo, recordingLogger } from '../support/parts.js';
import { aStore, openFile } from '../support/store.js';
import { anEvent } from '../support/units.js';

const nothing: Job<number> = { decidesFirst: true, run: () => 1 };

describe('a file that another process keeps locked', () => {
  it('is written when it is free, and everything else has its turn until then', async () => {
    const file = aFile();
    const store = await openFile(file);
    const other = await connectionTo(file);
    other.exec('BEGIN IMMEDIATE');
    let isAppended = false;
    const append = store.events.append([{ events: [anEvent()] }]).then(() => {
      isAppended = true;
    });
    let turns = 0;
    await vi.waitFor(() => {
      turns += 1;
      expect(turns).toBeGreaterThan(5);
    });
    expect(await store.events.head()).toBe(0);
    expect(isAppended).toBe(false);
    other.exec('COMMIT');
    await append;
    expect(await store.events.head()).toBe(1);
  });

  it('is given up when the time is up, and may be written later', async () => {
    const file = aFile();
    const database = await aDatabase({ file, busyTimeoutMs: 30 });
    const other = await connectionTo(file);
    other.exec('BEGIN IMMEDIATE');
    const outcomes = await Promise.allSettled([database.write(nothing), database.write(nothing)]);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({
        reason: { code: 'MORTAR_STORE_UNAVAILABLE', category: 'unavailable' },
      });
    other.exec('COMMIT');
    expect(await database.write(nothing)).toBe(1);
  });

  it('is read all the same', async () => {
    const file = aFile();
    const store = await openFile(file);
    await store.events.append([{ events: [anEvent()] }]);
    const other = await connectionTo(file);
    other.exec('BEGIN IMMEDIATE');
    expect((await store.events.readAll()).entries).toHaveLength(1);
    other.exec('ROLLBACK');
  });
});

describe('watching a file', () => {
  it('tells of what others have written', async () => {
    const file = aFile();
    const [one, other] = [await openFile(file, { pollMs: 5 }), await openFile(file)];
    const log = vi.fn();
    const deliveries = vi.fn();
    one.events.watch(log);
    one.deliveries.watch(deliveries);
    await other.events.append([{ events: [anEvent()] }]);
    await vi.waitFor(() => expect(log).toHaveBeenCalled());
    await vi.waitFor(() => expect(deliveries).toHaveBeenCalled());
  });

  it('tells at once of what this process has written, and of that alone', async () => {
    const store = await aStore({ pollMs: 60_000 });
    const log = vi.fn();
    const deliveries = vi.fn();
    store.events.watch(log);
    store.deliveries.watch(deliveries);
    await store.events.append([{ events: [anEvent()] }]);
    expect(log).toHaveBeenCalledTimes(1);
    await store.units.commit([
      {
        id: anEvent().id,
        writes: [],
        appends: [],
        schedule: [{ name: 'later', dueAt: 8.64e15, event: anEvent() }],
      },
    ]);
    expect(log).toHaveBeenCalledTimes(1);
    expect(deliveries).toHaveBeenCalledTimes(1);
  });

  it('tells nothing while nothing happens, or once it has ended', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const file = aFile();
    const database = await aDatabase({ file, pollMs: 100 });
    const other = await connectionTo(file);
    const calm = vi.fn();
    const ended = vi.fn();
    const end = database.watchers.add('log', ended);
    database.watchers.add('log', calm);
    end();
    vi.advanceTimersByTime(60_000);
    expect(calm).not.toHaveBeenCalled();
    other.exec('CREATE TABLE other (a)');
    vi.advanceTimersByTime(60_000);
    expect(calm).toHaveBeenCalledTimes(1);
    expect(ended).not.toHaveBeenCalled();
  });

  it('looks only while somebody watches', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const database = await aDatabase();
    expect(vi.getTimerCount()).toBe(0);
    const ends = [database.watchers.add('log', vi.fn()), database.watchers.add('deliveries', vi.fn())];
    expect(vi.getTimerCount()).toBe(1);
    for (const end of ends) end();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('goes on when a watcher throws, and says so', async () => {
    const { logger, lines } = recordingLogger();
    const database = await aDatabase({}, logger);
    const second = vi.fn();
    database.watchers.add('log', () => {
      throw new Error('no');
    });
    database.watchers.add('log', second);
    await database.write({ decidesFirst: true, run: (context) => context.mark('log') });
    expect(second).toHaveBeenCalled();
    expect(lines).toEqual(['a watcher of the store has thrown']);
  });
});

describe('a reader that does not end', () => {
  it('lets the write-ahead log grow, of which is warned once', async () => {
    const { logger, lines } = recordingLogger();
    const file = aFile();
    const database = await aDatabase({ file, durability: 'relaxed' }, logger);
    database.writer.exec('CREATE TABLE blobs (data BLOB)');
    const other = await connectionTo(file);
    other.exec('BEGIN');
    other.prepare('SELECT count(*) FROM blobs', 'tuples').all([]);
    const insert = database.writer.prepare('INSERT INTO blobs VALUES (zeroblob(300000))', 'tuples');
    const storing: Job<unknown> = { decidesFirst: true, run: () => insert.run([]) };
    for (let commit = 0; commit < 600; commit += 1) await database.write(storing);
    expect(lines).toEqual([
      'the write-ahead log is long: some process reads in a transaction that does not end',
    ]);
    other.exec('COMMIT');
  });
});
