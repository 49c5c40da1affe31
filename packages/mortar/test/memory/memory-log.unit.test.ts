import { describe, expect, it } from 'vitest';
import { newId } from '../../src/contracts/index.js';
import { streamId } from '../../src/event-store/index.js';
import { MemoryEventStore, MemoryLog, MemoryTransaction, MemoryUnitStore } from '../../src/memory/index.js';
import { commitWithin } from '../../src/memory/internal/unit-commit.js';
import { anEvent, appendTo, ORDER } from '../../src/testing/conformance/event-store/subject.js';
import { aUnit, commits, kept, writing } from '../../src/testing/conformance/unit-store/subject.js';
import { caught } from '../contracts/caught.js';
import { VirtualClock } from '../support/virtual-clock.js';

describe('a log in memory', () => {
  it('undoes all of a transaction that fails, several units and their appends included', async () => {
    const log = new MemoryLog();
    const [events, units] = [new MemoryEventStore(log), new MemoryUnitStore(log)];
    const before = anEvent();
    await appendTo(events, ORDER, [before]);
    const added = [anEvent(), anEvent()];
    const unitOf = (name: string) =>
      aUnit({
        writes: [
          async (tx) => {
            if (tx instanceof MemoryTransaction) await tx.table('t').set('key', name);
          },
        ],
        appends: [
          { streamId: ORDER, events: [added[0] ?? before] },
          { streamId: streamId('new-1'), events: [added[1] ?? before] },
        ],
        keep: kept(name),
        inbox: { subscription: name, messageId: 'm' },
        schedule: [{ name, dueAt: 1, event: anEvent() }],
      });
    const failing = log.atomically(async () => {
      await commitWithin(log, unitOf('first'));
      await commitWithin(
        log,
        aUnit({ appends: [{ streamId: ORDER, events: [anEvent()], expectedVersion: 'noStream' }] }),
      );
    });
    await expect(failing).rejects.toMatchObject({ code: 'MORTAR_VERSION_CONFLICT' });
    expect(log.head).toBe(1);
    expect(await events.streamInfo(ORDER)).toMatchObject({ version: 1 });
    expect(await events.streamInfo(streamId('new-1'))).toBeUndefined();
    await expect(events.setStreamState(streamId('new-1'), 'archived')).rejects.toMatchObject({
      code: 'MORTAR_STREAM_MISSING',
    });
    expect([log.results.size, log.inbox.size, log.scheduled.size, log.table('t').size]).toEqual([0, 0, 0, 0]);
    const { append } = await commits(units, unitOf('second'));
    expect(append).toEqual({ positions: [2, 3], versions: [2, 1], isRepeated: false });
    expect(log.table('t').get('key')).toBe('second');
  });

  it('takes time from its clock, which never falls within a stream', async () => {
    const clock = new VirtualClock(1_000);
    const log = new MemoryLog({ clock });
    const [events, units] = [new MemoryEventStore(log), new MemoryUnitStore(log)];
    await appendTo(events, ORDER);
    clock.adjust(-500);
    await appendTo(events, ORDER);
    await appendTo(events, 'order-2');
    await clock.advance(2_000);
    await appendTo(events, ORDER);
    expect((await events.readStream(ORDER)).map(({ recordedAt }) => recordedAt)).toEqual([
      1_000, 1_000, 2_500,
    ]);
    expect((await events.streamInfo(streamId('order-2')))?.firstRecordedAt).toBe(500);
    expect((await events.readStream(ORDER, { asOf: 1_000 })).length).toBe(2);
    await commits(
      units,
      aUnit({ keep: kept('key', { expiresAt: 2_600 }), inbox: { subscription: 's', messageId: 'm' } }),
    );
    expect(await units.findResult('key')).toBeDefined();
    await clock.advance(100);
    expect(await units.findResult('key')).toBeUndefined();
    expect(await units.cleanUp({ inboxBefore: 2_500 })).toBe(1);
    expect(await units.cleanUp({ inboxBefore: 2_501 })).toBe(1);
  });

  it('counts by the hour of its clock', async () => {
    const clock = new VirtualClock(3_600_000 * 5 + 7);
    const events = new MemoryEventStore(new MemoryLog({ clock }));
    await appendTo(events, ORDER);
    await clock.advance(3_600_000);
    await appendTo(events, ORDER, [anEvent(), anEvent()]);
    expect((await events.statistics()).byHour).toEqual([
      { from: 3_600_000 * 5, events: 1 },
      { from: 3_600_000 * 6, events: 2 },
    ]);
  });

  it('refuses everything once it is closed, after what was under way', async () => {
    const log = new MemoryLog();
    const [events, units] = [new MemoryEventStore(log), new MemoryUnitStore(log)];
    const ended: string[] = [];
    const appending = appendTo(events, ORDER).finally(() => ended.push('append'));
    await log.close();
    ended.push('close');
    expect((await appending).versions).toEqual([1]);
    expect(ended).toEqual(['append', 'close']);
    const closed = { code: 'MORTAR_STORE_CLOSED', category: 'unavailable' };
    for (const call of [
      () => appendTo(events, ORDER),
      () => events.readAll(),
      () => events.readStream(ORDER),
      () => events.streamInfo(ORDER),
      () => events.statistics(),
      () => events.head(),
      () => events.setStreamState(ORDER, 'archived'),
      () => units.findResult('a'),
      () => units.cleanUp({ inboxBefore: 0 }),
    ])
      await expect(call()).rejects.toMatchObject(closed);
    expect(await units.commit([aUnit()])).toMatchObject([{ ok: false, error: closed }]);
    await log.close();
  });

  it('refuses options that it does not know', () => {
    for (const options of [{ writeTimeoutMs: 0 }, { writeTimeoutMs: 1.5 }, { maxEvents: 5 }])
      expect(caught(() => new MemoryLog(options))).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
  });
});

describe('a transaction in memory', () => {
  it('has tables of keys and values, which are copied', async () => {
    const log = new MemoryLog();
    const units = new MemoryUnitStore(log);
    const value = { list: [1] };
    const inTable = (work: (tx: MemoryTransaction) => unknown) =>
      commits(
        units,
        writing(async (tx) => (tx instanceof MemoryTransaction ? work(tx) : undefined)),
      );
    await inTable(async (tx) => {
      const table = tx.table<typeof value>('t');
      await table.set('a', value);
      value.list.push(2);
      (await table.get('a'))?.list.push(3);
      await table.insert('b', { list: [] });
      expect(await table.delete('b')).toBe(true);
      expect(await table.delete('b')).toBe(false);
    });
    const { written } = await inTable((tx) => tx.table('t').entries());
    expect(written).toEqual([[['a', { list: [1] }]]]);
    const [outcome] = await units.commit([
      writing(async (tx) => {
        if (tx instanceof MemoryTransaction) {
          await tx.table('t').delete('a');
          await tx.table('t').set('c', 1);
          await tx.table('t').insert('c', 2);
        }
      }),
    ]);
    expect(outcome).toMatchObject({ ok: false, error: { details: { constraint: 't.key' } } });
    expect([...log.table('t').entries()]).toEqual([['a', { list: [1] }]]);
  });

  it('fails its unit for a value that can not be copied', async () => {
    const units = new MemoryUnitStore(new MemoryLog());
    const [outcome] = await units.commit([
      {
        ...aUnit(),
        id: newId(),
        writes: [async (tx) => tx instanceof MemoryTransaction && tx.table('t').set('a', () => 1)],
      },
    ]);
    expect(outcome).toMatchObject({ ok: false, error: { name: 'DataCloneError' } });
  });
});
