import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { App } from '../../../src/app.js';
import { defineModule, event, type Module } from '../../../src/index.js';
import { MemoryLog, memory } from '../../../src/memory/index.js';
import { errorOf, Latch, upTo } from '../../support/parcels.js';
import { EntryWritten, journal, listener, startedApp, WriteEntry } from '../journal.js';
import { opera, SEATS, SeatsTaken, TakeSeats, tickets } from './seats.js';

const NOW_AND_AGAIN = { attempts: 3, backoff: { kind: 'fixed', delayMs: 1 } } as const;

/** What is in the tables of a log in memory. */
function tableOf(log: MemoryLog, table: 'seats' | 'tickets', show = 'aida'): unknown {
  return log.table(table).get(show);
}

function take(app: App, count: number): Promise<{ left: number }> {
  return app.dispatch(TakeSeats, { show: 'aida', count });
}

/** A module that does something with each entry, once the log brings it. */
function reader(handle: (text: string, attempt: number) => unknown, options: object = {}): Module {
  return defineModule('reader', (module) => {
    module.on(EntryWritten, { retry: NOW_AND_AGAIN, ...options }, async ({ data, attempt }) => {
      await handle(data.text, attempt);
    });
  });
}

describe('an event of an app with a store', () => {
  it('is handled after it is committed, and what that does is committed in turn', async () => {
    const log = new MemoryLog();
    const app = await startedApp([opera, tickets()], { store: memory({ log }) });
    expect(await take(app, 2)).toEqual({ left: SEATS - 2 });
    await vi.waitFor(() => expect(tableOf(log, 'tickets')).toBe(2));
    expect(log.entries.map(({ type }) => type)).toEqual(['opera.seats-taken', 'tickets.printed']);
    const [taken, printed] = log.entries;
    expect(printed?.correlationId).toBe(taken?.correlationId);
    await app.stop();
  });

  it('that a command has rolled back is not there for anyone', async () => {
    const log = new MemoryLog();
    const app = await startedApp([opera, tickets()], { store: memory({ log }) });
    const answer = await app.tryDispatch(TakeSeats, { show: 'aida', count: SEATS + 1 });
    expect(answer).toMatchObject({ ok: false, failure: { data: { left: SEATS } } });
    expect([log.entries.length, tableOf(log, 'seats')]).toEqual([0, undefined]);
    await app.stop();
  });

  it('is waited for with the outcome of each of its subscriptions', async () => {
    const mail = listener(() => undefined);
    const broken = reader((text) => {
      if (text === 'bad') throw new Error('unreadable');
    });
    const app = await startedApp([journal, mail, broken], { store: memory() });
    const publish = (text: string) => app.publish(EntryWritten, { text }, { wait: 'handled' });
    const statusOf = (outcomes: Awaited<ReturnType<typeof publish>>) =>
      outcomes.map(({ subscription, status }) => `${subscription} ${status}`).sort();
    expect(statusOf(await publish('good'))).toEqual([
      'mail/journal.entry-written handled',
      'reader/journal.entry-written handled',
    ]);
    expect(statusOf(await publish('bad'))).toEqual([
      'mail/journal.entry-written handled',
      'reader/journal.entry-written dead',
    ]);
    // Its key waits behind the dead letter.
    expect(statusOf(await publish('bad'))).toEqual([
      'mail/journal.entry-written handled',
      'reader/journal.entry-written held',
    ]);
    await app.stop();
  });

  it('is waited for so long only, and handled all the same', async () => {
    const latch = new Latch();
    const heard: string[] = [];
    const slow = listener(async (text) => {
      await latch.opened;
      heard.push(text);
    });
    const app = await startedApp([journal, slow], { store: memory() });
    const options = { wait: 'handled', timeoutMs: 10 } as const;
    expect(await errorOf(app.publish(EntryWritten, { text: 'a' }, options))).toMatchObject({
      code: 'MORTAR_WAIT_TIMEOUT',
    });
    latch.open();
    await vi.waitFor(() => expect(heard).toEqual(['a']));
    await app.stop();
  });

  it('is retried by its policy, and what it had dispatched before is not run again', async () => {
    const log = new MemoryLog();
    let printed = 0;
    let failures = 0;
    const office = tickets(() => {
      printed += 1;
    });
    const desk = defineModule('desk', (module) => {
      module.on(SeatsTaken, { retry: NOW_AND_AGAIN }, async ({ attempt }) => {
        if (attempt >= 3) return;
        failures += 1;
        throw new Error('not yet');
      });
    });
    const app = await startedApp([opera, office, desk], { store: memory({ log }) });
    await take(app, 3);
    await vi.waitFor(() => expect([printed, failures, tableOf(log, 'tickets')]).toEqual([1, 2, 3]));
    await app.stop();
  });

  it('comes in the order of its key, whatever it waits for', async () => {
    const heard: string[] = [];
    const slow = reader(async (text, attempt) => {
      if (attempt === 1 && heard.length % 3 === 0) {
        heard.push('-');
        throw new Error('once more');
      }
      heard.push(text);
    });
    const app = await startedApp([journal, slow], { store: memory() });
    for (const text of ['a', 'b', 'a', 'c', 'a']) await app.publish(EntryWritten, { text });
    await vi.waitFor(() => expect(heard.filter((text) => text !== '-')).toHaveLength(5));
    expect(heard.filter((text) => text === 'a')).toHaveLength(3);
    await app.stop();
  });

  it('is handed over in batches, with one commit for each', async () => {
    const batches: number[] = [];
    const log = new MemoryLog();
    const counter = defineModule('counter', (module) => {
      module.on(EntryWritten, { batch: { size: 10, withinMs: 5 }, from: 'beginning' }, async (events) => {
        batches.push(events.length);
        for (const { write, data } of events)
          await write((tx: never) => (tx as Tables).table('seen').set(data.text, true));
      });
    });
    const app = await startedApp([journal, counter], { store: memory({ log }) });
    for (const no of upTo(25)) await app.publish(EntryWritten, { text: `${no}` });
    await vi.waitFor(() => expect(batches.reduce((sum, size) => sum + size, 0)).toBe(25));
    await app.stop();
    expect(Math.max(...batches)).toBeLessThanOrEqual(10);
    for (const no of upTo(25)) expect(log.table('seen').get(`${no}`)).toBe(true);
  });
});

