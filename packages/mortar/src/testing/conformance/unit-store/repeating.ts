import assert from 'node:assert/strict';
import type { Unit } from '../../../unit-of-work/index.js';
import { appendTo, logHolds, ORDER, someEvents } from '../event-store/subject.js';
import {
  aUnit,
  commitAtOnce,
  commits,
  fails,
  handlesOf,
  resultOf,
  type UnitStoreCase,
  type UnitStoreSubject,
  writing,
} from './subject.js';

/** Of eight that commit one unit, one does, and all hear that it is committed. */
async function race(
  { effects }: UnitStoreSubject,
  handles: Parameters<typeof commitAtOnce>[0],
  appendsOf: () => Unit['appends'],
): Promise<void> {
  for (let round = 0; round < 6; round += 1) {
    const unit = aUnit({
      writes: [(tx) => effects.insert(tx, `effect ${round}`, 'x')],
      appends: appendsOf(),
    });
    const outcomes = await commitAtOnce(
      handles,
      Array.from({ length: 8 }, () => unit),
    );
    const results = outcomes.map((outcome) => resultOf(outcome).append);
    assert.equal(
      results.filter(({ isRepeated }) => !isRepeated).length,
      1,
      `in round ${round}, one is the first`,
    );
    for (const { positions } of results) assert.deepEqual(positions, results[0]?.positions);
  }
  assert.equal(Object.keys(await effects.all()).length, 6);
}

/** A unit that was committed, and comes again because its outcome was not known, changes nothing. */
export const repeatingCases: readonly UnitStoreCase[] = [
  {
    name: 'a repeated unit with events is known by them, and its writes do not run',
    run: async ({ events, units, effects }) => {
      const added = someEvents(2);
      let runs = 0;
      const unit = aUnit({
        writes: [
          (tx) => {
            runs += 1;
            return effects.insert(tx, 'a', 'x');
          },
        ],
        appends: [{ streamId: ORDER, events: added, expectedVersion: 'noStream' }],
      });
      const { append } = await commits(units, unit);
      const before = runs;
      await appendTo(events, ORDER);
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual(await commits(units, unit), {
          append: { ...append, isRepeated: true },
          written: [],
        });
      assert.equal(runs, before);
      assert.equal((await events.statistics()).events, 3);
    },
  },
  {
    name: 'a repeated unit of writes alone is known by its id, and they do not run',
    run: async ({ units, effects }) => {
      const unit = writing((tx) => effects.insert(tx, 'a', 'x'));
      assert.equal((await commits(units, unit)).append.isRepeated, false);
      for (let time = 0; time < 2; time += 1)
        assert.deepEqual(await commits(units, unit), {
          append: { positions: [], versions: [], isRepeated: true },
          written: [],
        });
      assert.deepEqual(await effects.all(), { a: 'x' });
    },
  },
  {
    name: 'two units of the same writes are two units',
    run: async ({ units, effects }) => {
      let count = 0;
      const write: Unit['writes'][number] = (tx) => {
        count += 1;
        return effects.insert(tx, `${count}`, 'x');
      };
      await commits(units, writing(write));
      await commits(units, writing(write));
      assert.equal(Object.keys(await effects.all()).length, 2);
    },
  },
  {
    name: 'a unit of which only some events are known is refused, and its writes do not count',
    run: async ({ events, units, effects }) => {
      const added = someEvents(2);
      await appendTo(events, ORDER, added.slice(0, 1));
      const unit = aUnit({
        writes: [(tx) => effects.insert(tx, 'a', 'x')],
        appends: [{ streamId: ORDER, events: added }],
      });
      await fails(units, unit, 'MORTAR_EVENT_DUPLICATE');
      assert.deepEqual(await effects.all(), {});
      await logHolds(events, added.slice(0, 1));
    },
  },
  {
    name: 'a unit that failed is not known, and may come again',
    run: async ({ events, units, effects }) => {
      for (const added of [[], someEvents(1)]) {
        const appends = added.length === 0 ? [] : [{ events: added }];
        const unit = aUnit({ writes: [(tx) => effects.insert(tx, `${added.length}`, 'x')], appends });
        const failing = { ...unit, writes: [...unit.writes, () => Promise.reject(new Error('no'))] };
        assert.equal((await units.commit([failing]))[0]?.ok, false);
        assert.equal((await commits(units, unit)).append.isRepeated, false);
      }
      assert.deepEqual(await effects.all(), { 0: 'x', 1: 'x' });
      assert.equal((await events.statistics()).events, 1);
    },
  },
  {
    name: 'cleaning up forgets the ids of units from before a time',
    run: async ({ units, effects }) => {
      const unit = writing((tx) => effects.get(tx, 'a'));
      await commits(units, unit);
      assert.equal(await units.cleanUp({ inboxBefore: 1 }), 0);
      assert.equal((await commits(units, unit)).append.isRepeated, true);
      assert.equal(await units.cleanUp({ inboxBefore: 8.64e15 }), 1);
      assert.equal((await commits(units, unit)).append.isRepeated, false);
    },
  },
  {
    name: 'of 8 at once that commit one unit of writes, one does',
    run: async (subject) => race(subject, [subject.units], () => []),
  },
  {
    name: 'of 8 at once that commit one unit of writes and events, one does',
    run: async (subject) => race(subject, [subject.units], () => [{ events: someEvents(2) }]),
  },
  {
    name: 'of 8 on two handles that commit one unit of writes, one does',
    needs: 'second handle',
    run: async (subject) => race(subject, handlesOf(subject), () => []),
  },
  {
    name: 'of 8 on two handles that commit one unit of writes and events, one does',
    needs: 'second handle',
    run: async (subject) =>
      race(subject, handlesOf(subject), () => [{ streamId: ORDER, events: someEvents(2) }]),
  },
];
