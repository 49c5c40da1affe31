import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { silentLogger } from 'mortar/logging';
import { describe, expect, it } from 'vitest';
import { sqlite } from '../../src/index.js';
import { aFile } from '../support/file.js';
import { connectionTo } from '../support/parts.js';
import { openFile } from '../support/store.js';
import { anEvent } from '../support/units.js';

/** A file with so many events, closed. */
async function aLog(events: number): Promise<string> {
  const file = aFile();
  const store = await openFile(file);
  const some = Array.from({ length: events }, () =>
    anEvent({ payload: `"${'x'.repeat(900)}"`, tags: ['a'] }),
  );
  await store.events.append([{ events: some }]);
  await store.close();
  return file;
}

/** Changes rows of the log, which the store itself never does. */
async function tamper(file: string, sql: string): Promise<void> {
  const connection = await connectionTo(file);
  connection.exec('DROP TRIGGER mortar_events_unchanged; DROP TRIGGER mortar_events_kept');
  connection.exec(sql);
}

const corrupt = { code: 'MORTAR_STORE_CORRUPT', category: 'corrupt' };

describe('a damaged file', () => {
  it('is told of when its pages are read', async () => {
    const file = await aLog(200);
    const size = statSync(file).size;
    const descriptor = openSync(file, 'r+');
    for (let page = 40; page < size / 4_096; page += 1)
      writeSync(descriptor, Buffer.alloc(4_096, 0xa5), 0, 4_096, page * 4_096);
    closeSync(descriptor);
    const store = await openFile(file);
    await expect(store.events.readAll()).rejects.toMatchObject(corrupt);
    await expect(store.events.append([{ events: [anEvent()] }])).rejects.toMatchObject(corrupt);
  });

  it('is told of by the check once it was met, until the file is opened anew', async () => {
    const file = await aLog(3);
    await tamper(file, `UPDATE mortar_events SET tags = '{"a":' WHERE position = 2`);
    const store = await openFile(file);
    await store.check();
    await expect(store.events.readAll()).rejects.toMatchObject(corrupt);
    await expect(store.check()).rejects.toMatchObject(corrupt);
    await store.close();
    await expect(store.check()).rejects.toMatchObject({ code: 'MORTAR_STORE_CLOSED' });
    await (await openFile(file)).check();
  });

  it('is told of by the check after a write has met it', async () => {
    const file = await aLog(200);
    const size = statSync(file).size;
    const descriptor = openSync(file, 'r+');
    for (let page = 40; page < size / 4_096; page += 1)
      writeSync(descriptor, Buffer.alloc(4_096, 0xa5), 0, 4_096, page * 4_096);
    closeSync(descriptor);
    const store = await openFile(file);
    await expect(store.events.append([{ events: [anEvent()] }])).rejects.toMatchObject(corrupt);
    await expect(store.check()).rejects.toMatchObject(corrupt);
  });

  it('that was cut off is told of', async () => {
    const file = await aLog(200);
    truncateSync(file, Math.floor(statSync(file).size / 2 / 4_096) * 4_096);
    const opening = sqlite(file).open({ logger: silentLogger });
    const reading = opening.then((store) => store.events.readAll().finally(() => store.close()));
    await expect(reading).rejects.toMatchObject(corrupt);
  });

  it('that is no longer a database is told of, and not written to', async () => {
    const file = await aLog(1);
    const text = readFileSync(file).fill(0x20, 0, 16);
    writeFileSync(file, text);
    await expect(sqlite(file).open({ logger: silentLogger })).rejects.toMatchObject(corrupt);
    expect(readFileSync(file).equals(text)).toBe(true);
  });

  it.each(['metadata', 'tags'])(
    'whose %s are no JSON is told of, and the rest can be read',
    async (column) => {
      const file = await aLog(3);
      await tamper(file, `UPDATE mortar_events SET ${column} = '{"a":' WHERE position = 2`);
      const store = await openFile(file);
      await expect(store.events.readAll()).rejects.toMatchObject(corrupt);
      const { entries } = await store.events
        .readAll({ after: (await store.events.readAll({ limit: 1 })).next, limit: 2 })
        .catch(async () => store.events.readAll({ direction: 'backwards', limit: 1 }));
      expect(entries).toHaveLength(1);
    },
  );

  it('with a payload that is no JSON gives it back as it is', async () => {
    const file = await aLog(1);
    await tamper(file, `UPDATE mortar_events SET payload = '{"total":'`);
    const store = await openFile(file);
    const { entries } = await store.events.readAll();
    expect(entries[0]?.payload).toBe('{"total":');
  });

  it('with a hole in the log is read past it', async () => {
    const file = await aLog(5);
    await tamper(file, 'DELETE FROM mortar_events WHERE position = 3');
    const store = await openFile(file);
    const { entries, next, isEnd } = await store.events.readAll();
    expect(entries.map(({ position }) => position)).toEqual([1, 2, 4, 5]);
    expect({ next, isEnd }).toEqual({ next: 5, isEnd: true });
  });
});

describe('a file that does not stay where it was', () => {
  const gone = {
    code: 'MORTAR_STORE_UNAVAILABLE',
    got: 'another file in its place, or none, since it was opened',
  };

  it('is told of by the check when it was removed', async () => {
    const file = await aLog(1);
    const store = await openFile(file);
    await store.check();
    rmSync(file);
    await expect(store.check()).rejects.toMatchObject(gone);
  });

  it('is told of by the check when another was put in its place', async () => {
    const file = await aLog(1);
    const store = await openFile(file);
    copyFileSync(file, `${file}.backup`);
    renameSync(`${file}.backup`, file);
    await expect(store.check()).rejects.toMatchObject(gone);
  });

  it('is sound again once it is back', async () => {
    const file = await aLog(1);
    const store = await openFile(file);
    renameSync(file, `${file}.moved`);
    await expect(store.check()).rejects.toMatchObject(gone);
    renameSync(`${file}.moved`, file);
    await store.check();
  });
});
