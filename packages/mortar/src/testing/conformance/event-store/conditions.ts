import assert from 'node:assert/strict';
import {
  type AppendCondition,
  type AppendResult,
  BEGINNING,
  type EncodedEvent,
  type EventStore,
  position,
  streamId,
} from '../../../event-store/index.js';
import {
  anEvent,
  appendTo,
  type EventStoreCase,
  type EventStoreSubject,
  logHolds,
  ORDER,
  publish,
  refuses,
  secondOf,
  someEvents,
  walk,
  winners,
} from './subject.js';

const CONFLICT = 'MORTAR_APPEND_CONFLICT';
const RACERS = [0, 1, 2, 3, 4, 5, 6, 7];
const DEFAULT_ROUNDS = 25;

type Query = AppendCondition['query'];

function appendIf(
  events: EventStore,
  query: Query,
  after: number,
  added: readonly EncodedEvent[] = [anEvent()],
): Promise<AppendResult> {
  return events.append([{ events: added }], { query, after: position(after) });
}

/** Of eight that have read the same, one appends; again and again. */
async function race(
  { raceRounds = DEFAULT_ROUNDS }: EventStoreSubject,
  handles: readonly EventStore[],
): Promise<void> {
  const [log] = handles;
  assert.ok(log !== undefined);
  for (let round = 0; round < raceRounds; round += 1) {
    const tags = [`course:${round % 3}`];
    const after = await log.head();
    const appends = RACERS.map(
      (racer): Promise<AppendResult> =>
        appendIf(handles[racer % handles.length] ?? log, [{ types: ['shop.seat-taken'], tags }], after, [
          anEvent({ type: 'shop.seat-taken', tags, payload: String(racer) }),
        ]),
    );
    assert.equal(await winners(appends, CONFLICT), 1, `in round ${round}, one of ${RACERS.length} appends`);
  }
  assert.equal((await log.statistics()).events, raceRounds);
}

