import fc from 'fast-check';
import { newId } from 'mortar/contracts';
import {
  type EncodedEvent,
  type LogEntry,
  type LogFilter,
  matchesFilter,
  position,
  streamId,
} from 'mortar/event-store';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/internal/driver/driver.js';
import { isLed, selectionOf } from '../../src/internal/filter.js';
import { aFile } from '../support/file.js';
import { connectionTo } from '../support/parts.js';
import { aStore, openFile } from '../support/store.js';
import { anEvent } from '../support/units.js';

const few = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const lists = <T>(...values: readonly T[]) => fc.uniqueArray(few(...values), { maxLength: 3 });

const STREAMS = ['order-1', 'order-2', 'order', 'orders-1', 'cart-1', '日本-1'] as const;
const TYPES = ['shop.a', 'shop.b', 'shop.c'] as const;
const TAGS = ['x:1', 'x:2', 'y'] as const;
const KEYS = ['k', 'order-1', '', 'ü'] as const;

const events = fc.record({
  stream: fc.option(few(...STREAMS), { nil: undefined }),
  type: few(...TYPES),
  key: fc.option(few('k', 'order-1', 'ü'), { nil: undefined }),
  tags: lists(...TAGS),
  tenant: fc.option(few('t', 'u'), { nil: undefined }),
  isCaused: fc.boolean(),
});

const parts: fc.Arbitrary<LogFilter> = fc.oneof(
  fc.record({ types: lists(...TYPES) }),
  fc.record({ categories: lists('order', 'orders', 'cart', '日本', 'order-1', '') }),
  fc.record({ orderKeys: lists(...KEYS) }),
  fc.record({ tags: lists(...TAGS) }),
  fc.record({ correlationId: few('cause', 'other') }),
  fc.record({ tenant: few('t', 'u') }),
  fc.record({ partitions: few({ of: 4, among: [0, 3] }, { of: 1, among: [0] }, { of: 2, among: [] }) }),
);

/** With more of them, nothing would be found. */
const filters: fc.Arbitrary<LogFilter> = fc
  .array(parts, { maxLength: 2 })
  .map((some) => Object.assign({}, ...some));

