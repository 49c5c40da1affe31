import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { event } from '../../src/contracts/index.js';
import { MortarError } from '../../src/errors/index.js';
import { EventLog, type EventStore, type SubscribeOptions } from '../../src/event-store/index.js';
import { MemoryEventStore, MemoryLog } from '../../src/memory/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { changedEvents } from '../support/changed-stores.js';
import { VirtualClock } from '../support/virtual-clock.js';

const Counted = event('count.counted', { data: z.number() });

function append(events: EventStore, numbers: readonly number[], tag?: string) {
  const tags = tag === undefined ? [] : [tag];
  return events.append([
    { events: numbers.map((number) => anEvent({ type: 'count.counted', payload: `${number}`, tags })) },
  ]);
}

/** Takes so many events and leaves. */
async function take(
  log: EventLog,
  count: number,
  options: SubscribeOptions = {},
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for await (const { data } of log.subscribe(options)) {
    found.push(data);
    if (found.length === count) break;
  }
  return found;
}

function open() {
  const memory = new MemoryLog();
  const events = new MemoryEventStore(memory);
  return { memory, events, log: new EventLog({ events }) };
}

const FAR_MS = 1_000_000;

describe('a live subscription', () => {
  it('catches up, and goes on with what comes', async () => {
    const { events, log } = open();
    await append(events, [1, 2, 3]);
    const taking = take(log, 6, { pollMs: FAR_MS });
    await append(events, [4]);
    await append(events, [5, 6, 7]);
    expect(await taking).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('begins after a position: at the head, it gives what comes', async () => {
    const { events, log } = open();
    await append(events, [1, 2, 3]);
    const after = await log.head();
    const taking = take(log, 2, { after, pollMs: FAR_MS });
    await append(events, [4, 5]);
    expect(await taking).toEqual([4, 5]);
  });

  it('gives what its filter and its contracts ask for', async () => {
    const { events, log } = open();
    await append(events, [1], 'x');
    await append(events, [2], 'y');
    await events.append([{ events: [anEvent({ tags: ['y'] })] }]);
    const taking = take(log, 2, { filter: { tags: ['y'] }, events: [Counted], pollMs: FAR_MS });
    await append(events, [3], 'x');
    await append(events, [4], 'y');
    expect(await taking).toEqual([2, 4]);
  });

  it('misses nothing and repeats nothing while many append', async () => {
    const { events, log } = open();
    const taking = take(log, 2_000, { pollMs: FAR_MS });
    await Promise.all(
      Array.from({ length: 20 }, async (_, writer) => {
        for (let index = 0; index < 100; index += 1) await append(events, [writer * 100 + index]);
      }),
    );
    const found = await taking;
    expect(new Set(found).size).toBe(2_000);
    const { entries } = await events.readAll({ limit: 10_000 });
    expect(found).toEqual(entries.map(({ payload }) => Number(payload)));
  });

  it('is woken while it waits, and reads nothing while there is nothing', async () => {
    const { events } = open();
    let reads = 0;
    let areEmpty = 0;
    const counted = changedEvents(events, {
      readAll: async (range) => {
        reads += 1;
        const page = await events.readAll(range);
        if (page.entries.length === 0) areEmpty += 1;
        return page;
      },
    });
    const taking = take(new EventLog({ events: counted }), 3, { pollMs: FAR_MS });
    for (const number of [1, 2, 3]) {
      await vi.waitFor(() => expect(areEmpty).toBeGreaterThan(0));
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      const atRest = reads;
      for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(reads).toBe(atRest);
      await append(events, [number]);
    }
    expect(await taking).toEqual([1, 2, 3]);
    expect(reads).toBeLessThan(12);
  });

  it('does not miss what comes while it reads', async () => {
    const { events } = open();
    let isFirst = true;
    const slow = changedEvents(events, {
      readAll: async (range) => {
        const page = await events.readAll(range);
        if (isFirst) {
          isFirst = false;
          await append(events, [1]);
          await new Promise((resolve) => setImmediate(resolve));
        }
        return page;
      },
    });
    expect(await take(new EventLog({ events: slow }), 1, { pollMs: FAR_MS })).toEqual([1]);
  });

  it('does not look again at what its filter has passed over', async () => {
    const { events } = open();
    const afters: unknown[] = [];
    const noting = changedEvents(events, {
      readAll: (range) => {
        afters.push(range?.after);
        return events.readAll(range);
      },
    });
    await append(events, [1, 2, 3]);
    const taking = take(new EventLog({ events: noting }), 1, { filter: { tags: ['x'] }, pollMs: FAR_MS });
    await vi.waitFor(() => expect(afters).toEqual([0]));
    await append(events, [4], 'x');
    expect(await taking).toEqual([4]);
    expect(new Set(afters)).not.toContain(undefined);
    expect(afters[1]).toBe(3);
  });

  it('looks by itself from time to time, where nobody calls it', async () => {
    const { events } = open();
    const clock = new VirtualClock();
    const deaf = changedEvents(events, { watch: () => () => undefined });
    const log = new EventLog({ events: deaf, clock });
    const taking = take(log, 1, { pollMs: 500 });
    await clock.advance(100);
    await append(events, [1]);
    await clock.advance(399);
    let isDone = false;
    void taking.then(() => {
      isDone = true;
    });
    await clock.advance(0);
    expect(isDone).toBe(false);
    await clock.advance(1);
    expect(await taking).toEqual([1]);
  });

  it('ends when its signal is aborted: while it waits, before it begins, and amid a page', async () => {
    const { events, log } = open();
    const waiting = new AbortController();
    const ended = take(log, 1, { signal: waiting.signal, pollMs: FAR_MS });
    await events.head();
    waiting.abort();
    expect(await ended).toEqual([]);
    expect(await take(log, 1, { signal: AbortSignal.abort() })).toEqual([]);
    await append(events, [1, 2, 3]);
    const amid = new AbortController();
    const found: unknown[] = [];
    for await (const { data } of log.subscribe({ signal: amid.signal })) {
      found.push(data);
      if (data === 2) amid.abort();
    }
    expect(found).toEqual([1, 2]);
  });

  it('watches no longer than it is followed', async () => {
    const { events } = open();
    let watching = 0;
    const counted = changedEvents(events, {
      watch: (listener) => {
        watching += 1;
        const stop = events.watch(listener);
        return () => {
          watching -= 1;
          stop();
        };
      },
    });
    const log = new EventLog({ events: counted });
    await append(events, [1]);
    await take(log, 1);
    const { signal } = new AbortController();
    await take(log, 1, { signal });
    expect(await take(log, 1, { signal: AbortSignal.abort() })).toEqual([]);
    expect(watching).toBe(0);
    log.subscribe();
    expect(watching).toBe(0);
  });

  it('waits while the store can not be reached, and goes on where it was', async () => {
    const { events } = open();
    let failures = 0;
    const clock = new VirtualClock();
    const failing = changedEvents(events, {
      readAll: async (range) => {
        failures += 1;
        if (failures % 2 === 0) return events.readAll(range);
        throw new MortarError('MORTAR_STORE_UNAVAILABLE', { rule: 'r', expected: 'e', got: 'g' });
      },
    });
    await append(events, [1, 2]);
    const taking = take(new EventLog({ events: failing, clock }), 3, { pollMs: 100 });
    await clock.advance(100);
    await append(events, [3]);
    await clock.advance(1_000);
    expect(await taking).toEqual([1, 2, 3]);
    expect(failures).toBeGreaterThan(2);
  });

  it('ends with an error when the store is closed, or can not read', async () => {
    const { memory, log } = open();
    await memory.close();
    await expect(take(log, 1)).rejects.toMatchObject({ code: 'MORTAR_STORE_CLOSED' });
    const bad = open();
    await bad.events.append([{ events: [anEvent({ payload: '{"$no":1}' })] }]);
    await expect(take(bad.log, 1)).rejects.toMatchObject({ code: 'MORTAR_CODEC_CORRUPT' });
  });
});
