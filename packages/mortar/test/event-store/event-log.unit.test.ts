import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { event, newId } from '../../src/contracts/index.js';
import {
  BEGINNING,
  EventLog,
  type EventStore,
  encodeEvent,
  position,
  type RecordedEvent,
  streamId,
  version,
} from '../../src/event-store/index.js';
import { MemoryEventStore, MemoryLog } from '../../src/memory/index.js';
import { anEvent } from '../../src/testing/conformance/event-store/subject.js';
import { caught } from '../contracts/caught.js';
import { changedEvents } from '../support/changed-stores.js';

const Placed = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number() }),
  key: ({ orderId }) => orderId,
  tags: ({ orderId }) => [`order:${orderId}`],
});
const Paid = event('shop.order-paid', { data: z.object({ amount: z.bigint(), at: z.date() }) });
/** What `Placed` was like before. */
const PlacedOnce = event('shop.order-placed', { data: z.object({ order: z.string() }) });
const PlacedNow = event('shop.order-placed', {
  data: z.object({ orderId: z.string(), total: z.number().default(0) }),
  schemaVersion: 2,
  upcasters: { 1: (data) => ({ orderId: Reflect.get(Object(data), 'order') }) },
});

function open(contracts: readonly (typeof Placed | typeof Paid | typeof PlacedNow)[] = [Placed, Paid]) {
  const events = new MemoryEventStore(new MemoryLog());
  const log = new EventLog({ events, contractOf: (type) => contracts.find(({ name }) => name === type) });
  return { events, log };
}

async function all<T>(events: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = [];
  for await (const one of events) found.push(one);
  return found;
}

/** So many events, each with its number as payload. */
async function fill(events: EventStore, count: number, from = 0): Promise<void> {
  const added = Array.from({ length: count }, (_, index) => anEvent({ payload: `${from + index}` }));
  await events.append([{ streamId: streamId('count-1'), events: added }]);
}

function numbersOf(events: readonly RecordedEvent[]): readonly unknown[] {
  return events.map(({ data }) => data);
}

describe('a log, appending', () => {
  it('validates data, and keeps key, tags and options with the event', async () => {
    const { log } = open();
    const id = newId();
    const options = { id, actor: 'anna', tenant: 'acme', expectedVersion: 'noStream' as const };
    const { versions } = await log.append('order-1', Placed, { orderId: '1', total: 2.5 }, options);
    expect(versions).toEqual([1]);
    const [found] = await all(log.readStream('order-1'));
    expect(found).toMatchObject({
      id,
      type: 'shop.order-placed',
      key: '1',
      tags: ['order:1'],
      actor: 'anna',
      tenant: 'acme',
      streamId: 'order-1',
      version: 1,
      data: { orderId: '1', total: 2.5 },
    });
  });

  it('carries data that JSON has no form for', async () => {
    const { log } = open();
    const data = { amount: 12n, at: new Date(5) };
    await log.append('order-1', Paid, data);
    expect((await all(log.readAll()))[0]?.data).toEqual(data);
  });

  it('refuses what does not follow the schema, and a stream that is not as expected', async () => {
    const { log } = open();
    await expect(log.append('order-1', Placed, Object({ orderId: 1 }))).rejects.toMatchObject({
      code: 'MORTAR_DATA_INVALID',
    });
    await expect(log.append('', Placed, { orderId: '1', total: 1 })).rejects.toMatchObject({
      code: 'MORTAR_STREAM_ID_INVALID',
    });
    await log.append('order-1', Placed, { orderId: '1', total: 1 });
    await expect(
      log.append('order-1', Placed, { orderId: '1', total: 1 }, { expectedVersion: version(7) }),
    ).rejects.toMatchObject({ code: 'MORTAR_VERSION_CONFLICT', details: { actual: 1 } });
    await expect(
      log.append(
        'order-2',
        Placed,
        { orderId: '2', total: 1 },
        { condition: { query: [{ tags: ['order:1'] }], after: BEGINNING } },
      ),
    ).rejects.toMatchObject({ code: 'MORTAR_APPEND_CONFLICT' });
    expect(await log.statistics()).toMatchObject({ events: 1, streams: 1 });
  });
});

