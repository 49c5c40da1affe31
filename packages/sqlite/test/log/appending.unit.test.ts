import type { OpenStore } from 'mortar/delivery';
import { type EncodedEvent, position, streamId } from 'mortar/event-store';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { aFile } from '../support/file.js';
import { connectionTo } from '../support/parts.js';
import { aStore, openFile } from '../support/store.js';
import { anEvent } from '../support/units.js';

const order = streamId('order-1');

describe('appending to a file', () => {
  let store: OpenStore;

  beforeEach(async () => {
    store = await aStore();
  });

  it('keeps the times of a stream in order, though the clock goes back', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: 2_000_000 });
    onTestFinished(() => void vi.useRealTimers());
    await store.events.append([{ streamId: order, events: [anEvent()] }]);
    vi.setSystemTime(1_000_000);
    await store.events.append([{ streamId: order, events: [anEvent(), anEvent()] }, { events: [anEvent()] }]);
    const { entries } = await store.events.readAll();
    expect(entries.map(({ recordedAt }) => recordedAt)).toEqual([2_000_000, 2_000_000, 2_000_000, 1_000_000]);
    expect(await store.events.streamInfo(order)).toMatchObject({
      firstRecordedAt: 2_000_000,
      lastRecordedAt: 2_000_000,
    });
  });

  it('gives the events of a moment one time, and positions without a hole', async () => {
    const appends = Array.from({ length: 50 }, () => store.events.append([{ events: [anEvent()] }]));
    const results = await Promise.all(appends);
    expect(results.map(({ positions }) => positions[0])).toEqual(appends.map((_, index) => index + 1));
    const { entries } = await store.events.readAll();
    expect(new Set(entries.map(({ recordedAt }) => recordedAt)).size).toBe(1);
  });

  it('uses the positions of what was undone again, which nobody has seen', async () => {
    const outcomes = await Promise.allSettled([
      store.events.append([{ streamId: order, events: [anEvent()] }]),
      store.events.append([{ streamId: order, expectedVersion: 'noStream', events: [anEvent()] }]),
      store.events.append([{ streamId: order, events: [anEvent()] }]),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.events.head()).toBe(2);
  });

  it('decides within a moment as if one came after the other', async () => {
    const racers = Array.from({ length: 8 }, () =>
      store.events.append([{ events: [anEvent({ tags: ['seat:1'] })] }], {
        query: [{ tags: ['seat:1'] }],
        after: position(0),
      }),
    );
    const outcomes = await Promise.allSettled(racers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('answers the repeated events of a moment as the first were answered', async () => {
    const event = anEvent();
    const results = await Promise.all(
      [1, 2, 3].map(() =>
        store.events.append([{ streamId: order, expectedVersion: 'noStream', events: [event] }]),
      ),
    );
    expect(results.map(({ isRepeated }) => isRepeated)).toEqual([false, true, true]);
    expect(new Set(results.map(({ positions }) => positions[0])).size).toBe(1);
  });

  it('takes a caller that changes its event afterwards for what it was when the append was made', async () => {
    const event: { -readonly [Key in keyof EncodedEvent]: EncodedEvent[Key] } = anEvent();
    await store.events.append([{ events: [event] }]);
    event.payload = '{"total":2}';
    const { entries } = await store.events.readAll();
    expect(entries[0]?.payload).toBe('{"total":1}');
  });
});

describe('what a file keeps of an event', () => {
  it('can be read in SQL, by names that say what they are', async () => {
    const file = aFile();
    const store = await openFile(file);
    const cause = anEvent();
    const caused = anEvent({
      key: 'k',
      correlationId: cause.id,
      causationId: cause.id,
      actor: 'ada',
      tenant: 't',
      tags: ['a', 'b'],
      metadata: { from: 'web' },
      priority: 'high',
    });
    await store.events.append([{ events: [cause] }, { streamId: order, events: [caused] }]);
    const rows = (await connectionTo(file))
      .prepare<object>('SELECT * FROM mortar_events ORDER BY position', 'objects')
      .all([]);
    expect(rows).toMatchObject([
      {
        position: 1,
        id: cause.id,
        stream: null,
        version: null,
        correlation_id: null,
        tags: null,
        metadata: null,
      },
      {
        position: 2,
        stream: 'order-1',
        version: 1,
        type: 'shop.order-placed',
        schema_version: 1,
        key: 'k',
        priority: 'high',
        correlation_id: cause.id,
        causation_id: cause.id,
        actor: 'ada',
        tenant: 't',
        tags: '["a","b"]',
        metadata: '{"from":"web"}',
        payload: '{"total":1}',
      },
    ]);
  });
});