/** A conditional append happens only if nothing came that its query asks for. */
export const conditionCases: readonly EventStoreCase[] = [
  {
    name: 'an append happens where nothing came that its query asks for',
    run: async ({ events }) => {
      const { positions } = await publish(events, [anEvent({ type: 'shop.seat-taken', tags: ['course:1'] })]);
      const query: Query = [{ types: ['shop.seat-taken'], tags: ['course:1'] }];
      const result = await appendIf(events, query, positions[0] ?? 0);
      assert.equal(result.isRepeated, false);
      assert.equal((await events.statistics()).events, 2);
    },
  },
  {
    name: 'an append does not happen where something came that its query asks for',
    run: async ({ events }) => {
      const taken = anEvent({ type: 'shop.seat-taken' });
      const { positions } = await publish(events, [taken]);
      await assert.rejects(appendIf(events, [{ types: ['shop.seat-taken'] }], BEGINNING), {
        code: CONFLICT,
        category: 'conflict',
        details: { position: positions[0] },
      });
      await logHolds(events, [taken]);
    },
  },
  {
    name: 'only what came after the position counts',
    run: async ({ events }) => {
      const { positions } = await publish(events, someEvents(3));
      const query: Query = [{ types: ['shop.order-placed'] }];
      const [first = 0, second = 0, third = 0] = positions;
      for (const after of [0, first, second]) await refuses(appendIf(events, query, after), CONFLICT);
      await appendIf(events, query, third);
      await appendIf(events, query, third + 1_000_000);
    },
  },
  {
    name: 'an item asks for an event of one of its types that has all of its tags',
    run: async ({ events }) => {
      await publish(events, [anEvent({ type: 'shop.seat-taken', tags: ['course:1', 'student:2'] })]);
      const asked: readonly (readonly [Query[number], boolean])[] = [
        [{ types: ['shop.seat-taken'] }, true],
        [{ types: ['shop.other', 'shop.seat-taken'] }, true],
        [{ types: ['shop.other'] }, false],
        [{ types: ['shop.seat'] }, false],
        [{ types: [] }, false],
        [{ tags: ['course:1'] }, true],
        [{ tags: ['student:2', 'course:1'] }, true],
        [{ tags: ['course:1', 'student:3'] }, false],
        [{ tags: ['course:'] }, false],
        [{ tags: [] }, true],
        [{}, true],
        [{ types: ['shop.seat-taken'], tags: ['course:1'] }, true],
        [{ types: ['shop.seat-taken'], tags: ['course:2'] }, false],
        [{ types: ['shop.other'], tags: ['course:1'] }, false],
        [{ types: ["shop.seat-taken' OR 1=1 --"] }, false],
        [{ tags: ['%'] }, false],
      ];
      for (const [item, isFound] of asked) {
        const append = appendIf(events, [item], BEGINNING, [anEvent({ type: 'x.y', tags: ['z'] })]);
        if (isFound) await refuses(append, CONFLICT, JSON.stringify(item));
        else await append;
      }
    },
  },
  {
    name: 'a query asks for what any of its items asks for; without items, for nothing',
    run: async ({ events }) => {
      await publish(events, [anEvent({ type: 'a.one', tags: ['x'] })]);
      const [miss, hit]: Query = [{ types: ['a.two'] }, { tags: ['x'] }];
      assert.ok(miss !== undefined && hit !== undefined);
      await refuses(appendIf(events, [miss, hit], BEGINNING), CONFLICT);
      await refuses(appendIf(events, [hit, miss], BEGINNING), CONFLICT);
      await appendIf(events, [miss, { tags: ['y'] }], BEGINNING);
      await appendIf(events, [], BEGINNING);
    },
  },
  {
    name: 'the events that are appended do not count',
    run: async ({ events }) => {
      const added = someEvents(2, { tags: ['a'] });
      await appendIf(events, [{ tags: ['a'] }, {}], BEGINNING, added);
      await logHolds(events, added);
    },
  },
  {
    name: 'events of streams count as those of none, also of archived streams',
    run: async ({ events }) => {
      await appendTo(events, ORDER, [anEvent({ tags: ['a'] })]);
      await refuses(appendIf(events, [{ tags: ['a'] }], BEGINNING), CONFLICT);
      await events.setStreamState(ORDER, 'archived');
      await refuses(appendIf(events, [{ tags: ['a'] }], BEGINNING), CONFLICT);
    },
  },
  {
    name: 'a condition beside expected versions: both must hold',
    run: async ({ events }) => {
      const first = anEvent({ tags: ['a'] });
      const { positions } = await appendTo(events, ORDER, [first]);
      const append = (expectedVersion: 'noStream' | 'streamExists', after: number): Promise<AppendResult> =>
        events.append(
          [
            { streamId: ORDER, events: someEvents(1), expectedVersion },
            { streamId: streamId('order-2'), events: someEvents(1) },
          ],
          { query: [{ tags: ['a'] }], after: position(after) },
        );
      await refuses(append('noStream', positions[0] ?? 0), 'MORTAR_VERSION_CONFLICT');
      await refuses(append('streamExists', 0), CONFLICT);
      await logHolds(events, [first]);
      assert.deepEqual((await append('streamExists', positions[0] ?? 0)).versions, [2, 1]);
    },
  },
  {
    name: 'a condition counts also where nothing is appended',
    run: async ({ events }) => {
      await publish(events, [anEvent({ tags: ['a'] })]);
      const check = (tag: string): Promise<AppendResult> =>
        events.append([], { query: [{ tags: [tag] }], after: BEGINNING });
      await refuses(check('a'), CONFLICT);
      assert.deepEqual(await check('b'), { positions: [], versions: [], isRepeated: false });
    },
  },
  {
    name: 'of 8 that have read the same one appends, round after round',
    run: async (subject) => race(subject, [subject.events]),
  },
  {
    name: 'of 8 on two handles that have read the same one appends, round after round',
    needs: 'second handle',
    run: async (subject) => race(subject, [subject.events, secondOf(subject)]),
  },
  {
    name: 'conditional appends to different tags do not rule each other out',
    run: async ({ events }) => {
      const appends = RACERS.map((racer) =>
        appendIf(events, [{ tags: [`course:${racer}`] }], BEGINNING, [
          anEvent({ tags: [`course:${racer}`] }),
        ]),
      );
      assert.equal(await winners(appends, CONFLICT), RACERS.length);
    },
  },
  {
    name: 'beside appends without a condition, none succeeds over what it rules out',
    run: async ({ events }) => {
      const tags = ['seat'];
      for (let round = 0; round < 10; round += 1) {
        const after = await events.head();
        const free = RACERS.map(() => publish(events, [anEvent({ tags })]));
        const conditional = RACERS.map(() => appendIf(events, [{ tags }], after, [anEvent({ tags })]));
        const won = await Promise.allSettled(conditional);
        await Promise.all(free);
        const entries = await walk(events, { after, filter: { tags } });
        for (const outcome of won) {
          if (outcome.status === 'rejected') assert.equal(outcome.reason?.code, CONFLICT);
          else
            assert.equal(
              entries[0]?.position,
              outcome.value.positions[0],
              'what was appended under the condition is the first that came',
            );
        }
      }
    },
  },
];
