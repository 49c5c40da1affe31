import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import { type EncodedEvent, type EventStore, position, streamId } from '../../../event-store/index.js';
import {
  anEvent,
  appendTo,
  type EventStoreCase,
  holds,
  logHolds,
  ORDER,
  publish,
  refuses,
  secondOf,
  someEvents,
  WRITERS,
  winners,
} from './subject.js';

const DUPLICATE = 'MORTAR_EVENT_DUPLICATE';

/** All repeat one append at once: one of them makes it, and all answer the same. */
async function appendAtOnce(handles: readonly EventStore[], log: EventStore): Promise<void> {
  const added = someEvents(3);
  const results = await Promise.all(
    handles.map((events) => appendTo(events, `s-${added[0]?.id}`, structuredClone(added))),
  );
  assert.equal(results.filter(({ isRepeated }) => !isRepeated).length, 1, 'one was the first');
  for (const { positions, versions } of results) {
    assert.deepEqual(positions, results[0]?.positions);
    assert.deepEqual(versions, [3]);
  }
  await holds(log, `s-${added[0]?.id}`, added);
}

/** An append is known by the ids of its events. */
export const repeatingCases: readonly EventStoreCase[] = [
  {
    name: 'a repeated append changes nothing and answers as the first',
    run: async ({ events }) => {
      const added = someEvents(3);
      const first = await appendTo(events, ORDER, added);
      for (let time = 0; time < 3; time += 1)
        assert.deepEqual(await appendTo(events, ORDER, structuredClone(added)), {
          ...first,
          isRepeated: true,
        });
      await holds(events, ORDER, added);
    },
  },
  {
    name: 'a repeated append answers so whatever the stream has come to since',
    run: async ({ events }) => {
      const added = someEvents(2);
      const first = await appendTo(events, ORDER, added, 'noStream');
      await appendTo(events, ORDER, someEvents(5));
      const expected = { ...first, isRepeated: true };
      assert.deepEqual(await appendTo(events, ORDER, added, 'noStream'), expected);
      await events.setStreamState(ORDER, 'archived');
      assert.deepEqual(await appendTo(events, ORDER, added, 'noStream'), expected);
      await events.setStreamState(ORDER, 'tombstoned');
      assert.deepEqual(await appendTo(events, ORDER, added, 'noStream'), expected);
    },
  },
  {
    name: 'a repeated append of several streams answers as the first',
    run: async ({ events }) => {
      await appendTo(events, 'b-1', someEvents(4));
      const appends = [
        { streamId: streamId('a-1'), events: someEvents(2) },
        { events: someEvents(1) },
        { streamId: streamId('b-1'), events: someEvents(1) },
      ];
      const first = await events.append(appends);
      assert.deepEqual(await events.append(appends), { ...first, isRepeated: true });
      assert.deepEqual(first.versions, [2, undefined, 5]);
    },
  },
  {
    name: 'a repeated append under a condition that does not hold any more answers as the first',
    run: async ({ events }) => {
      const append = [{ streamId: ORDER, events: someEvents(1) }];
      const condition = { query: [{ types: ['shop.order-placed'] }], after: position(0) };
      const first = await events.append(append, condition);
      assert.deepEqual(await events.append(append, condition), { ...first, isRepeated: true });
    },
  },
  {
    name: 'a repeated event of no stream answers as the first',
    run: async ({ events }) => {
      const added = someEvents(2);
      const first = await publish(events, added);
      assert.deepEqual(await publish(events, added), { ...first, isRepeated: true });
      await logHolds(events, added);
    },
  },
  {
    name: 'a retry may know other circumstances; those of the first are kept',
    run: async ({ events }) => {
      const added = anEvent({ correlationId: 'first', metadata: { a: '1' }, tags: ['a', 'b'] });
      await appendTo(events, ORDER, [added]);
      const again: EncodedEvent = {
        ...added,
        occurredAt: added.occurredAt + 5_000,
        correlationId: 'second',
        causationId: 'other',
        actor: 'other',
        priority: 'low',
        metadata: { a: '2' },
        tags: ['b', 'a'],
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      };
      assert.equal((await appendTo(events, ORDER, [again])).isRepeated, true);
      await holds(events, ORDER, [added]);
    },
  },
  {
    name: 'a known id with another body is refused',
    run: async ({ events }) => {
      const added = anEvent({ key: 'k', tags: ['a'] });
      await appendTo(events, ORDER, [added]);
      const others: readonly Partial<EncodedEvent>[] = [
        { payload: '{"total": 1}' },
        { type: 'shop.order-paid' },
        { schemaVersion: 2 },
        { key: 'other' },
        { key: undefined },
        { tags: ['b'] },
        { tags: [] },
        { tags: ['a', 'b'] },
        { tenant: 'other' },
      ];
      for (const other of others)
        await refuses(appendTo(events, ORDER, [{ ...added, ...other }]), DUPLICATE, JSON.stringify(other));
      await holds(events, ORDER, [added]);
    },
  },
  {
    name: 'a known id in another stream is refused',
    run: async ({ events }) => {
      const [inStream, inNone] = [anEvent(), anEvent()];
      await appendTo(events, ORDER, [inStream]);
      await publish(events, [inNone]);
      await refuses(appendTo(events, 'order-2', [inStream]), DUPLICATE);
      await refuses(publish(events, [inStream]), DUPLICATE);
      await refuses(appendTo(events, 'order-2', [inNone]), DUPLICATE);
      assert.equal(await events.streamInfo(streamId('order-2')), undefined);
      await logHolds(events, [inStream, inNone]);
    },
  },
  {
    name: 'where only some ids are known, nothing is appended',
    run: async ({ events }) => {
      const known = someEvents(2);
      await appendTo(events, ORDER, known);
      const parts = [
        [...known, anEvent()],
        [anEvent(), ...known],
        [...known.slice(0, 1), anEvent()],
        [...someEvents(99), ...known.slice(1)],
      ];
      for (const part of parts) await refuses(appendTo(events, ORDER, part), DUPLICATE);
      await refuses(
        events.append([
          { streamId: ORDER, events: known },
          { streamId: streamId('order-2'), events: someEvents(1) },
        ]),
        DUPLICATE,
      );
      await logHolds(events, known);
    },
  },
  {
    name: 'one id twice in an append is refused',
    run: async ({ events }) => {
      const event = anEvent();
      await refuses(appendTo(events, ORDER, [event, event]), DUPLICATE);
      await refuses(appendTo(events, ORDER, [event, anEvent(), { ...event, payload: '1' }]), DUPLICATE);
      await refuses(
        events.append([
          { streamId: ORDER, events: [event] },
          { streamId: streamId('order-2'), events: [event] },
        ]),
        DUPLICATE,
      );
      await refuses(events.append([{ events: [event] }, { events: [event] }]), DUPLICATE);
      await logHolds(events, []);
    },
  },
  {
    name: 'the error names the id, and is a conflict',
    run: async ({ events }) => {
      const event = anEvent();
      await appendTo(events, ORDER, [event]);
      await assert.rejects(appendTo(events, ORDER, [{ ...event, payload: '2' }]), {
        code: DUPLICATE,
        category: 'conflict',
        details: { id: event.id },
      });
    },
  },
  {
    name: 'events of two appends may be repeated in one, and those of one in parts',
    run: async ({ events }) => {
      const [a, b] = [someEvents(1), someEvents(2)];
      const first = await appendTo(events, ORDER, a);
      const second = await appendTo(events, ORDER, b);
      assert.deepEqual(await appendTo(events, ORDER, [...a, ...b]), {
        positions: [...first.positions, ...second.positions],
        versions: [3],
        isRepeated: true,
      });
      assert.deepEqual(await appendTo(events, ORDER, b.slice(0, 1)), {
        positions: second.positions.slice(0, 1),
        versions: [2],
        isRepeated: true,
      });
    },
  },
  {
    name: 'of 16 that make one append at once, one does, and all answer the same',
    run: async ({ events }) => {
      for (let round = 0; round < 5; round += 1)
        await appendAtOnce(
          WRITERS.map(() => events),
          events,
        );
    },
  },
  {
    name: 'of 16 on two handles that make one append at once, one does, and all answer the same',
    needs: 'second handle',
    run: async (subject) => {
      const handles = [subject.events, secondOf(subject)];
      for (let round = 0; round < 5; round += 1)
        await appendAtOnce(
          WRITERS.map((writer) => handles[writer % 2] ?? subject.events),
          subject.events,
        );
    },
  },
  {
    name: 'of 16 that use one id with bodies of their own, one succeeds',
    run: async ({ events }) => {
      for (let round = 0; round < 5; round += 1) {
        const id = newId();
        const appends = WRITERS.map((writer) =>
          appendTo(events, `order-${writer % 3}`, [anEvent({ id, payload: String(writer) })]),
        );
        assert.equal(await winners(appends, DUPLICATE), 1, `round ${round}`);
      }
      assert.equal((await events.statistics()).events, 5);
    },
  },
  {
    name: 'of 16 on two handles that use one id with bodies of their own, one succeeds',
    needs: 'second handle',
    run: async (subject) => {
      const handles = [subject.events, secondOf(subject)];
      for (let round = 0; round < 5; round += 1) {
        const id = newId();
        const appends = WRITERS.map((writer) =>
          appendTo(handles[writer % 2] ?? subject.events, `order-${writer % 3}`, [
            anEvent({ id, payload: String(writer) }),
          ]),
        );
        assert.equal(await winners(appends, DUPLICATE), 1, `round ${round}`);
      }
      assert.equal((await subject.events.statistics()).events, 5);
    },
  },
];
