import assert from 'node:assert/strict';
import { type EventStore, type StreamState, streamId } from '../../../event-store/index.js';
import {
  appendTo,
  type EventStoreCase,
  holds,
  idsOf,
  logHolds,
  ORDER,
  publish,
  refuses,
  secondOf,
  someEvents,
  walk,
  winners,
} from './subject.js';

const CLOSED = 'MORTAR_STREAM_CLOSED';

async function stateOf(events: EventStore): Promise<StreamState | undefined> {
  return (await events.streamInfo(ORDER))?.state;
}

/** A stream can be archived and restored, and closed for ever. */
export const stateCases: readonly EventStoreCase[] = [
  {
    name: 'an archived stream takes no events, whatever is expected of it',
    run: async ({ events }) => {
      const added = someEvents(2);
      await appendTo(events, ORDER, added);
      await events.setStreamState(ORDER, 'archived');
      assert.equal(await stateOf(events), 'archived');
      for (const expected of ['any', 'streamExists', 'noStream'] as const)
        await refuses(appendTo(events, ORDER, someEvents(1), expected), CLOSED, expected);
      await holds(events, ORDER, added);
    },
  },
  {
    name: 'an archived stream can still be read',
    run: async ({ events }) => {
      const added = someEvents(2);
      await appendTo(events, ORDER, added);
      await events.setStreamState(ORDER, 'archived');
      await holds(events, ORDER, added);
      await logHolds(events, added);
      assert.equal((await events.streamInfo(ORDER))?.version, 2);
    },
  },
  {
    name: 'a restored stream takes events where it stood',
    run: async ({ events }) => {
      const added = someEvents(3);
      await appendTo(events, ORDER, added.slice(0, 2));
      await events.setStreamState(ORDER, 'archived');
      await events.setStreamState(ORDER, 'open');
      assert.equal(await stateOf(events), 'open');
      assert.deepEqual((await appendTo(events, ORDER, added.slice(2))).versions, [3]);
      await holds(events, ORDER, added);
    },
  },
  {
    name: 'a tombstoned stream takes no events and is not read as a stream',
    run: async ({ events }) => {
      await appendTo(events, ORDER, someEvents(2));
      await events.setStreamState(ORDER, 'tombstoned');
      assert.equal(await stateOf(events), 'tombstoned');
      for (const expected of ['any', 'noStream', 'streamExists'] as const)
        await refuses(appendTo(events, ORDER, someEvents(1), expected), CLOSED, expected);
      await refuses(events.readStream(ORDER), CLOSED);
      await refuses(events.readStream(ORDER, { direction: 'backwards', limit: 1 }), CLOSED);
    },
  },
  {
    name: 'what a tombstoned stream held stays in the log and in the statistics',
    run: async ({ events }) => {
      const added = someEvents(2);
      await appendTo(events, ORDER, added);
      await events.setStreamState(ORDER, 'tombstoned');
      await logHolds(events, added);
      assert.equal((await events.statistics()).events, 2);
      assert.deepEqual(idsOf(await walk(events, { filter: { categories: ['order'] } })), idsOf(added));
    },
  },
  {
    name: 'nothing brings a tombstoned stream back',
    run: async ({ events }) => {
      await appendTo(events, ORDER);
      await events.setStreamState(ORDER, 'archived');
      await events.setStreamState(ORDER, 'tombstoned');
      await refuses(events.setStreamState(ORDER, 'open'), CLOSED);
      await refuses(events.setStreamState(ORDER, 'archived'), CLOSED);
      assert.equal(await stateOf(events), 'tombstoned');
    },
  },
  {
    name: 'setting the state that a stream has changes nothing',
    run: async ({ events }) => {
      await appendTo(events, ORDER);
      for (const state of ['open', 'archived', 'tombstoned'] as const)
        for (let time = 0; time < 2; time += 1) {
          await events.setStreamState(ORDER, state);
          assert.equal(await stateOf(events), state);
        }
    },
  },
  {
    name: 'a stream that is not there has no state to change',
    run: async ({ events }) => {
      for (const state of ['open', 'archived', 'tombstoned'] as const)
        await refuses(events.setStreamState(ORDER, state), 'MORTAR_STREAM_MISSING', state);
      assert.deepEqual((await appendTo(events, ORDER, someEvents(1), 'noStream')).versions, [1]);
    },
  },
  {
    name: 'the error names the stream and its state',
    run: async ({ events }) => {
      await appendTo(events, ORDER);
      await events.setStreamState(ORDER, 'archived');
      await assert.rejects(appendTo(events, ORDER), {
        code: CLOSED,
        category: 'conflict',
        details: { streamId: ORDER, state: 'archived' },
      });
    },
  },
  {
    name: 'of several streams, one that is closed keeps all from being appended to',
    run: async ({ events }) => {
      const added = someEvents(1);
      await appendTo(events, ORDER, added);
      await events.setStreamState(ORDER, 'archived');
      const appends = [
        { streamId: streamId('order-2'), events: someEvents(1) },
        { events: someEvents(1) },
        { streamId: ORDER, events: someEvents(1) },
      ];
      await refuses(events.append(appends), CLOSED);
      await logHolds(events, added);
      assert.equal(await events.streamInfo(streamId('order-2')), undefined);
    },
  },
  {
    name: 'other streams, and events of none, are left as they are',
    run: async ({ events }) => {
      await appendTo(events, ORDER);
      await appendTo(events, 'order-2');
      await events.setStreamState(ORDER, 'tombstoned');
      assert.deepEqual((await appendTo(events, 'order-2')).versions, [2]);
      await publish(events);
      assert.equal((await events.statistics()).events, 4);
    },
  },
  {
    name: 'the log can be read without what is archived or tombstoned',
    run: async ({ events }) => {
      const [archived, tombstoned, open, free] = [someEvents(3), someEvents(2), someEvents(2), someEvents(2)];
      await appendTo(events, 'a-1', archived);
      await appendTo(events, 'b-1', tombstoned);
      await appendTo(events, 'c-1', open);
      await publish(events, free);
      await events.setStreamState(streamId('a-1'), 'archived');
      await events.setStreamState(streamId('b-1'), 'tombstoned');
      for (const limit of [1, 3, 100]) {
        const entries = await walk(events, { withoutArchived: true, limit });
        assert.deepEqual(idsOf(entries), idsOf([...open, ...free]), `in pages of ${limit}`);
        assert.equal((await walk(events, { limit })).length, 9);
      }
      assert.deepEqual(
        idsOf(await walk(events, { withoutArchived: true, direction: 'backwards', limit: 1 })),
        idsOf([...open, ...free]).toReversed(),
      );
      await events.setStreamState(streamId('a-1'), 'open');
      assert.equal((await walk(events, { withoutArchived: true, limit: 2 })).length, 7);
    },
  },
  {
    name: 'of appends beside an archiving, none succeeds after it',
    run: async ({ events }) => {
      await appendTo(events, ORDER);
      const appends = Array.from({ length: 20 }, () => appendTo(events, ORDER));
      const archiving = events.setStreamState(ORDER, 'archived');
      const won = await winners(appends, CLOSED);
      await archiving;
      await refuses(appendTo(events, ORDER), CLOSED);
      assert.equal((await events.streamInfo(ORDER))?.version, 1 + won);
    },
  },
  {
    name: 'what one handle has archived, another does not append to',
    needs: 'second handle',
    run: async (subject) => {
      const second = secondOf(subject);
      await appendTo(subject.events, ORDER);
      await appendTo(second, ORDER);
      await subject.events.setStreamState(ORDER, 'archived');
      await refuses(appendTo(second, ORDER), CLOSED);
      await second.setStreamState(ORDER, 'tombstoned');
      await refuses(subject.events.readStream(ORDER), CLOSED);
    },
  },
];
