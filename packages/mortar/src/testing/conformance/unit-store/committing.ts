import assert from 'node:assert/strict';
import { BEGINNING, position, streamId, version } from '../../../event-store/index.js';
import type { Unit } from '../../../unit-of-work/index.js';
import {
  anEvent,
  appendTo,
  holds,
  logHolds,
  ORDER,
  publish,
  someEvents,
  walk,
} from '../event-store/subject.js';
import { aUnit, codesOf, commitAtOnce, commits, fails, resultOf, type UnitStoreCase } from './subject.js';

const NOTHING = { positions: [], versions: [], isRepeated: false };

/** What a unit holds commits together or not at all; one unit is nothing to another. */
export const committingCases: readonly UnitStoreCase[] = [
  {
    name: 'the events of a unit are appended, and the unit answers as an append does',
    run: async ({ events, units }) => {
      const [inStream, free] = [someEvents(2), someEvents(1)];
      const { append, written } = await commits(
        units,
        aUnit({
          appends: [{ streamId: ORDER, events: inStream, expectedVersion: 'noStream' }, { events: free }],
        }),
      );
      assert.deepEqual(append.versions, [2, undefined]);
      assert.equal(append.isRepeated, false);
      assert.deepEqual(written, []);
      await holds(events, ORDER, inStream);
      const places = new Map((await walk(events)).map((entry) => [entry.id, entry.position]));
      assert.deepEqual(
        append.positions,
        [...inStream, ...free].map(({ id }) => places.get(id)),
      );
    },
  },
  {
    name: 'a unit of nothing is committed, and no units are',
    run: async ({ units }) => {
      assert.deepEqual(await commits(units, aUnit()), { append: NOTHING, written: [] });
      assert.deepEqual(await units.commit([]), []);
    },
  },
  {
    name: 'units have their outcomes in their order',
    run: async ({ units }) => {
      const outcomes = await units.commit(
        [1, 2, 3, 4].map((count) => aUnit({ appends: [{ events: someEvents(count) }] })),
      );
      assert.deepEqual(
        outcomes.map((outcome) => resultOf(outcome).append.positions.length),
        [1, 2, 3, 4],
      );
    },
  },
  {
    name: 'units of one commit come one after the other',
    run: async ({ events, units }) => {
      const added = someEvents(5);
      const outcomes = await units.commit(
        added.map((event, index) =>
          aUnit({ appends: [{ streamId: ORDER, events: [event], expectedVersion: version(index) }] }),
        ),
      );
      assert.deepEqual(
        outcomes.map((outcome) => resultOf(outcome).append.versions),
        [[1], [2], [3], [4], [5]],
      );
      await holds(events, ORDER, added);
      await logHolds(events, added);
    },
  },
  {
    name: 'the failure of one unit is its own: those before and after it are committed',
    run: async ({ events, units, effects }) => {
      const unitOf = (name: string, expectedVersion: 'any' | 'streamExists'): Unit =>
        aUnit({
          writes: [(tx) => effects.insert(tx, name, 'x')],
          appends: [{ streamId: ORDER, events: [anEvent({ payload: `"${name}"` })], expectedVersion }],
        });
      const outcomes = await units.commit([
        unitOf('a', 'streamExists'),
        unitOf('b', 'any'),
        { ...unitOf('c', 'any'), id: 'not an id' },
        unitOf('b', 'any'),
        unitOf('d', 'streamExists'),
      ]);
      assert.deepEqual(codesOf(outcomes), [
        'MORTAR_VERSION_CONFLICT',
        'ok',
        'MORTAR_OPTIONS_INVALID',
        'MORTAR_CONSTRAINT_VIOLATED',
        'ok',
      ]);
      assert.deepEqual(await effects.all(), { b: 'x', d: 'x' });
      const payloads = (await events.readStream(ORDER)).map(({ payload }) => payload);
      assert.deepEqual(payloads, ['"b"', '"d"']);
    },
  },
  {
    name: 'an append that is refused undoes the writes of its unit',
    run: async ({ events, units, effects }) => {
      const known = anEvent();
      await appendTo(events, ORDER, [known]);
      const closed = streamId('closed-1');
      await appendTo(events, closed);
      await events.setStreamState(closed, 'archived');
      const write = (tx: Parameters<typeof effects.insert>[0]): Promise<void> => effects.insert(tx, 'a', 'x');
      const refused: readonly (readonly [Unit['appends'][number], Parameters<typeof fails>[2]])[] = [
        [{ streamId: ORDER, events: someEvents(1), expectedVersion: 'noStream' }, 'MORTAR_VERSION_CONFLICT'],
        [{ streamId: closed, events: someEvents(1) }, 'MORTAR_STREAM_CLOSED'],
        [{ events: [{ ...known, payload: '2' }] }, 'MORTAR_EVENT_DUPLICATE'],
        [{ events: [] }, 'MORTAR_OPTIONS_INVALID'],
      ];
      for (const [append, code] of refused) {
        const first = { events: someEvents(1) };
        await fails(units, aUnit({ writes: [write], appends: [first, append] }), code);
      }
      assert.deepEqual(await effects.all(), {});
      assert.equal((await events.statistics()).events, 2);
    },
  },
  {
    name: 'a unit under a condition happens only if it holds, also one that appends nothing',
    run: async ({ events, units, effects }) => {
      await publish(events, [anEvent({ tags: ['a'] })]);
      const head = await events.head();
      const unitOf = (name: string, after: number, appends: Unit['appends']): Unit =>
        aUnit({
          writes: [(tx) => effects.insert(tx, name, 'x')],
          appends,
          condition: { query: [{ tags: ['a'] }], after: position(after) },
        });
      await fails(units, unitOf('a', BEGINNING, [{ events: someEvents(1) }]), 'MORTAR_APPEND_CONFLICT');
      await fails(units, unitOf('b', BEGINNING, []), 'MORTAR_APPEND_CONFLICT');
      await commits(units, unitOf('c', head, [{ events: someEvents(1) }]));
      await commits(units, unitOf('d', head, []));
      assert.deepEqual(await effects.all(), { c: 'x', d: 'x' });
    },
  },
  {
    name: 'of 8 units under one condition one is committed, round after round',
    run: async ({ events, units, effects }) => {
      for (let round = 0; round < 10; round += 1) {
        const after = await events.head();
        const racers = Array.from({ length: 8 }, (_, racer) =>
          aUnit({
            writes: racer % 2 === 0 ? [(tx) => effects.insert(tx, `${round}-${racer}`, 'x')] : [],
            appends: [{ events: [anEvent({ tags: ['seat'] })] }],
            condition: { query: [{ tags: ['seat'] }], after },
          }),
        );
        const codes = codesOf(await commitAtOnce([units], racers));
        assert.deepEqual(
          codes.filter((code) => code !== 'MORTAR_APPEND_CONFLICT'),
          ['ok'],
          `round ${round}`,
        );
      }
      assert.equal((await events.statistics()).events, 10);
      assert.ok(Object.keys(await effects.all()).length <= 10);
    },
  },
  {
    name: 'two hundred units at once, beside appends: each is committed for itself',
    run: async ({ events, units, effects }) => {
      const committing = Array.from({ length: 200 }, async (_, index) => {
        const isRefused = index % 10 === 0;
        const [outcome] = await units.commit([
          aUnit({
            writes: index % 4 === 0 ? [(tx) => effects.insert(tx, `${index}`, 'x')] : [],
            appends: [
              {
                streamId: ORDER,
                events: someEvents(1),
                expectedVersion: isRefused ? version(1_000_000) : 'any',
              },
            ],
          }),
        ]);
        assert.equal(outcome?.ok, !isRefused, `unit ${index}`);
      });
      await Promise.all([...committing, ...Array.from({ length: 50 }, () => appendTo(events, ORDER))]);
      const entries = await events.readStream(ORDER);
      assert.deepEqual(
        entries.map((entry) => entry.version),
        Array.from({ length: 230 }, (_, index) => index + 1),
      );
      assert.equal(Object.keys(await effects.all()).length, 40, 'every fourth, but for every twentieth');
    },
  },
  {
    name: 'malformed units fail, and do not reject',
    run: async ({ events, units }) => {
      const event = anEvent();
      const malformed: readonly unknown[] = [
        { id: '' },
        { id: undefined },
        { appends: undefined },
        { appends: {} },
        { extra: 1 },
        { keep: { key: '', digest: 'd', result: () => '', expiresAt: 1 } },
        { keep: { key: 'a\0', digest: 'd', result: () => '', expiresAt: 1 } },
        { keep: { key: 'a', digest: 'd', result: 'x', expiresAt: 1 } },
        { keep: { key: 'a', digest: 'd', result: () => '', expiresAt: Number.NaN } },
        { inbox: { subscription: '', messageId: 'a' } },
        { inbox: { subscription: 'a', messageId: '\ud800' } },
        { schedule: {} },
        { schedule: [{ name: '', dueAt: 1, event }] },
        { schedule: [{ name: 'a', dueAt: 1.5, event }] },
        { unschedule: 'a' },
        { unschedule: [7] },
      ];
      const outcomes = await units.commit(malformed.map((parts) => ({ ...aUnit(), ...Object(parts) })));
      assert.deepEqual(new Set(codesOf(outcomes)), new Set(['MORTAR_OPTIONS_INVALID']));
      await logHolds(events, []);
    },
  },
  {
    name: 'a watcher is called back when a unit has appended',
    run: async ({ events, units }) => {
      let stop: () => void = () => undefined;
      const call = new Promise<void>((resolve) => {
        stop = events.watch(resolve);
      });
      await commits(units, aUnit({ appends: [{ events: someEvents(1) }] }));
      await call;
      stop();
    },
  },
];
