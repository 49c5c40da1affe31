import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import { type StreamId, streamId } from '../../../event-store/index.js';
import { decideOn, repository } from '../../../sourcing/index.js';
import { MOST_NAMES, NameTaken, owner, type Taking, taking } from './bank.js';
import {
  CALLERS,
  endings,
  entriesOf,
  handleOf,
  inTurn,
  type SourcingCase,
  type SourcingSubject,
  withEvents,
} from './subject.js';

const RACERS = 8;
const ROUNDS = 200;

export const decidingCases: readonly SourcingCase[] = [
  {
    name: 'a decision over several streams is appended to the stream that its model says',
    run: async (subject) => {
      const { positions } = await decideOn(subject.store, taking, { name: 'a', by: 'eve' }, { actor: 'eve' });
      await decideOn(subject.second, taking, { name: 'b', by: 'eve' });
      const [first, second, ...more] = await namesOf(subject, 'eve');
      assert.deepEqual(more, []);
      assert.deepEqual(
        [first?.position, first?.actor, first?.tags, second?.version],
        [positions[0], 'eve', ['name:a', 'by:eve'], 2],
      );
      assert.deepEqual((await repository(subject.store, owner).load('eve')).state, ['a', 'b']);
    },
  },
  {
    name: 'of eight that decide about the same at once exactly one commits, in every round',
    run: async (subject) => {
      const rounds = Array.from({ length: subject.raceRounds ?? ROUNDS }, (_, round) => `${round}`);
      await inTurn(rounds, async (name) => {
        const racers = Array.from({ length: RACERS }, (_, racer) =>
          decideOn(handleOf(subject, racer), taking, { name, by: `${name}-${racer}` }),
        );
        const { succeeded, codes } = await endings(racers);
        assert.equal(succeeded, 1, `round ${name}: ${codes.join(', ')}`);
        assert.deepEqual(new Set(codes), new Set(['MORTAR_REQUEST_REFUSED']));
      });
      assert.deepEqual((await taken(subject)).map(({ name }) => name).sort(), rounds.toSorted());
    },
  },
  {
    name: 'a rule over many streams holds, however many decide at once',
    run: async (subject) => {
      const { succeeded, codes } = await endings(
        CALLERS.map((caller) =>
          decideOn(handleOf(subject, caller), taking, { name: `${caller}`, by: `${caller % 3}` }),
        ),
      );
      assert.equal(succeeded, 3 * MOST_NAMES, 'each of three takes as many as there may be');
      assert.deepEqual(new Set(codes), new Set(['MORTAR_REQUEST_REFUSED']));
      await inTurn(['0', '1', '2'], async (by) =>
        assert.equal((await namesOf(subject, by)).length, MOST_NAMES, `names of ${by}`),
      );
    },
  },
  {
    name: 'what the query would not have found disturbs no decision',
    run: async (subject) => {
      let appends = 0;
      const busy = withEvents(subject.store, (events) => ({
        append: async (appended, condition) => {
          appends += 1;
          await decideOn(subject.second, taking, { name: `other-${appends}`, by: 'other' });
          return events.append(appended, condition);
        },
      }));
      await decideOn(busy, taking, { name: 'a', by: 'eve' });
      assert.equal(appends, 1);
    },
  },
  {
    name: 'a decision that always loses is decided anew as often as its model allows, and no more',
    run: async (subject) => {
      let appends = 0;
      const contested = withEvents(subject.store, (events) => ({
        append: async (appended, condition) => {
          appends += 1;
          const [change] = appended;
          assert.ok(change !== undefined);
          // A rival's event, which the query finds, and which is no reason to refuse.
          const rival = change.events.map((event) => ({
            ...event,
            id: newId(),
            payload: '{"name":"z","by":"z"}',
            tags: ['name:a'],
          }));
          await subject.second.events.append([{ events: rival }]);
          return events.append(appended, condition);
        },
      }));
      const bounded = { ...taking, retries: 2 };
      const call = decideOn(contested, bounded, { name: 'a', by: 'eve' });
      await assert.rejects(call, { code: 'MORTAR_APPEND_CONFLICT' });
      assert.equal(appends, 3);
      assert.deepEqual(await namesOf(subject, 'eve'), []);
    },
  },
];

function namesOf(subject: SourcingSubject, by: string) {
  const stream: StreamId = streamId(`owner-${by}`);
  return entriesOf(subject, stream);
}

async function taken({ store }: SourcingSubject): Promise<readonly Taking[]> {
  const { entries } = await store.events.readAll({ filter: { types: [NameTaken.name] }, limit: 10_000 });
  return entries.map(({ payload }) => JSON.parse(payload));
}
