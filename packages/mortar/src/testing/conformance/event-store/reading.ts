import assert from 'node:assert/strict';
import {
  type EventStore,
  type LogEntry,
  type StreamRange,
  streamId,
  version,
} from '../../../event-store/index.js';
import {
  appendTo,
  type EventStoreCase,
  idsOf,
  ORDER,
  publish,
  secondOf,
  someEvents,
  WRITERS,
} from './subject.js';

/** Ten events in the stream, among those of others. */
async function fill(events: EventStore): Promise<void> {
  for (let index = 0; index < 5; index += 1) {
    await appendTo(events, ORDER, someEvents(2));
    await appendTo(events, 'order-10', someEvents(1));
    await appendTo(events, 'order-', someEvents(1));
    await publish(events);
  }
}

function versionsOf(entries: readonly LogEntry[]): readonly (number | undefined)[] {
  return entries.map((entry) => entry.version);
}

/** Appends until the clock of the store has moved on, and answers with the time before. */
async function passTime(events: EventStore): Promise<number> {
  const timeOf = async (): Promise<number> => {
    await publish(events);
    const { entries } = await events.readAll({ direction: 'backwards', limit: 1 });
    return entries[0]?.recordedAt ?? 0;
  };
  const before = await timeOf();
  const deadline = Date.now() + 10_000;
  while ((await timeOf()) <= before + 1) assert.ok(Date.now() < deadline, 'the clock of the store moves on');
  return before;
}

