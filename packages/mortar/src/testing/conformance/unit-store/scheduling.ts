import assert from 'node:assert/strict';
import type { ScheduledEvent } from '../../../unit-of-work/index.js';
import { anEvent, logHolds, someEvents } from '../event-store/subject.js';
import {
  aUnit,
  commitAtOnce,
  commits,
  fails,
  resultOf,
  type UnitStoreCase,
  type UnitStoreSubject,
} from './subject.js';

function due(name: string, parts: Partial<ScheduledEvent> = {}): ScheduledEvent {
  return { name, dueAt: 1, event: anEvent({ payload: JSON.stringify(name) }), ...parts };
}

/** Asserts that these events are scheduled, and no others. */
async function schedules(subject: UnitStoreSubject, expected: readonly ScheduledEvent[]): Promise<void> {
  const byName = (all: readonly ScheduledEvent[]): readonly ScheduledEvent[] =>
    [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(byName(await subject.scheduled()), byName(expected));
}

/** Events that wait for their time are kept with the unit that wants them. */
export const schedulingCases: readonly UnitStoreCase[] = [
  {
    name: 'a scheduled event is kept as it was given, and is not in the log',
    run: async (subject) => {
      const event = anEvent({
        type: 'shop.order-expired',
        schemaVersion: 3,
        key: 'k é',
        priority: 'low',
        causationId: 'c',
        actor: 'anna',
        tenant: 'acme',
        traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        metadata: { a: '😀', ['__proto__']: 'x' },
        tags: ['x', 'y'],
        payload: '{ "a" : 1.0, "b":"\\u0041😀" }',
      });
      const [full, plain] = [due('full', { event }), due("'; DROP TABLE scheduled;--", { dueAt: 2 })];
      await commits(subject.units, aUnit({ schedule: [full, plain] }));
      await schedules(subject, [full, plain]);
      await logHolds(subject.events, []);
    },
  },
  {
    name: 'of one name, the last event counts',
    run: async (subject) => {
      const [first, second, third, other] = [due('a'), due('a', { dueAt: 2 }), due('a'), due('b')];
      await commits(subject.units, aUnit({ schedule: [first, other] }));
      await commits(subject.units, aUnit({ schedule: [second] }));
      await schedules(subject, [second, other]);
      await commits(subject.units, aUnit({ schedule: [first, second, third] }));
      await schedules(subject, [third, other]);
    },
  },
  {
    name: 'a name that is no longer wanted is gone; one that is not there does not matter',
    run: async (subject) => {
      const [a, b] = [due('a'), due('b')];
      await commits(subject.units, aUnit({ schedule: [a, b], unschedule: ['nobody'] }));
      await commits(subject.units, aUnit({ unschedule: ['a', 'a', 'A', 'nobody'] }));
      await schedules(subject, [b]);
    },
  },
  {
    name: 'a unit that takes a name off and schedules it anew ends with the new event',
    run: async (subject) => {
      const [old, anew] = [due('a'), due('a', { dueAt: 2 })];
      await commits(subject.units, aUnit({ schedule: [old] }));
      await commits(subject.units, aUnit({ unschedule: ['a'], schedule: [anew] }));
      await schedules(subject, [anew]);
    },
  },
  {
    name: 'a unit that fails schedules nothing and takes nothing off',
    run: async (subject) => {
      const a = due('a');
      await commits(subject.units, aUnit({ schedule: [a] }));
      const failing = aUnit({
        schedule: [due('b'), due('a', { dueAt: 2 })],
        unschedule: ['a'],
        condition: { query: [{}], after: await subject.events.head() },
        writes: [() => Promise.reject(new Error('no'))],
      });
      assert.equal((await subject.units.commit([failing]))[0]?.ok, false);
      await fails(
        subject.units,
        aUnit({ unschedule: ['a'], appends: [{ events: [] }] }),
        'MORTAR_OPTIONS_INVALID',
      );
      await schedules(subject, [a]);
    },
  },
  {
    name: 'an event that several move into the log at once is there once',
    run: async (subject) => {
      const { units, events, second } = subject;
      const a = due('a');
      await commits(units, aUnit({ schedule: [a] }));
      const moves = Array.from({ length: 6 }, () =>
        aUnit({ appends: [{ events: [a.event] }], unschedule: ['a'] }),
      );
      for (const outcome of await commitAtOnce([units, second?.units ?? units], moves)) resultOf(outcome);
      await schedules(subject, []);
      await logHolds(events, [a.event]);
    },
  },
  {
    name: 'a hundred in one unit',
    run: async (subject) => {
      const all = Array.from({ length: 100 }, (_, index) => due(`n${index}`, { dueAt: index }));
      await commits(subject.units, aUnit({ schedule: all, appends: [{ events: someEvents(1) }] }));
      await schedules(subject, all);
    },
  },
];
