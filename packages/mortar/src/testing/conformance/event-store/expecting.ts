import assert from 'node:assert/strict';
import { type ExpectedVersion, NO_EVENTS, streamId, version } from '../../../event-store/index.js';
import {
  anEvent,
  appendTo,
  type EventStoreCase,
  holds,
  idsOf,
  ORDER,
  refuses,
  secondOf,
  someEvents,
  WRITERS,
  winners,
} from './subject.js';

const CONFLICT = 'MORTAR_VERSION_CONFLICT';

/** What an append expects of its stream is checked in the append itself. */
export const expectingCases: readonly EventStoreCase[] = [
  {
    name: 'noStream begins a stream',
    run: async ({ events }) => {
      assert.deepEqual((await appendTo(events, ORDER, someEvents(2), 'noStream')).versions, [2]);
    },
  },
  {
    name: 'noStream is refused where there is a stream',
    run: async ({ events }) => {
      const first = someEvents(1);
      await appendTo(events, ORDER, first);
      await refuses(appendTo(events, ORDER, someEvents(1), 'noStream'), CONFLICT);
      await holds(events, ORDER, first);
    },
  },
  {
    name: 'streamExists goes on with a stream, and is refused where there is none',
    run: async ({ events }) => {
      await refuses(appendTo(events, ORDER, someEvents(1), 'streamExists'), CONFLICT);
      assert.equal(await events.streamInfo(ORDER), undefined);
      await appendTo(events, ORDER);
      assert.deepEqual((await appendTo(events, ORDER, someEvents(1), 'streamExists')).versions, [2]);
    },
  },
  {
    name: 'a number goes on with the stream at exactly this version',
    run: async ({ events }) => {
      assert.deepEqual((await appendTo(events, ORDER, someEvents(2), NO_EVENTS)).versions, [2]);
      assert.deepEqual((await appendTo(events, ORDER, someEvents(1), version(2))).versions, [3]);
      assert.deepEqual((await appendTo(events, ORDER, someEvents(1), version(3))).versions, [4]);
    },
  },
  {
    name: 'a number is refused at every other version, and nothing is appended',
    run: async ({ events }) => {
      const first = someEvents(3);
      await appendTo(events, ORDER, first);
      for (const other of [0, 1, 2, 4, 1_000, Number.MAX_SAFE_INTEGER])
        await refuses(appendTo(events, ORDER, someEvents(1), version(other)), CONFLICT, `at ${other}`);
      await refuses(appendTo(events, 'order-2', someEvents(1), version(1)), CONFLICT);
      await holds(events, ORDER, first);
    },
  },
  {
    name: 'any takes a stream as it is, and counts where nothing is said',
    run: async ({ events }) => {
      assert.deepEqual((await appendTo(events, ORDER, someEvents(1), 'any')).versions, [1]);
      assert.deepEqual((await appendTo(events, ORDER, someEvents(1), 'any')).versions, [2]);
      assert.deepEqual((await appendTo(events, ORDER)).versions, [3]);
    },
  },
  {
    name: 'a conflict says stream, expected and actual',
    run: async ({ events }) => {
      await appendTo(events, ORDER, someEvents(2));
      const conflict = async (expected: ExpectedVersion, stream: string, actual: number): Promise<void> => {
        await assert.rejects(appendTo(events, stream, someEvents(1), expected), {
          code: CONFLICT,
          category: 'conflict',
          details: { streamId: stream, expected, actual },
        });
      };
      await conflict('noStream', ORDER, 2);
      await conflict(version(1), ORDER, 2);
      await conflict(version(3), ORDER, 2);
      await conflict('streamExists', 'order-2', 0);
      await conflict(version(1), 'order-2', 0);
    },
  },
  {
    name: 'of several streams, the conflict names the one that is not as expected',
    run: async ({ events }) => {
      await appendTo(events, 'b-1', someEvents(2));
      const appends = ['a-1', 'b-1', 'c-1'].map((name) => ({
        streamId: streamId(name),
        events: someEvents(1),
        expectedVersion: 'noStream' as const,
      }));
      await assert.rejects(events.append(appends), {
        details: { streamId: 'b-1', expected: 'noStream', actual: 2 },
      });
    },
  },
  {
    name: 'of 16 that begin a stream, one does',
    run: async ({ events }) => {
      const appends = WRITERS.map(() => appendTo(events, ORDER, someEvents(2), 'noStream'));
      assert.equal(await winners(appends, CONFLICT), 1);
      assert.equal((await events.streamInfo(ORDER))?.version, 2);
    },
  },
  {
    name: 'of 16 that go on with one version, one does, version after version',
    run: async ({ events }) => {
      for (let round = 0; round < 10; round += 1) {
        const appends = WRITERS.map(() => appendTo(events, ORDER, someEvents(1), version(round)));
        assert.equal(await winners(appends, CONFLICT), 1, `round ${round}`);
      }
      assert.equal((await events.streamInfo(ORDER))?.version, 10);
    },
  },
  {
    name: 'of 16 on two handles that go on with one version, one does',
    needs: 'second handle',
    run: async (subject) => {
      const handles = [subject.events, secondOf(subject)];
      for (let round = 0; round < 10; round += 1) {
        const appends = WRITERS.map((writer) =>
          appendTo(handles[writer % 2] ?? subject.events, ORDER, someEvents(1), version(round)),
        );
        assert.equal(await winners(appends, CONFLICT), 1, `round ${round}`);
      }
      assert.equal((await subject.events.streamInfo(ORDER))?.version, 10);
    },
  },
  {
    name: 'any never conflicts, however many append to one stream at once',
    run: async ({ events }) => {
      const added = someEvents(300);
      const results = await Promise.all(added.map((event) => appendTo(events, ORDER, [event], 'any')));
      const versions = results.flatMap((result) => result.versions).sort((a, b) => (a ?? 0) - (b ?? 0));
      assert.deepEqual(
        versions,
        added.map((_, index) => index + 1),
        'each version was given once',
      );
      const entries = await events.readStream(ORDER);
      assert.deepEqual(new Set(idsOf(entries)), new Set(idsOf(added)));
      for (const [index, event] of added.entries())
        assert.equal(
          entries[(results[index]?.versions[0] ?? 0) - 1]?.id,
          event.id,
          'events lie where it was said',
        );
    },
  },
  {
    name: 'any never conflicts, on two handles',
    needs: 'second handle',
    run: async (subject) => {
      const handles = [subject.events, secondOf(subject)];
      const appends = someEvents(200).map((event, index) =>
        appendTo(handles[index % 2] ?? subject.events, ORDER, [event]),
      );
      await Promise.all(appends);
      const entries = await subject.events.readStream(ORDER);
      assert.deepEqual(
        entries.map((entry) => entry.version),
        entries.map((_, index) => index + 1),
      );
      assert.equal(entries.length, 200);
    },
  },
  {
    name: 'any beside exact numbers: neither is lost',
    run: async ({ events }) => {
      const free = WRITERS.map(() => appendTo(events, ORDER, someEvents(1), 'any'));
      const exact = WRITERS.map((writer) => appendTo(events, ORDER, someEvents(1), version(writer)));
      const won = await winners(exact, CONFLICT);
      await Promise.all(free);
      assert.equal((await events.streamInfo(ORDER))?.version, WRITERS.length + won);
    },
  },
  {
    name: 'of many at once, the conflict of one is the failure of that one',
    run: async ({ events }) => {
      await appendTo(events, ORDER);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 60 }, (_, index) =>
          index % 3 === 0
            ? appendTo(events, ORDER, someEvents(1), 'noStream')
            : appendTo(events, `other-${index}`, someEvents(2), 'noStream'),
        ),
      );
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        outcomes.map((_, index) => (index % 3 === 0 ? 'rejected' : 'fulfilled')),
      );
      assert.equal((await events.streamInfo(ORDER))?.version, 1);
    },
  },
  {
    name: 'no increment of 16 that try again after a conflict is lost',
    run: async ({ events }) => {
      const increment = async (writer: number): Promise<void> => {
        for (let isDone = false; !isDone; ) {
          const at = (await events.streamInfo(ORDER))?.version ?? NO_EVENTS;
          const event = anEvent({ payload: String(writer) });
          isDone = (await winners([appendTo(events, ORDER, [event], at)], CONFLICT)) === 1;
        }
      };
      await Promise.all(WRITERS.map(increment));
      const payloads = (await events.readStream(ORDER)).map(({ payload }) => Number(payload));
      assert.deepEqual(
        payloads.sort((a, b) => a - b),
        WRITERS,
      );
    },
  },
  {
    name: 'appends to the same streams in opposite orders do not wait for each other for ever',
    run: async ({ events }) => {
      const names = ['a-1', 'b-1', 'c-1', 'd-1'];
      const appends = Array.from({ length: 40 }, (_, index) => {
        const turned = [...names.slice(index % 4), ...names.slice(0, index % 4)];
        const order = index % 2 === 0 ? turned : turned.toReversed();
        return events.append(order.map((name) => ({ streamId: streamId(name), events: someEvents(1) })));
      });
      await Promise.all(appends);
      for (const name of names) assert.equal((await events.streamInfo(streamId(name)))?.version, 40);
    },
  },
];
