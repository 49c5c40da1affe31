import assert from 'node:assert/strict';
import {
  BEGINNING,
  type EventStore,
  type LogEntry,
  type LogFilter,
  type LogRange,
  position,
} from '../../../event-store/index.js';
import { anEvent, appendTo, type EventStoreCase, idsOf, publish, someEvents, walk } from './subject.js';

const LIMITS = [1, 2, 3, 7, 22, 23, 24, 10_000];

/** 23 events of several streams, types, keys, tags and tenants; answers with their ids, in order. */
async function fill(events: EventStore): Promise<readonly string[]> {
  for (let index = 0; index < 23; index += 1) {
    const event = anEvent({
      type: index % 2 === 0 ? 'a.even' : 'a.odd',
      correlationId: `request-${index % 3}`,
      key: index % 4 === 0 ? `key-${index % 8}` : undefined,
      tenant: index % 5 === 0 ? 'acme' : undefined,
      tags: index % 3 === 0 ? ['third', `n:${index}`] : [],
    });
    if (index % 6 === 5) await publish(events, [event]);
    else await appendTo(events, `c${index % 3}-${index % 2}`, [event]);
  }
  return idsOf((await events.readAll()).entries);
}

/** Filters that find some of what `fill` makes, each with what it must find. */
const FILTERS: readonly (readonly [LogFilter, (entry: LogEntry) => boolean])[] = [
  [{ types: ['a.even'] }, ({ type }) => type === 'a.even'],
  [{ types: ['a.none'] }, () => false],
  [{ categories: ['c1', 'c2'] }, ({ streamId }) => /^c[12]-/.test(streamId ?? '')],
  [
    { orderKeys: ['key-0', 'c1-1'] },
    ({ key, streamId }) => ['key-0', 'c1-1'].includes(key ?? streamId ?? ''),
  ],
  [{ tags: ['third'] }, ({ tags }) => tags.includes('third')],
  [{ correlationId: 'request-1' }, ({ correlationId }) => correlationId === 'request-1'],
  [{ tenant: 'acme' }, ({ tenant }) => tenant === 'acme'],
];

async function ends(events: EventStore, range: LogRange, next: number, count: number): Promise<void> {
  const page = await events.readAll(range);
  const what = JSON.stringify(range);
  assert.equal(page.entries.length, count, what);
  assert.equal(page.isEnd, true, `${what} ends`);
  assert.equal(page.next, next, `${what} goes on from ${next}`);
}

