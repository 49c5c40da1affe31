import assert from 'node:assert/strict';
import { BEGINNING, type EventStore, type LogEntry, streamId } from '../../../event-store/index.js';
import {
  anEvent,
  appendTo,
  type EventStoreCase,
  idsOf,
  ORDER,
  publish,
  refuses,
  secondOf,
  someEvents,
  WRITERS,
  walk,
} from './subject.js';

const DEADLINE_MS = 10_000;

/** Reads on from where it stands until all writers are done and it has come to the end. */
async function follow(
  events: EventStore,
  isDone: () => boolean,
  limit: number,
): Promise<readonly LogEntry[]> {
  const found: LogEntry[] = [];
  let after = BEGINNING;
  for (let isLast = false; !isLast; ) {
    const wasDone = isDone();
    const page = await events.readAll({ after, limit });
    for (const entry of page.entries) {
      assert.ok(entry.position > after, `position ${entry.position} comes after ${after}`);
      after = entry.position;
      found.push(entry);
    }
    assert.ok(page.next >= after, 'the page leads on');
    after = page.next;
    isLast = wasDone && page.isEnd;
  }
  return found;
}

/** Writers of every kind: into streams of their own, shared ones and none, some of them refused, some conditional. */
async function write(events: EventStore, writer: number): Promise<void> {
  for (let round = 0; round < 12; round += 1) {
    if (writer % 4 === 0) await publish(events, someEvents(1 + (round % 3)));
    else if (writer % 4 === 1) await appendTo(events, `own-${writer}`, someEvents(20));
    else if (writer % 4 === 2) await appendTo(events, 'shared-1', someEvents(1));
    else {
      const streams = ['shared-1', `pair-${writer}`].map(streamId);
      await events.append(streams.map((one) => ({ streamId: one, events: someEvents(1) })));
      await refuses(appendTo(events, 'shared-1', someEvents(1), 'noStream'), 'MORTAR_VERSION_CONFLICT');
      await events
        .append([{ events: [anEvent({ tags: ['seat'] })] }], {
          query: [{ tags: ['seat'] }],
          after: await events.head(),
        })
        .catch((error) => assert.equal(error?.code, 'MORTAR_APPEND_CONFLICT'));
    }
  }
}

/** Readers that follow while others write miss nothing, find nothing twice, and nothing before what they have passed. */
async function race(writers: readonly EventStore[], readers: readonly EventStore[]): Promise<void> {
  let isDone = false;
  const [log] = writers;
  assert.ok(log !== undefined);
  const following = readers.map((reader, index) => follow(reader, () => isDone, index === 0 ? 1_000 : 7));
  const settled = Promise.allSettled(following);
  try {
    await Promise.all(WRITERS.map((writer) => write(writers[writer % writers.length] ?? log, writer)));
  } finally {
    isDone = true;
    await settled;
  }
  const all = idsOf(await walk(log));
  assert.ok(all.length > 500);
  for (const found of await Promise.all(following)) assert.deepEqual(idsOf(found), all, 'a reader found all');
}

/** Resolves when `watch` calls back after `cause`; rejects if it does not in time. */
async function woken(events: EventStore, cause: () => Promise<unknown>): Promise<void> {
  let stop: () => void = () => undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const call = new Promise<void>((resolve, reject) => {
    stop = events.watch(resolve);
    timer = setTimeout(
      () => reject(new assert.AssertionError({ message: 'a watcher is called back' })),
      DEADLINE_MS,
    );
  });
  try {
    await Promise.all([call, cause()]);
  } finally {
    stop();
    clearTimeout(timer);
  }
}

/** Many at once. */
export const racingCases: readonly EventStoreCase[] = [
  {
    name: 'whoever has passed a position never finds a smaller one, while many write',
    run: async ({ events }) => race([events], [events, events]),
  },
  {
    name: 'whoever has passed a position never finds a smaller one, while many write on two handles',
    needs: 'second handle',
    run: async (subject) => {
      const second = secondOf(subject);
      await race([subject.events, second], [subject.events, second, second]);
    },
  },
  {
    name: 'what is acknowledged can be read at once, by whoever asks',
    run: async ({ events }) => {
      await Promise.all(
        WRITERS.map(async (writer) => {
          for (let round = 0; round < 5; round += 1) {
            const event = anEvent();
            const { positions } = await appendTo(events, `s-${writer}`, [event]);
            const { entries } = await events.readAll({
              to: positions[0] ?? BEGINNING,
              direction: 'backwards',
            });
            assert.ok(
              entries.some(({ id }) => id === event.id),
              'the log has it',
            );
            assert.ok((await events.head()) >= (positions[0] ?? Infinity));
          }
        }),
      );
    },
  },
  {
    name: 'each of a thousand appends at once is in the log once',
    run: async ({ events }) => {
      const added = someEvents(1_000);
      const results = await Promise.all(
        added.map((event, index) =>
          index % 2 === 0 ? publish(events, [event]) : appendTo(events, `s-${index % 50}`, [event]),
        ),
      );
      const entries = await walk(events);
      const places = new Map(entries.map(({ id, position }) => [id, position]));
      assert.equal(entries.length, 1_000);
      assert.deepEqual(
        results.map(({ positions }) => positions),
        added.map(({ id }) => [places.get(id)]),
      );
    },
  },
  {
    name: 'statistics taken while many write agree with themselves',
    run: async ({ events }) => {
      const writing = Promise.all(
        WRITERS.map(async () => {
          for (let round = 0; round < 5; round += 1) await appendTo(events, ORDER, someEvents(2));
        }),
      );
      for (let look = 0; look < 5; look += 1) {
        const { events: all, byType, byCategory, byHour } = await events.statistics();
        assert.equal(all % 2, 0, 'events come by twos');
        assert.equal(byType['shop.order-placed'] ?? 0, all);
        assert.equal(byCategory['order'] ?? 0, all);
        assert.equal(
          byHour.reduce((sum, hour) => sum + hour.events, 0),
          all,
        );
      }
      await writing;
    },
  },
  {
    name: 'a watcher is called back when something was appended',
    run: async ({ events }) => {
      for (let round = 0; round < 3; round += 1) {
        await woken(events, () => publish(events));
        await woken(events, () => appendTo(events, ORDER));
      }
    },
  },
  {
    name: 'a watcher is called back when another handle has appended',
    needs: 'second handle',
    run: async (subject) => {
      const second = secondOf(subject);
      for (let round = 0; round < 3; round += 1) {
        await woken(subject.events, () => publish(second));
        await woken(second, () => publish(subject.events));
      }
    },
  },
  {
    name: 'a watcher that reads finds what it was called back for, at the latest when it is called again',
    run: async ({ events }) => {
      const added = someEvents(20);
      let found: readonly LogEntry[] = [];
      for (const event of added) {
        while (found.length < added.indexOf(event)) {
          found = await walk(events);
        }
        await woken(events, () => publish(events, [event]));
        found = await walk(events);
      }
      assert.deepEqual(idsOf(found), idsOf(added));
    },
  },
  {
    name: 'several watchers are called back, and none after it has ended; an error of one is its own',
    run: async ({ events }) => {
      let calls = 0;
      const stopCounting = events.watch(() => {
        calls += 1;
      });
      const stopFailing = events.watch(() => {
        throw new Error('an error of a watcher');
      });
      await woken(events, () => publish(events));
      stopCounting();
      stopCounting();
      const before = calls;
      assert.ok(before >= 1);
      await woken(events, () => publish(events));
      assert.equal(calls, before);
      stopFailing();
    },
  },
];
