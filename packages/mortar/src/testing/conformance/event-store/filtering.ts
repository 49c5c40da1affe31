import assert from 'node:assert/strict';
import {
  type EventStore,
  keyHashOf,
  type LogFilter,
  position,
  streamId,
} from '../../../event-store/index.js';
import { anEvent, appendTo, type EventStoreCase, publish, someEvents, walk } from './subject.js';

const HOUR_MS = 3_600_000;
/** Keys that differ, with one hash. */
const EQUAL_HASHES = ['k35200', 'k114470'] as const;
const HOSTILE = [
  "' OR '1'='1",
  '%',
  '_',
  '*',
  '"',
  '\\',
  '$1',
  '?',
  '{}',
  '[]',
  'NULL',
  '\u{1f600}',
  '\n',
  ' ',
];

/** The payloads of what a filter finds: in these cases, each event's name. */
async function found(events: EventStore, filter: LogFilter): Promise<readonly string[]> {
  return (await walk(events, { filter })).map(({ payload }) => JSON.parse(payload));
}

function named(name: string, parts: Parameters<typeof anEvent>[0] = {}): ReturnType<typeof anEvent> {
  return anEvent({ ...parts, payload: JSON.stringify(name) });
}

/** A filter finds what it asks for, all of it and nothing else. */
export const filteringCases: readonly EventStoreCase[] = [
  {
    name: 'by type, to the letter',
    run: async ({ events }) => {
      await publish(events, [
        named('one', { type: 'a.one' }),
        named('two', { type: 'a.two' }),
        named('one-more', { type: 'a.one-more' }),
        named('again', { type: 'a.one' }),
      ]);
      assert.deepEqual(await found(events, { types: ['a.one'] }), ['one', 'again']);
      assert.deepEqual(await found(events, { types: ['a.two', 'a.one-more'] }), ['two', 'one-more']);
      assert.deepEqual(await found(events, { types: ['a.ONE', 'a.', 'a.o_e', 'a.%'] }), []);
    },
  },
  {
    name: 'by category: all streams of one prefix, and no events of none',
    run: async ({ events }) => {
      for (const name of ['order-1', 'order-2', 'orders-1', 'order', 'Order-1', 'ord-er-1', 'o_der-1'])
        await appendTo(events, name, [named(name)]);
      await publish(events, [named('none')]);
      assert.deepEqual(await found(events, { categories: ['order'] }), ['order-1', 'order-2', 'order']);
      assert.deepEqual(await found(events, { categories: ['ord', 'Order'] }), ['Order-1', 'ord-er-1']);
      assert.deepEqual(await found(events, { categories: ['o_der', 'order-1', ''] }), ['o_der-1']);
    },
  },
  {
    name: 'by what keeps order: the key, else the stream, else the id',
    run: async ({ events }) => {
      await appendTo(events, 's-1', [named('keyed', { key: 'k' }), named('unkeyed')]);
      const lone = named('lone');
      await publish(events, [named('free', { key: 'k' }), named('like', { key: 's-1' }), lone]);
      assert.deepEqual(await found(events, { orderKeys: ['k'] }), ['keyed', 'free']);
      assert.deepEqual(await found(events, { orderKeys: ['s-1'] }), ['unkeyed', 'like']);
      assert.deepEqual(await found(events, { orderKeys: [lone.id, 'K'] }), ['lone']);
    },
  },
  {
    name: 'by keys whose hashes are equal: each finds its own',
    run: async ({ events }) => {
      const [one, other] = EQUAL_HASHES;
      assert.equal(keyHashOf(one), keyHashOf(other));
      await publish(events, [named('one', { key: one }), named('other', { key: other })]);
      assert.deepEqual(await found(events, { orderKeys: [one] }), ['one']);
      assert.deepEqual(await found(events, { orderKeys: [other, one] }), ['one', 'other']);
    },
  },
  {
    name: 'by tags: events that have all of them',
    run: async ({ events }) => {
      await publish(events, [
        named('both', { tags: ['course:1', 'student:2'] }),
        named('one', { tags: ['course:1'] }),
        named('none'),
        named('longer', { tags: ['course:10'] }),
        named('turned', { tags: ['x', 'student:2', 'course:1'] }),
      ]);
      assert.deepEqual(await found(events, { tags: ['course:1'] }), ['both', 'one', 'turned']);
      assert.deepEqual(await found(events, { tags: ['course:1', 'student:2'] }), ['both', 'turned']);
      assert.deepEqual(await found(events, { tags: ['course:1', 'course:10'] }), []);
      assert.deepEqual(await found(events, { tags: ['course:%'] }), []);
    },
  },
  {
    name: 'by correlation id and tenant',
    run: async ({ events }) => {
      await publish(events, [
        named('a', { correlationId: 'r1', tenant: 'acme' }),
        named('b', { correlationId: 'r1' }),
        named('c', { correlationId: 'r2', tenant: 'acme' }),
      ]);
      assert.deepEqual(await found(events, { correlationId: 'r1' }), ['a', 'b']);
      assert.deepEqual(await found(events, { tenant: 'acme' }), ['a', 'c']);
      assert.deepEqual(await found(events, { tenant: 'acme', correlationId: 'r2' }), ['c']);
      assert.deepEqual(await found(events, { tenant: 'Acme' }), []);
      assert.deepEqual(await found(events, { tenant: '' }), []);
    },
  },
  {
    name: 'by the time of recording: from with it, to without it',
    run: async ({ events }) => {
      for (let index = 0; index < 20; index += 1) await publish(events, [named(String(index))]);
      const entries = await walk(events);
      for (const { recordedAt } of entries) {
        const from = await walk(events, { filter: { recordedFrom: recordedAt } });
        const to = await walk(events, { filter: { recordedTo: recordedAt } });
        assert.deepEqual(
          from,
          entries.filter((entry) => entry.recordedAt >= recordedAt),
        );
        assert.deepEqual(
          to,
          entries.filter((entry) => entry.recordedAt < recordedAt),
        );
      }
      assert.deepEqual(await found(events, { recordedFrom: Number.MAX_SAFE_INTEGER }), []);
      assert.deepEqual(await found(events, { recordedTo: 0 }), []);
    },
  },
  {
    name: 'by several things at once: all must hold',
    run: async ({ events }) => {
      await appendTo(events, 's-1', [named('a', { tags: ['t'], tenant: 'x' }), named('b', { tags: ['t'] })]);
      await appendTo(events, 'u-1', [named('c', { tags: ['t'], tenant: 'x', type: 'shop.other' })]);
      const filter: LogFilter = { categories: ['s', 'u'], tags: ['t'], tenant: 'x' };
      assert.deepEqual(await found(events, filter), ['a', 'c']);
      assert.deepEqual(await found(events, { ...filter, types: ['shop.other'] }), ['c']);
      assert.deepEqual(await found(events, { ...filter, orderKeys: ['s-1'] }), ['a']);
      assert.deepEqual(await found(events, { ...filter, types: [] }), []);
    },
  },
  {
    name: 'an empty filter finds everything, an empty list nothing, and no tags everything',
    run: async ({ events }) => {
      await appendTo(events, 's-1', [named('a')]);
      await publish(events, [named('b', { tags: ['t'] })]);
      for (const filter of [{}, { tags: [] }]) assert.deepEqual(await found(events, filter), ['a', 'b']);
      for (const filter of [{ types: [] }, { categories: [] }, { orderKeys: [] }])
        assert.deepEqual(await found(events, filter), [], JSON.stringify(filter));
    },
  },
  {
    name: 'whatever a filter asks for is a text, and never part of a query',
    run: async ({ events }) => {
      await appendTo(events, 's-1', someEvents(3, { key: 'k', tags: ['t'], tenant: 'x' }));
      for (const text of HOSTILE)
        for (const filter of [
          { types: [text] },
          { categories: [text] },
          { orderKeys: [text] },
          { tags: [text] },
          { correlationId: text },
          { tenant: text },
        ])
          assert.deepEqual(await found(events, filter), [], JSON.stringify(filter));
      assert.equal((await events.statistics()).events, 3);
    },
  },
  {
    name: 'hostile texts are found where they are meant',
    run: async ({ events }) => {
      const texts = HOSTILE.filter((text) => text.trim() !== '');
      for (const text of texts)
        await appendTo(events, `${text}-1`, [
          named(text, { key: text, tags: [text], tenant: text, correlationId: text }),
        ]);
      for (const text of texts)
        for (const filter of [
          { categories: [text] },
          { orderKeys: [text] },
          { tags: [text] },
          { tenant: text },
          { correlationId: text },
        ])
          assert.deepEqual(await found(events, filter), [text], JSON.stringify(filter));
    },
  },
  {
    name: 'many types, categories and keys at once',
    run: async ({ events }) => {
      await appendTo(events, 's-1', [named('a', { key: 'k' })]);
      const many = Array.from({ length: 2_000 }, (_, index) => `x${index}`);
      const filter = {
        types: [...many, 'shop.order-placed'],
        categories: [...many, 's'],
        orderKeys: [...many, 'k'],
      };
      assert.deepEqual(await found(events, filter), ['a']);
      assert.deepEqual(await found(events, { ...filter, types: many }), []);
    },
  },
  {
    name: 'statistics count events by type and category, and streams',
    run: async ({ events }) => {
      await appendTo(events, 's-1', someEvents(3));
      await appendTo(events, 's-2', someEvents(2, { type: 'shop.order-paid' }));
      await appendTo(events, 'u-1', someEvents(1));
      await publish(events, someEvents(4, { type: 'shop.seen' }));
      const { byHour, ...counts } = await events.statistics();
      assert.deepEqual(counts, {
        events: 10,
        streams: 3,
        byType: { 'shop.order-placed': 4, 'shop.order-paid': 2, 'shop.seen': 4 },
        byCategory: { s: 5, u: 1 },
        head: await events.head(),
      });
      assert.equal(
        byHour.reduce((sum, hour) => sum + hour.events, 0),
        10,
      );
    },
  },
  {
    name: 'statistics by hour: whole hours in their order, each with what was recorded in it',
    run: async ({ events }) => {
      await publish(events, someEvents(5));
      const entries = await walk(events);
      const { byHour } = await events.statistics();
      for (const { from, events: count } of byHour) {
        assert.equal(from % HOUR_MS, 0);
        const within = entries.filter(({ recordedAt }) => recordedAt >= from && recordedAt < from + HOUR_MS);
        assert.equal(count, within.length);
      }
    },
  },
  {
    name: 'statistics of what a filter asks for',
    run: async ({ events }) => {
      await appendTo(events, 's-1', someEvents(3, { tags: ['t'] }));
      await appendTo(events, 's-2', someEvents(2, { type: 'shop.order-paid' }));
      await publish(events, someEvents(1, { tags: ['t'] }));
      const count = async (filter: LogFilter): Promise<readonly number[]> => {
        const { events: all, streams } = await events.statistics(filter);
        return [all, streams];
      };
      assert.deepEqual(await count({ tags: ['t'] }), [4, 1]);
      assert.deepEqual(await count({ categories: ['s'] }), [5, 2]);
      assert.deepEqual(await count({ types: ['shop.order-paid'], tags: ['t'] }), [0, 0]);
      assert.deepEqual(await count({ orderKeys: ['s-2'] }), [2, 1]);
      const { head, byHour } = await events.statistics({ types: [] });
      assert.equal(head, await events.head());
      assert.deepEqual(byHour, []);
    },
  },
  {
    name: 'names that every object has count as names',
    run: async ({ events }) => {
      for (const name of ['__proto__', 'constructor', 'toString']) await appendTo(events, `${name}-1`);
      const { byCategory } = await events.statistics();
      assert.deepEqual(Object.entries(byCategory).sort(), [
        ['__proto__', 1],
        ['constructor', 1],
        ['toString', 1],
      ]);
      assert.equal(Reflect.get({}, '1'), undefined);
      assert.deepEqual(await events.streamInfo(streamId('hasOwnProperty')), undefined);
    },
  },
  {
    name: 'a filter beside a range',
    run: async ({ events }) => {
      const { positions } = await publish(events, [
        named('a', { tags: ['t'] }),
        named('b'),
        named('c', { tags: ['t'] }),
        named('d', { tags: ['t'] }),
      ]);
      const filter = { tags: ['t'] };
      const { entries } = await events.readAll({
        filter,
        after: position(positions[0] ?? 0),
        to: position(positions[2] ?? 0),
      });
      assert.deepEqual(
        entries.map(({ payload }) => payload),
        ['"c"'],
      );
    },
  },
];