describe('a log, reading', () => {
  it('brings old events to the schema of today, and leaves those without a contract as they were written', async () => {
    const { events, log } = open([PlacedNow]);
    const old = new EventLog({ events });
    await old.append('order-1', PlacedOnce, { order: 'a' });
    await old.append('order-1', Paid, { amount: 1n, at: new Date(1) });
    const [first, second] = await all(log.readStream('order-1'));
    expect(first).toMatchObject({ schemaVersion: 2, data: { orderId: 'a', total: 0 } });
    expect(second).toMatchObject({ type: 'shop.order-paid', schemaVersion: 1, data: { amount: 1n } });
    const [raw] = await all(old.readStream('order-1'));
    expect(raw).toMatchObject({ schemaVersion: 1, data: { order: 'a' } });
  });

  it('gives the events of the contracts that were asked for, and no others', async () => {
    const { log } = open([]);
    for (const orderId of ['1', '2']) {
      await log.append(`order-${orderId}`, Placed, { orderId, total: 1 });
      await log.append(`order-${orderId}`, Paid, { amount: 1n, at: new Date(1) });
    }
    const placed = await all(log.readAll({ events: [Placed] }));
    expect(placed.map(({ data }) => data.orderId)).toEqual(['1', '2']);
    const both = await all(log.readStream('order-1', { events: [Placed, Paid] }));
    expect(both.map((one) => (one.type === 'shop.order-paid' ? one.data.amount : one.data.total))).toEqual([
      1,
      1n,
    ]);
    expect((await all(log.readStream('order-2', { events: [Paid] }))).map(({ version: at }) => at)).toEqual([
      2,
    ]);
    expect(await all(log.readAll({ events: [] }))).toEqual([]);
  });

  it.each([0, 1, 99, 100, 101, 1_100, 2_345])('reads %i events, page by page', async (count) => {
    const { events, log } = open();
    if (count > 0) await fill(events, count);
    const expected = Array.from({ length: count }, (_, index) => index);
    expect(numbersOf(await all(log.readAll()))).toEqual(expected);
    expect(numbersOf(await all(log.readStream('count-1')))).toEqual(expected);
    expect(numbersOf(await all(log.readCategory('count')))).toEqual(expected);
    expect(numbersOf(await all(log.readAll({ direction: 'backwards' })))).toEqual(expected.toReversed());
    expect(numbersOf(await all(log.readStream('count-1', { direction: 'backwards' })))).toEqual(
      expected.toReversed(),
    );
    expect(await all(log.readCategory('other'))).toEqual([]);
  });

  it('reads a part, and at most so many', async () => {
    const { events, log } = open();
    await fill(events, 300);
    const { entries } = await events.readAll({ limit: 10 });
    const [after, to] = [entries[1]?.position, entries[6]?.position];
    expect(after !== undefined && to !== undefined).toBe(true);
    if (after === undefined || to === undefined) return;
    expect(numbersOf(await all(log.readAll({ after, to })))).toEqual([2, 3, 4, 5, 6]);
    expect(numbersOf(await all(log.readAll({ after, limit: 3 })))).toEqual([2, 3, 4]);
    expect((await all(log.readAll({ limit: 250 }))).length).toBe(250);
    expect(await all(log.readAll({ limit: 0 }))).toEqual([]);
    const part = { from: version(3), to: version(5) };
    expect(numbersOf(await all(log.readStream('count-1', part)))).toEqual([2, 3, 4]);
    expect((await all(log.readStream('count-1', { limit: 250 }))).length).toBe(250);
    expect(
      numbersOf(await all(log.readStream('count-1', { direction: 'backwards', from: version(2) }))),
    ).toEqual([1, 0]);
    expect(await all(log.readStream('count-1', { asOf: 0 }))).toEqual([]);
  });

  it('reads pages of large payloads in small parts', async () => {
    const { events } = open();
    const limits: number[] = [];
    const counting = changedEvents(events, {
      readAll: (range) => {
        limits.push(range?.limit ?? 0);
        return events.readAll(range);
      },
    });
    const payload = JSON.stringify('x'.repeat(500_000));
    for (let index = 0; index < 12; index += 1)
      await events.append([{ events: Array.from({ length: 10 }, () => anEvent({ payload })) }]);
    expect((await all(new EventLog({ events: counting }).readAll())).length).toBe(120);
    expect(limits[0]).toBe(100);
    expect(Math.max(...limits.slice(1))).toBeLessThan(10);
  });

  it('can be read again and again, from the beginning', async () => {
    const { events, log } = open();
    await fill(events, 3);
    const reading = log.readAll();
    expect(numbersOf(await all(reading))).toEqual([0, 1, 2]);
    expect(numbersOf(await all(reading))).toEqual([0, 1, 2]);
  });

  it('stops fetching when its reader leaves', async () => {
    const { events } = open();
    await fill(events, 1_000);
    let pages = 0;
    const counting = changedEvents(events, {
      readAll: (range) => {
        pages += 1;
        return events.readAll(range);
      },
    });
    const iterator = new EventLog({ events: counting }).readAll()[Symbol.asyncIterator]();
    expect((await iterator.next()).value?.data).toBe(0);
    await iterator.return?.();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(pages).toBeLessThanOrEqual(2);
  });

  it('answers in order also whoever asks for several at once', async () => {
    const { events, log } = open();
    await fill(events, 250);
    const iterator = log.readAll()[Symbol.asyncIterator]();
    const asked = await Promise.all(Array.from({ length: 252 }, () => iterator.next()));
    expect(asked.map(({ value }) => value?.data)).toEqual([...Array(250).keys(), undefined, undefined]);
    expect(asked.map(({ done }) => done).indexOf(true)).toBe(250);
    const other = log.readAll()[Symbol.asyncIterator]();
    const [first, second] = [other.next(), other.next()];
    const third = first.then(() => other.next());
    expect((await Promise.all([first, second, third])).map(({ value }) => value?.data)).toEqual([0, 1, 2]);
  });

  it('ends with the error of what it can not read, and says where it lies', async () => {
    const { events, log } = open([PlacedNow]);
    await fill(events, 2);
    const bad = anEvent({ type: 'shop.bad', payload: '{"$date":"never"}' });
    const newer = { ...anEvent(), schemaVersion: 9 };
    const { positions } = await events.append([{ events: [bad, newer] }]);
    const found: unknown[] = [];
    const reading = async (after: number): Promise<void> => {
      for await (const one of new EventLog({
        events,
        contractOf: (type) => (type === PlacedNow.name && after > 2 ? PlacedNow : undefined),
      }).readAll({ after: position(after) }))
        found.push(one.data);
    };
    await expect(reading(0)).rejects.toMatchObject({
      code: 'MORTAR_CODEC_CORRUPT',
      details: { position: positions[0], type: 'shop.bad', id: bad.id },
    });
    expect(found).toEqual([0, 1]);
    await expect(reading(3)).rejects.toMatchObject({
      code: 'MORTAR_UPCAST_MISSING',
      details: { position: positions[1] },
    });
    await expect(all(log.readStream('count-1'))).rejects.toMatchObject({ code: 'MORTAR_UPCAST_FAILED' });
  });

  it('refuses what is malformed', async () => {
    const { log } = open();
    for (const limit of [-1, 1.5, Number.NaN])
      for (const read of [() => log.readAll({ limit }), () => log.readStream('a-1', { limit })])
        expect(caught(read)).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
    expect(caught(() => log.readStream(''))).toMatchObject({ code: 'MORTAR_STREAM_ID_INVALID' });
    expect(caught(() => log.subscribe({ pollMs: 0 }))).toMatchObject({ code: 'MORTAR_OPTIONS_INVALID' });
    await expect(all(log.readAll({ filter: Object({ type: 'a' }) }))).rejects.toMatchObject({
      code: 'MORTAR_OPTIONS_INVALID',
    });
    await expect(all(log.readAll({ after: Object(-1) }))).rejects.toMatchObject({
      code: 'MORTAR_VERSION_INVALID',
    });
  });

  it('reads what a store holds, whatever its number and the part', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 400 }),
        fc.nat({ max: 420 }),
        fc.option(fc.nat({ max: 420 }), { nil: undefined }),
        fc.boolean(),
        async (count, skip, limit, isBackwards) => {
          const { events, log } = open();
          if (count > 0) await fill(events, count);
          const direction = isBackwards ? 'backwards' : 'forwards';
          const expected = Array.from({ length: count }, (_, index) => index);
          const part = isBackwards
            ? expected.slice(0, Math.max(skip - 1, 0)).toReversed()
            : expected.slice(skip);
          const found = await all(
            log.readAll({ after: position(skip), direction, ...(limit === undefined ? {} : { limit }) }),
          );
          expect(numbersOf(found)).toEqual(part.slice(0, limit));
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('a log, about itself', () => {
  it('says what is known of streams, counts, and knows its head', async () => {
    const { log } = open();
    expect(await log.head()).toBe(BEGINNING);
    expect(await log.streamInfo('order-1')).toBeUndefined();
    await log.append('order-1', Placed, { orderId: '1', total: 1 });
    expect(await log.streamInfo('order-1')).toMatchObject({ category: 'order', version: 1, state: 'open' });
    expect(await log.head()).toBe(1);
    expect(await log.statistics({ types: ['shop.order-paid'] })).toMatchObject({ events: 0 });
  });

  it('archives, restores and tombstones streams', async () => {
    const { log } = open();
    const data = { orderId: '1', total: 1 };
    await log.append('order-1', Placed, data);
    await log.archive('order-1');
    await expect(log.append('order-1', Placed, data)).rejects.toMatchObject({ code: 'MORTAR_STREAM_CLOSED' });
    await log.restore('order-1');
    await log.append('order-1', Placed, data);
    await log.tombstone('order-1');
    await expect(all(log.readStream('order-1'))).rejects.toMatchObject({ code: 'MORTAR_STREAM_CLOSED' });
    await expect(log.restore('order-1')).rejects.toMatchObject({ code: 'MORTAR_STREAM_CLOSED' });
    await expect(log.archive('order-2')).rejects.toMatchObject({ code: 'MORTAR_STREAM_MISSING' });
    expect((await all(log.readAll())).length).toBe(2);
    expect(await all(log.readAll({ withoutArchived: true }))).toEqual([]);
  });

  it('writes and reads an event as encodeEvent and decodeEntry do', async () => {
    const { events, log } = open();
    const envelope = { ...anEvent({ metadata: { a: 'b' } }), data: { $x: [1n, undefined] } };
    await events.append([{ events: [encodeEvent(envelope, ['t'])] }]);
    const [found] = await all(log.readAll({ filter: { tags: ['t'] } }));
    expect(found?.data).toEqual(envelope.data);
    expect(found?.metadata).toEqual({ a: 'b' });
  });
});