/** A stream is read by version, one part at a time. */
export const readingCases: readonly EventStoreCase[] = [
  {
    name: 'a stream that is not there has no events',
    run: async ({ events }) => {
      await appendTo(events, 'order-10');
      assert.deepEqual(await events.readStream(ORDER), []);
      assert.deepEqual(await events.readStream(ORDER, { direction: 'backwards', from: version(3) }), []);
      assert.equal(await events.streamInfo(ORDER), undefined);
    },
  },
  {
    name: 'a stream holds its own events alone, in order',
    run: async ({ events }) => {
      await fill(events);
      const entries = await events.readStream(ORDER);
      assert.deepEqual(versionsOf(entries), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      assert.ok(entries.every((entry) => entry.streamId === ORDER));
      const positions = entries.map(({ position }) => position);
      assert.deepEqual(
        positions,
        [...positions].sort((a, b) => a - b),
      );
    },
  },
  {
    name: 'parts of a stream, forwards and backwards, both ends with them',
    run: async ({ events }) => {
      await fill(events);
      const backwards = { direction: 'backwards' } as const;
      const [v1, v3, v5, v10, v11] = [1, 3, 5, 10, 11].map(version);
      assert.ok(v1 && v3 && v5 && v10 && v11);
      const parts: readonly (readonly [StreamRange, readonly number[]])[] = [
        [{ from: v3 }, [3, 4, 5, 6, 7, 8, 9, 10]],
        [{ to: v3 }, [1, 2, 3]],
        [{ from: v3, to: v5 }, [3, 4, 5]],
        [{ from: v5, to: v5 }, [5]],
        [{ from: v5, to: v3 }, []],
        [{ from: v11 }, []],
        [{ from: version(0), to: v1 }, [1]],
        [{ from: version(0), to: version(0) }, []],
        [{ from: v10, to: version(Number.MAX_SAFE_INTEGER) }, [10]],
        [{ limit: 3 }, [1, 2, 3]],
        [{ from: v3, limit: 2 }, [3, 4]],
        [{ from: v3, to: v3, limit: 2 }, [3]],
        [{ ...backwards }, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]],
        [{ ...backwards, from: v3 }, [3, 2, 1]],
        [{ ...backwards, to: v3, limit: 2 }, [10, 9]],
        [{ ...backwards, from: v5, to: v3 }, [5, 4, 3]],
        [{ ...backwards, from: v3, to: v5 }, []],
        [{ ...backwards, from: v11, limit: 1 }, [10]],
        [{ ...backwards, from: version(0) }, []],
      ];
      for (const [range, expected] of parts)
        assert.deepEqual(versionsOf(await events.readStream(ORDER, range)), expected, JSON.stringify(range));
    },
  },
  {
    name: 'a page of 1,000 unless said, and up to 10,000',
    run: async ({ events }) => {
      await appendTo(events, ORDER, someEvents(1_001));
      assert.equal((await events.readStream(ORDER)).length, 1_000);
      assert.equal((await events.readStream(ORDER, { direction: 'backwards' })).at(-1)?.version, 2);
      assert.equal((await events.readStream(ORDER, { limit: 10_000 })).length, 1_001);
      assert.equal((await events.readStream(ORDER, { from: version(1_001) })).length, 1);
    },
  },
  {
    name: 'a stream as of a time is what it was then',
    run: async ({ events }) => {
      await appendTo(events, ORDER, someEvents(2));
      const early = await passTime(events);
      await appendTo(events, ORDER, someEvents(3));
      const middle = await passTime(events);
      await appendTo(events, ORDER, someEvents(1));
      const read = async (range: StreamRange): Promise<readonly (number | undefined)[]> =>
        versionsOf(await events.readStream(ORDER, range));
      assert.deepEqual(await read({ asOf: early }), [1, 2]);
      assert.deepEqual(await read({ asOf: middle }), [1, 2, 3, 4, 5]);
      assert.deepEqual(await read({ asOf: Number.MAX_SAFE_INTEGER }), [1, 2, 3, 4, 5, 6]);
      assert.deepEqual(await read({ asOf: 0 }), []);
      assert.deepEqual(await read({ asOf: middle, direction: 'backwards', limit: 2 }), [5, 4]);
      assert.deepEqual(await read({ asOf: middle, from: version(4) }), [4, 5]);
      const [first] = await events.readStream(ORDER);
      assert.ok(first !== undefined);
      assert.deepEqual(
        await read({ asOf: first.recordedAt - 1 }),
        [],
        'before its first event there is nothing',
      );
      assert.deepEqual(
        (await read({ asOf: first.recordedAt })).slice(0, 1),
        [1],
        'the moment itself belongs to it',
      );
    },
  },
  {
    name: 'what is known of a stream',
    run: async ({ events }) => {
      await fill(events);
      const entries = await events.readStream(ORDER);
      assert.deepEqual(await events.streamInfo(ORDER), {
        streamId: ORDER,
        category: 'order',
        version: 10,
        state: 'open',
        firstRecordedAt: entries[0]?.recordedAt,
        lastRecordedAt: entries.at(-1)?.recordedAt,
      });
    },
  },
  {
    name: 'the category is what stands before the first dash',
    run: async ({ events }) => {
      for (const [name, category] of [
        ['order-1-2', 'order'],
        ['order', 'order'],
        ['order-', 'order'],
        ['über-1', 'über'],
        ['a b-1', 'a b'],
      ] as const) {
        await appendTo(events, name);
        assert.equal((await events.streamInfo(streamId(name)))?.category, category);
      }
    },
  },
  {
    name: 'a reader sees all of an append or nothing of it, and no version before the one below it',
    run: async (subject) => {
      const { events } = subject;
      const readers = [events, subject.second?.events ?? events];
      let isOver = false;
      const look = async (reader: EventStore): Promise<void> => {
        while (!isOver) {
          const entries = await reader.readStream(ORDER, { limit: 10_000 });
          assert.deepEqual(
            versionsOf(entries),
            entries.map((_, index) => index + 1),
          );
          assert.equal(entries.length % 3, 0, 'events come by threes');
          const info = await reader.streamInfo(ORDER);
          assert.ok((info?.version ?? 0) >= entries.length, 'what is known is never behind what was read');
        }
      };
      const looking = readers.map(look);
      const write = async (): Promise<void> => {
        for (let round = 0; round < 8; round += 1) await appendTo(events, ORDER, someEvents(3));
      };
      try {
        await Promise.all(WRITERS.slice(0, 8).map(write));
      } finally {
        isOver = true;
        await Promise.all(looking);
      }
      assert.equal((await events.streamInfo(ORDER))?.version, 192);
    },
  },
  {
    name: 'a stream read page by page while it grows has no hole and nothing twice',
    needs: 'second handle',
    run: async (subject) => {
      const second = secondOf(subject);
      const writing = Promise.all(
        WRITERS.map(async () => {
          for (let round = 0; round < 5; round += 1) await appendTo(subject.events, ORDER, someEvents(2));
        }),
      );
      const found: LogEntry[] = [];
      while (found.length < 160)
        found.push(...(await second.readStream(ORDER, { from: version(found.length + 1), limit: 7 })));
      await writing;
      assert.deepEqual(idsOf(found), idsOf(await subject.events.readStream(ORDER)));
    },
  },
];