describe('a filter of the log', () => {
  it('finds by SQL what it finds one by one, forwards and backwards, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(events, { minLength: 1, maxLength: 25 }),
        fc.array(filters, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (given, wanted, limit) => {
          await using store = await openFile(aFile(), { durability: 'relaxed' });
          for (const { stream, type, key, tags, tenant, isCaused } of given) {
            const event = anEvent({
              type,
              key,
              tags,
              tenant,
              ...(isCaused ? { correlationId: 'cause' } : {}),
            });
            await store.events.append([
              { ...(stream === undefined ? {} : { streamId: streamId(stream) }), events: [event] },
            ]);
          }
          const { entries } = await store.events.readAll();
          for (const filter of wanted) {
            const expected = entries.filter((entry) => matchesFilter(entry, filter));
            for (const direction of ['forwards', 'backwards'] as const) {
              const found: LogEntry[] = [];
              let after: LogEntry['position'] | undefined;
              for (;;) {
                const page = await store.events.readAll({
                  filter,
                  limit,
                  direction,
                  ...(after && { after }),
                });
                found.push(...page.entries);
                if (page.isEnd) break;
                after = page.next;
              }
              expect(direction === 'forwards' ? found : found.reverse()).toEqual(expected);
            }
            expect((await store.events.statistics(filter)).events).toBe(expected.length);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('finds the events of a correlation, the one that began it among them', async () => {
    const store = await aStore();
    const first = anEvent();
    const second = anEvent({ correlationId: first.id });
    await store.events.append([{ events: [anEvent(), first, second, anEvent()] }]);
    const { entries } = await store.events.readAll({ filter: { correlationId: first.id } });
    expect(entries.map(({ id }) => id)).toEqual([first.id, second.id]);
  });
});

describe('a page of the log', () => {
  let connection: Connection;

  beforeEach(async () => {
    const file = aFile();
    await openFile(file);
    connection = await connectionTo(file);
  });

  const planOf = (filter: LogFilter, direction: string): string => {
    const { from, where, parameters, position: column } = selectionOf({ above: 1, upTo: 9 }, filter);
    const sql = `EXPLAIN QUERY PLAN SELECT e.payload FROM ${from} WHERE ${where} ORDER BY ${column} ${direction} LIMIT 9`;
    const rows = connection.prepare<{ readonly detail: string }>(sql, 'objects').all(parameters);
    return rows.map(({ detail }) => detail).join('\n');
  };

  it.each<[string, LogFilter, string]>([
    ['everything', {}, 'SEARCH e USING INTEGER PRIMARY KEY'],
    ['one type', { types: ['a'] }, 'mortar_events_type'],
    ['a tag', { tags: ['a', 'b'], types: ['a'] }, 'SEARCH t USING PRIMARY KEY'],
    ['keys', { orderKeys: ['a', 'b'], types: ['a', 'b'] }, 'mortar_events_key'],
    ['a correlation', { correlationId: 'a', tenant: 'b' }, 'mortar_events_correlation'],
  ])('of %s is led to by an index', (_, filter, index) => {
    expect(isLed(filter)).toBe(true);
    expect(planOf(filter, 'ASC')).toContain(index);
  });

  it.each<[string, LogFilter]>([
    ['everything', {}],
    ['one type', { types: ['a'] }],
    ['types', { types: ['a', 'b'] }],
    ['a tag', { tags: ['a', 'b'], types: ['a'] }],
    ['categories', { categories: ['a', 'b'] }],
    ['partitions of a type', { types: ['a'], partitions: { of: 4, among: [1] } }],
    ['a tenant', { tenant: 'a', recordedFrom: 1 }],
  ])('of %s comes in the order of the log, and nothing is sorted for it', (_, filter) => {
    for (const direction of ['ASC', 'DESC']) {
      expect(planOf(filter, direction)).not.toContain('TEMP B-TREE');
      expect(planOf(filter, direction)).not.toContain('SCAN e');
    }
  });

  it.each<[string, LogFilter]>([
    ['types', { types: ['a', 'b'] }],
    ['no type', { types: [] }],
    ['categories', { categories: ['a'] }],
    ['a tenant', { tenant: 'a' }],
    ['a time', { recordedFrom: 1 }],
    ['partitions', { partitions: { of: 4, among: [1] } }],
  ])('of %s is looked for in a part of the log at a time', (_, filter) => {
    expect(isLed(filter)).toBe(false);
  });
});

describe('a long log', () => {
  const COUNT = 45_000;
  /** Among them those beside the borders of the parts, from either end. */
  const RARE = [1, 5_000, 5_001, 20_000, 20_001, 25_000, 25_001, 40_000, 40_001, 45_000];

  it('is gone through part by part for what no index leads to, and nothing is left out', async () => {
    const store = await aStore({ durability: 'relaxed' });
    const all: EncodedEvent[] = Array.from({ length: COUNT }, (_, index) =>
      anEvent({ tenant: RARE.includes(index + 1) ? 'rare' : 'common', id: newId() }),
    );
    for (let from = 0; from < COUNT; from += 5_000)
      await store.events.append([{ events: all.slice(from, from + 5_000) }]);
    for (const direction of ['forwards', 'backwards'] as const) {
      const found: number[] = [];
      const nexts: number[] = [];
      let after: LogEntry['position'] | undefined;
      for (;;) {
        const filter = { tenant: 'rare' };
        const page = await store.events.readAll({ filter, direction, ...(after && { after }) });
        found.push(...page.entries.map(({ position: place }) => place));
        nexts.push(page.next);
        if (page.isEnd) break;
        after = page.next;
      }
      expect(found.sort((a, b) => a - b)).toEqual(RARE);
      expect(nexts).toHaveLength(3);
    }
    const page = await store.events.readAll({ filter: { tenant: 'rare' }, after: position(30_000) });
    expect(page).toMatchObject({ isEnd: true, next: COUNT });
    expect(await store.events.statistics()).toMatchObject({ events: COUNT, streams: 0 });
    expect(await store.events.statistics({ tenant: 'rare' })).toMatchObject({ events: RARE.length });
  });
});
