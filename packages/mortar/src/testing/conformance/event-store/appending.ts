import assert from 'node:assert/strict';
import { priorities } from '../../../contracts/index.js';
import { streamId } from '../../../event-store/index.js';
import {
  anEvent,
  appendTo,
  type EventStoreCase,
  eventOf,
  holds,
  idsOf,
  logHolds,
  ORDER,
  publish,
  refuses,
  secondOf,
  someEvents,
  walk,
} from './subject.js';

const FULL = {
  type: 'shop.order-paid',
  schemaVersion: 7,
  key: 'customer 7',
  priority: 'high',
  occurredAt: 1_234_567_890_123,
  correlationId: 'request-1',
  causationId: 'cause-1',
  actor: 'anna',
  tenant: 'acme',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  metadata: { origin: 'web', empty: '' },
  tags: ['course:42', 'student:7'],
  payload: '{"total":2.5}',
} as const;

/** An append puts events into streams, in their order, all of them or none. */
export const appendingCases: readonly EventStoreCase[] = [
  {
    name: 'the first event of a stream is version 1',
    run: async ({ events }) => {
      const { positions, versions, isRepeated } = await appendTo(events, ORDER);
      assert.deepEqual(versions, [1]);
      assert.equal(isRepeated, false);
      assert.equal(positions.length, 1);
      assert.ok((positions[0] ?? 0) >= 1, 'positions count from 1');
    },
  },
  {
    name: 'versions are 1 to n and positions grow, append after append',
    run: async ({ events }) => {
      const added = [someEvents(1), someEvents(3), someEvents(2)];
      const results = [];
      for (const part of added) results.push(await appendTo(events, ORDER, part));
      assert.deepEqual(
        results.map(({ versions }) => versions),
        [[1], [4], [6]],
      );
      const positions = results.flatMap((result) => result.positions);
      assert.deepEqual(
        positions,
        [...positions].sort((a, b) => a - b),
        'positions grow',
      );
      assert.equal(new Set(positions).size, 6, 'each position is given once');
      const entries = await holds(events, ORDER, added.flat());
      assert.deepEqual(
        entries.map(({ position }) => position),
        positions,
        'events lie where the append said',
      );
    },
  },
  {
    name: 'events of one append keep their order, in the stream and in the log',
    run: async ({ events }) => {
      const added = someEvents(50);
      await appendTo(events, ORDER, added);
      await holds(events, ORDER, added);
      await logHolds(events, added);
    },
  },
  {
    name: 'the order of ids is of no importance',
    run: async ({ events }) => {
      const added = someEvents(5).toReversed();
      await appendTo(events, ORDER, added);
      await logHolds(events, added);
    },
  },
  {
    name: 'events of no stream are in the log, without a version',
    run: async ({ events }) => {
      const added = someEvents(2);
      const { versions, positions } = await publish(events, added);
      assert.deepEqual(versions, [undefined]);
      const entries = await walk(events);
      assert.deepEqual(
        entries.map(({ streamId: stream, version, position }) => [stream, version, position]),
        positions.map((position) => [undefined, undefined, position]),
      );
      assert.deepEqual(idsOf(entries), idsOf(added));
    },
  },
  {
    name: 'an event comes back with everything that it was given',
    run: async ({ events }) => {
      const added = anEvent(FULL);
      const { positions } = await appendTo(events, ORDER, [added]);
      const [entry] = await holds(events, ORDER, [added]);
      assert.equal(entry?.streamId, ORDER);
      assert.equal(entry?.position, positions[0]);
      await logHolds(events, [added]);
    },
  },
  {
    name: 'what an event was not given is undefined, not null and not empty',
    run: async ({ events }) => {
      const added = anEvent();
      await publish(events, [added]);
      const [entry] = await walk(events);
      assert.deepEqual(entry === undefined ? undefined : eventOf(entry), added);
    },
  },
  {
    name: 'every priority and the bounds of numbers are kept',
    run: async ({ events }) => {
      const times = [8.64e15, 0, -1, -8.64e15];
      const added = priorities.map((priority, index) =>
        anEvent({
          priority,
          schemaVersion: index === 0 ? 2_147_483_647 : 1,
          occurredAt: times[index % times.length] ?? 0,
        }),
      );
      await appendTo(events, ORDER, added);
      await holds(events, ORDER, added);
    },
  },
  {
    name: 'recordedAt is of the store, and never falls within a stream',
    run: async ({ events }) => {
      for (const occurredAt of [9e14, 5, 8e14])
        for (let index = 0; index < 5; index += 1)
          await appendTo(events, ORDER, someEvents(2, { occurredAt }));
      const times = (await events.readStream(ORDER)).map(({ recordedAt }) => recordedAt);
      assert.deepEqual(
        times,
        [...times].sort((a, b) => a - b),
      );
      assert.ok(
        (times[0] ?? 0) > 5 && (times.at(-1) ?? Infinity) < 8e14,
        'it is not when the event occurred',
      );
    },
  },
  {
    name: 'one append puts events into several streams and none, and answers in their order',
    run: async ({ events }) => {
      await appendTo(events, 'b-1', someEvents(3));
      const [a, b, none] = [someEvents(2), someEvents(1), someEvents(2)];
      const { versions, positions } = await events.append([
        { streamId: streamId('b-1'), events: b, expectedVersion: 'streamExists' },
        { events: none },
        { streamId: streamId('a-1'), events: a, expectedVersion: 'noStream' },
        { events: someEvents(1) },
      ]);
      assert.deepEqual(versions, [4, undefined, 2, undefined]);
      assert.equal(positions.length, 6);
      await holds(events, 'a-1', a);
      const places = new Map((await walk(events)).map(({ id, position }) => [id, position]));
      assert.deepEqual(
        idsOf([...b, ...none, ...a]).map((id) => places.get(id)),
        positions.slice(0, 5),
      );
    },
  },
  {
    name: 'of several streams, one that is not as expected keeps all from being appended to',
    run: async ({ events }) => {
      const before = someEvents(1);
      await appendTo(events, 'b-1', before);
      for (const order of [
        [0, 1, 2],
        [1, 0, 2],
        [2, 0, 1],
      ]) {
        const appends = [
          { streamId: streamId('a-1'), events: someEvents(2) },
          { streamId: streamId('b-1'), events: someEvents(1), expectedVersion: 'noStream' as const },
          { events: someEvents(1) },
        ];
        const turned = order.flatMap((index) => appends[index] ?? []);
        await refuses(events.append(turned), 'MORTAR_VERSION_CONFLICT');
      }
      assert.equal(await events.streamInfo(streamId('a-1')), undefined, 'no stream was begun');
      await logHolds(events, before);
    },
  },
  {
    name: 'after a refused append, versions go on without a hole',
    run: async ({ events }) => {
      const added = someEvents(3);
      await appendTo(events, ORDER, added.slice(0, 1));
      await refuses(appendTo(events, ORDER, someEvents(1), 'noStream'), 'MORTAR_VERSION_CONFLICT');
      await appendTo(events, ORDER, added.slice(1));
      await holds(events, ORDER, added);
    },
  },
  {
    name: 'an append of nothing changes nothing',
    run: async ({ events }) => {
      assert.deepEqual(await events.append([]), { positions: [], versions: [], isRepeated: false });
      await logHolds(events, []);
    },
  },
  {
    name: 'a thousand events in one append',
    run: async ({ events }) => {
      const added = someEvents(1_000);
      const { positions } = await appendTo(events, ORDER, added);
      assert.equal(new Set(positions).size, 1_000);
      await holds(events, ORDER, added);
    },
  },
  {
    name: 'three thousand streams in one append',
    run: async ({ events }) => {
      const appends = someEvents(3_000).map((event, index) => ({
        streamId: streamId(`s-${index}`),
        events: [event],
      }));
      const { versions } = await events.append(appends);
      assert.deepEqual(new Set(versions), new Set([1]));
      await holds(events, 's-2999', appends[2_999]?.events ?? []);
    },
  },
  {
    name: 'what a caller changes about its event after the append is not in the log',
    run: async ({ events }) => {
      const tags = ['a'];
      const metadata: Record<string, string> = { a: '1' };
      const added = anEvent({ tags, metadata });
      const kept = structuredClone(added);
      await appendTo(events, ORDER, [added]);
      tags.push('b');
      metadata['a'] = '2';
      await holds(events, ORDER, [kept]);
    },
  },
  {
    name: 'what one reader changes about an entry, if it can, no other reader sees',
    run: async ({ events }) => {
      const added = anEvent({ metadata: { a: '1' }, tags: ['x'] });
      await appendTo(events, ORDER, [added]);
      const [entry] = await events.readStream(ORDER);
      Reflect.set(entry ?? {}, 'payload', '"changed"');
      Reflect.set(entry?.metadata ?? {}, 'a', 'changed');
      Reflect.set(entry?.tags ?? {}, '0', 'changed');
      await holds(events, ORDER, [added]);
    },
  },
  {
    name: 'streams whose names look alike are different streams',
    run: async ({ events }) => {
      const names = [
        'order-é',
        'order-e\u0301',
        'order-É',
        'Order-1',
        'order-1',
        'order-1 ',
        ' order-1',
        'order',
        'order-',
        'order_1',
        'order%1',
        'order--1',
        'order-١',
        'order-1-2',
        '__proto__',
        'constructor-1',
        'toString-1',
        '../../etc/passwd',
        "'; DROP TABLE events;--",
        '*',
        'a.**.b',
        '(a+)+$',
        '😀-1',
        'x'.repeat(512),
        'x'.repeat(511),
      ];
      for (const name of names) await appendTo(events, name, [anEvent({ payload: JSON.stringify(name) })]);
      for (const name of names) {
        const entries = await events.readStream(streamId(name));
        assert.deepEqual(
          entries.map(({ payload, version, streamId: stream }) => [payload, version, stream]),
          [[JSON.stringify(name), 1, name]],
          `stream ${name}`,
        );
      }
    },
  },
  {
    name: 'what one handle has appended, another finds at once',
    needs: 'second handle',
    run: async (subject) => {
      const { events } = subject;
      const second = secondOf(subject);
      for (const [from, to] of [
        [events, second],
        [second, events],
      ] as const) {
        const added = someEvents(2);
        const { positions } = await appendTo(from, `s-${added[0]?.id}`, added);
        await holds(to, `s-${added[0]?.id}`, added);
        assert.equal((await walk(to)).at(-1)?.position, positions[1]);
        assert.equal(await to.head(), await from.head());
      }
    },
  },
];