/** The log is paged by position. */
export const pagingCases: readonly EventStoreCase[] = [
  {
    name: 'an empty log has no events and begins at its beginning',
    run: async ({ events }) => {
      assert.equal(await events.head(), BEGINNING);
      for (const range of [
        {},
        { direction: 'backwards' },
        { limit: 1 },
        { filter: { types: ['a.b'] } },
      ] as const)
        await ends(events, range, BEGINNING, 0);
      assert.deepEqual(await events.statistics(), {
        events: 0,
        streams: 0,
        byType: {},
        byCategory: {},
        byHour: [],
        head: BEGINNING,
      });
    },
  },
  {
    name: 'pages make up the whole, each event once, in the order of positions',
    run: async ({ events }) => {
      const all = await fill(events);
      assert.equal(all.length, 23);
      for (const limit of LIMITS) {
        const entries = await walk(events, { limit });
        assert.deepEqual(idsOf(entries), all, `pages of ${limit}`);
        const positions = entries.map((entry) => entry.position);
        assert.deepEqual(
          positions,
          [...positions].sort((a, b) => a - b),
        );
      }
    },
  },
  {
    name: 'pages backwards make up the whole in reverse',
    run: async ({ events }) => {
      const all = (await fill(events)).toReversed();
      for (const limit of LIMITS)
        assert.deepEqual(
          idsOf(await walk(events, { limit, direction: 'backwards' })),
          all,
          `pages of ${limit}`,
        );
    },
  },
  {
    name: 'pages of every filter, forwards and backwards, make up what it asks for',
    run: async ({ events }) => {
      await fill(events);
      const { entries } = await events.readAll();
      for (const [filter, isWanted] of FILTERS) {
        const wanted = idsOf(entries.filter(isWanted));
        for (const limit of [1, 3, 23]) {
          const what = `${JSON.stringify(filter)} in pages of ${limit}`;
          assert.deepEqual(idsOf(await walk(events, { filter, limit })), wanted, what);
          const reverse = await walk(events, { filter, limit, direction: 'backwards' });
          assert.deepEqual(idsOf(reverse), wanted.toReversed(), `${what}, backwards`);
        }
      }
    },
  },
  {
    name: 'partitions of every number make up the whole, each event in one, and a key always in the same',
    run: async ({ events }) => {
      const all = await fill(events);
      for (const of of [1, 2, 3, 16]) {
        const partitionOfKey = new Map<string, number>();
        const found: string[] = [];
        for (let partition = 0; partition < of; partition += 1) {
          const entries = await walk(events, {
            filter: { partitions: { of, among: [partition] } },
            limit: 4,
          });
          found.push(...idsOf(entries));
          for (const { key, streamId, id } of entries) {
            const orderKey = key ?? streamId ?? id;
            assert.equal(
              partitionOfKey.get(orderKey) ?? partition,
              partition,
              `${orderKey} is in one of ${of}`,
            );
            partitionOfKey.set(orderKey, partition);
          }
        }
        assert.deepEqual(found.sort(), [...all].sort(), `${of} partitions`);
        const among = Array.from({ length: of }, (_, index) => index);
        assert.deepEqual(idsOf(await walk(events, { filter: { partitions: { of, among } } })), all);
      }
      assert.deepEqual(await walk(events, { filter: { partitions: { of: 4, among: [] } } }), []);
    },
  },
  {
    name: 'a page begins after its position and ends at its bound, with it',
    run: async ({ events }) => {
      const { positions } = await publish(events, someEvents(6));
      const [p1, p2, p3, p4, p5, p6] = positions;
      assert.ok(p1 && p2 && p3 && p4 && p5 && p6);
      const backwards = { direction: 'backwards' } as const;
      const parts: readonly (readonly [LogRange, readonly number[]])[] = [
        [{ after: p2 }, [p3, p4, p5, p6]],
        [{ to: p2 }, [p1, p2]],
        [{ after: p2, to: p4 }, [p3, p4]],
        [{ after: p4, to: p4 }, []],
        [{ after: p4, to: p2 }, []],
        [{ after: p6 }, []],
        [{ after: position(p6 + 1_000) }, []],
        [{ to: BEGINNING }, []],
        [{ to: position(Number.MAX_SAFE_INTEGER), after: p5 }, [p6]],
        [{ ...backwards, after: p3 }, [p2, p1]],
        [{ ...backwards, to: p5 }, [p6, p5]],
        [{ ...backwards, after: p5, to: p3 }, [p4, p3]],
        [{ ...backwards, after: p3, to: p3 }, []],
        [{ ...backwards, after: p3, to: p5 }, []],
        [{ ...backwards, after: p1 }, []],
        [{ ...backwards, after: BEGINNING }, []],
        [{ ...backwards, after: position(Number.MAX_SAFE_INTEGER) }, [p6, p5, p4, p3, p2, p1]],
      ];
      for (const [range, expected] of parts) {
        const { entries } = await events.readAll(range);
        assert.deepEqual(
          entries.map((entry) => entry.position),
          expected,
          JSON.stringify(range),
        );
      }
    },
  },
  {
    name: 'a page that is not the last goes on from its last event; the last one says that it is',
    run: async ({ events }) => {
      const { positions } = await publish(events, someEvents(4));
      for (const [range, places] of [
        [{ limit: 3 }, positions],
        [{ limit: 3, direction: 'backwards' }, positions.toReversed()],
        [{ limit: 3, filter: { types: ['shop.order-placed'] } }, positions],
      ] as const) {
        const page = await events.readAll(range);
        assert.equal(page.entries.length, 3);
        assert.equal(page.isEnd, false, 'there is a fourth');
        assert.equal(page.next, places[2], 'it goes on from the third');
        const last = await events.readAll({ ...range, after: page.next });
        assert.equal(last.entries.length, 1);
        assert.equal(last.isEnd, true);
      }
      assert.equal((await events.readAll({ limit: 4 })).isEnd, true, 'a full page can be the last');
    },
  },
  {
    name: 'at the end, a page goes on from the head, or from its bound',
    run: async ({ events }) => {
      const { positions } = await publish(events, someEvents(4));
      const head = await events.head();
      const [, second, third] = positions;
      assert.ok(second && third);
      await ends(events, {}, head, 4);
      await ends(events, { to: third }, third, 3);
      await ends(events, { to: third, limit: 3 }, third, 3);
      await ends(events, { to: position(head + 100) }, head, 4);
      await ends(events, { after: head }, head, 0);
      await ends(events, { after: position(head + 100) }, head + 100, 0);
      await ends(events, { after: third, to: second }, third, 0);
      await ends(events, { direction: 'backwards' }, BEGINNING, 4);
      await ends(events, { direction: 'backwards', to: third }, third, 2);
      await ends(events, { direction: 'backwards', after: second, to: third }, second, 0);
      await ends(events, { direction: 'backwards', after: BEGINNING }, BEGINNING, 0);
    },
  },
  {
    name: 'a page on which a filter finds nothing goes on from the head',
    run: async ({ events }) => {
      await publish(events, someEvents(50));
      const head = await events.head();
      await ends(events, { filter: { types: ['a.none'] } }, head, 0);
      await ends(events, { filter: { types: ['a.none'] }, limit: 1 }, head, 0);
      await publish(events, [anEvent({ type: 'a.none' })]);
      const { entries } = await events.readAll({ filter: { types: ['a.none'] }, after: head });
      assert.equal(entries.length, 1);
    },
  },
  {
    name: 'whoever goes on from a page finds what came since, and nothing again',
    run: async ({ events }) => {
      let after = BEGINNING;
      for (let round = 0; round < 5; round += 1) {
        const added = someEvents(round % 3);
        if (added.length > 0) await publish(events, added);
        const page = await events.readAll({ after });
        assert.deepEqual(idsOf(page.entries), idsOf(added));
        assert.ok(page.next >= after, 'it never goes back');
        after = page.next;
      }
    },
  },
  {
    name: 'the head is where the last event lies, or after it',
    run: async ({ events }) => {
      for (let round = 0; round < 5; round += 1) {
        const before = await events.head();
        const { positions } = await publish(events, someEvents(2));
        const head = await events.head();
        assert.ok((positions[0] ?? 0) > before, 'what comes later lies after the head');
        assert.ok(head >= (positions[1] ?? Infinity), 'what was appended lies up to the head');
        assert.equal((await events.readAll()).next, head);
        assert.equal((await events.statistics()).head, head);
      }
    },
  },
  {
    name: 'a page of 1,000 unless said',
    run: async ({ events }) => {
      await publish(events, someEvents(1_001));
      const page = await events.readAll();
      assert.equal(page.entries.length, 1_000);
      assert.equal(page.isEnd, false);
      assert.equal((await events.readAll({ after: page.next })).entries.length, 1);
      assert.equal((await events.readAll({ limit: 10_000 })).entries.length, 1_001);
    },
  },
  {
    name: 'what is appended between pages neither hides nor repeats what was there',
    run: async ({ events }) => {
      const all = await fill(events);
      const forwards = await walk(events, { limit: 5, to: await events.head() }, () => publish(events));
      assert.deepEqual(idsOf(forwards), all);
      const before = idsOf((await events.readAll({ direction: 'backwards' })).entries);
      const backwards = await walk(events, { limit: 5, direction: 'backwards' }, () => publish(events));
      assert.deepEqual(idsOf(backwards), before);
    },
  },
];