interface Tables {
  table(name: string): { set(key: string, value: unknown): Promise<void> };
}

describe('a subscription', () => {
  it('goes on in the next process where it was, and misses nothing of what came meanwhile', async () => {
    const store = memory({ log: new MemoryLog() });
    const heard: string[] = [];
    const hear = (text: string): void => void heard.push(text);
    const first = await startedApp([journal, listener(hear)], { store });
    await first.publish(EntryWritten, { text: '1' }, { wait: 'handled' });
    await first.stop();
    const deaf = await startedApp([journal], { store });
    await deaf.publish(EntryWritten, { text: '2' });
    await deaf.stop();
    const second = await startedApp([journal, listener(hear)], { store });
    await second.publish(EntryWritten, { text: '3' }, { wait: 'handled' });
    await second.stop();
    expect(heard).toEqual(['1', '2', '3']);
  });

  it('begins with what is published from now on, or at the beginning', async () => {
    const store = memory({ log: new MemoryLog() });
    const deaf = await startedApp([journal], { store });
    await deaf.publish(EntryWritten, { text: 'early' });
    await deaf.stop();
    const heard: string[] = [];
    const late = reader((text) => heard.push(`now ${text}`), { name: 'now' });
    const all = defineModule('all', (module) => {
      module.on(EntryWritten, { from: 'beginning' }, ({ data }) => void heard.push(`all ${data.text}`));
    });
    const app = await startedApp([journal, late, all], { store });
    await app.publish(EntryWritten, { text: 'late' }, { wait: 'handled' });
    await app.stop();
    expect(heard.sort()).toEqual(['all early', 'all late', 'now late']);
  });

  it('that is new gets what is published while the app starts', async () => {
    const heard: string[] = [];
    const early = defineModule('journal', (module) => {
      module.handle(WriteEntry, async ({ data, publish }) => {
        await publish(EntryWritten, { text: `handled ${data.text}` });
        return { entryId: '1', length: 1 };
      });
      module.onStart(async ({ publish, dispatch }) => {
        await publish(EntryWritten, { text: 'hook' });
        await dispatch(WriteEntry, { text: 'hook' });
      });
    });
    const app = await startedApp([early, listener((text) => heard.push(text))], { store: memory() });
    await vi.waitFor(() => expect(heard).toHaveLength(2));
    expect(heard.sort()).toEqual(['handled hook', 'hook']);
    await app.stop();
  });

  it('is shared by processes: each event is handled by one of them', async () => {
    const log = new MemoryLog();
    const heard: string[] = [];
    const apps = await Promise.all(
      upTo(3).map((no) =>
        startedApp([journal, listener((text) => heard.push(`${no} ${text}`))], { store: memory({ log }) }),
      ),
    );
    const [one] = apps;
    for (const no of upTo(50)) await one?.publish(EntryWritten, { text: `${no}` });
    await vi.waitFor(() => expect(heard).toHaveLength(50), { timeout: 20_000 });
    await Promise.all(apps.map((app) => app.stop()));
    expect(new Set(heard.map((line) => line.split(' ')[1])).size).toBe(50);
  });

  it('reads old events as they are today, and keeps those that it can not read', async () => {
    const store = memory({ log: new MemoryLog() });
    const Old = event('journal.noted', { data: z.object({ words: z.string() }) });
    const New = event('journal.noted', {
      data: z.object({ text: z.string(), lang: z.string().default('en') }),
      schemaVersion: 2,
      upcasters: { 1: (data) => ({ text: (data as { words: string }).words }) },
    });
    const Newest = event('journal.noted', { data: z.object({ text: z.string() }), schemaVersion: 9 });
    const writing = defineModule('journal', () => undefined);
    const before = await startedApp([writing], { store });
    await before.publish(Old, { words: 'hello' });
    await before.publish(Newest, { text: 'from the future' });
    await before.stop();
    const heard: unknown[] = [];
    const today = defineModule('today', (module) => {
      module.on(New, { from: 'beginning' }, ({ data, envelope }) => {
        heard.push(data, envelope.schemaVersion);
      });
    });
    const app = await startedApp([writing, today], { store });
    await vi.waitFor(async () => expect(await app.deadLetters.list()).toHaveLength(1));
    expect(heard).toEqual([{ text: 'hello', lang: 'en' }, 2]);
    const [letter] = await app.deadLetters.list();
    expect(letter).toMatchObject({
      subscription: 'today/journal.noted',
      reason: 'unreadable',
      error: { code: 'MORTAR_UPCAST_MISSING' },
      entry: { payload: '{"text":"from the future"}' },
    });
    await app.stop();
  });
});
