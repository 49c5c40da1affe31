import assert from 'node:assert/strict';
import type { OpenStore } from '../../../delivery/index.js';
import type { ScheduledEvent, Unit } from '../../../unit-of-work/index.js';
import { anEvent, refuses } from '../event-store/subject.js';
import { batchOf, committed, type DeliveryStoreCase, leased, unitOf, until } from './subject.js';

const PAST = 1_000_000_000_000;
const FUTURE = 4_000_000_000_000;

function scheduledAt(dueAt: number, name?: string): ScheduledEvent {
  const event = anEvent({ tags: ['a'], metadata: { by: 'ada' }, payload: '{"ü":1}' });
  return { name: name ?? event.id, dueAt, event };
}

async function commit({ units }: OpenStore, parts: Partial<Unit>): Promise<void> {
  const [outcome] = await units.commit([unitOf([], parts)]);
  assert.ok(outcome?.ok, 'the unit is committed');
}

/** What is scheduled waits for its time, by the clock of the store. */
export const schedulingCases: readonly DeliveryStoreCase[] = [
  {
    name: 'in an empty store nothing is due',
    run: async ({ store: { deliveries } }) => {
      assert.deepEqual(await deliveries.due(10), { events: [], nextAt: undefined });
      assert.deepEqual(await deliveries.scheduled(['a']), []);
    },
  },
  {
    name: 'what is due comes back as it was scheduled, the earliest first, and when the next is',
    run: async ({ store }) => {
      const [second, first, later, last] = [
        scheduledAt(PAST + 1),
        scheduledAt(PAST),
        scheduledAt(FUTURE),
        scheduledAt(FUTURE + 1),
      ];
      await commit(store, { schedule: [second, first, last, later] });
      assert.deepEqual(await store.deliveries.due(10), { events: [first, second], nextAt: FUTURE });
      assert.deepEqual(await store.deliveries.due(1), { events: [first], nextAt: PAST + 1 });
    },
  },
  {
    name: 'what is not due becomes due',
    run: async ({ store }) => {
      await commit(store, { schedule: [scheduledAt(Date.now() + 400)] });
      const { nextAt } = await store.deliveries.due(10);
      assert.ok(nextAt !== undefined);
      await until(async () => (await store.deliveries.due(10)).events[0], 'an event becomes due');
    },
  },
  {
    name: 'of one name, the last counts',
    run: async ({ store }) => {
      const next = scheduledAt(PAST + 5, 'reminder');
      await commit(store, { schedule: [scheduledAt(PAST, 'reminder')] });
      await commit(store, { schedule: [next] });
      assert.deepEqual((await store.deliveries.due(10)).events, [next]);
      assert.deepEqual(await store.deliveries.scheduled(['reminder', 'none']), [next]);
    },
  },
  {
    name: 'what is unscheduled does not come',
    run: async ({ store }) => {
      await commit(store, { schedule: [scheduledAt(PAST, 'a'), scheduledAt(PAST, 'b')] });
      await commit(store, { unschedule: ['a', 'none'] });
      assert.deepEqual(
        (await store.deliveries.due(10)).events.map(({ name }) => name),
        ['b'],
      );
    },
  },
  {
    name: 'what has fired is gone, unless another one is under its name by now',
    run: async ({ store }) => {
      const [a, b] = [scheduledAt(PAST, 'a'), scheduledAt(PAST, 'b')];
      const changed = scheduledAt(PAST, 'b');
      await commit(store, { schedule: [a, b] });
      await commit(store, { schedule: [changed] });
      const fired = [a, b].map(({ name, event }) => ({ name, eventId: event.id }));
      await commit(store, { appends: [{ events: [a.event, b.event] }], fired });
      assert.deepEqual((await store.deliveries.due(10)).events, [changed]);
      assert.equal((await store.events.readAll()).entries.length, 2);
    },
  },
  {
    name: 'what fires may schedule the next under its name',
    run: async ({ store }) => {
      const [now, next] = [scheduledAt(PAST, 'daily'), scheduledAt(FUTURE, 'daily')];
      await commit(store, { schedule: [now] });
      await commit(store, {
        appends: [{ events: [now.event] }],
        fired: [{ name: 'daily', eventId: now.event.id }],
        schedule: [next],
      });
      assert.deepEqual(await store.deliveries.due(10), { events: [], nextAt: FUTURE });
    },
  },
  {
    name: 'a unit that fails schedules nothing',
    run: async ({ store }) => {
      const lease = await leased(store);
      const failing = unitOf([], {
        schedule: [scheduledAt(PAST)],
        writes: [
          () => {
            throw new Error('no');
          },
        ],
      });
      const outcome = await store.deliveries.commit(batchOf(lease, { units: [failing] }));
      assert.equal(outcome.ok, false);
      assert.deepEqual((await store.deliveries.due(10)).events, []);
      await committed(
        store.deliveries,
        batchOf(lease, { units: [unitOf([], { schedule: [scheduledAt(PAST)] })] }),
      );
      assert.equal((await store.deliveries.due(10)).events.length, 1);
    },
  },
  {
    name: 'a limit out of bounds is refused',
    run: async ({ store: { deliveries } }) => {
      for (const limit of [0, 10_001, 1.5]) await refuses(deliveries.due(limit), 'MORTAR_OPTIONS_INVALID');
    },
  },
  {
    name: 'whoever watches is told of what is scheduled',
    run: async ({ store, second }) => {
      let calls = 0;
      const end = (second ?? store).deliveries.watch(() => {
        calls += 1;
      });
      await commit(store, { schedule: [scheduledAt(FUTURE)] });
      await until(async () => (calls > 0 ? calls : undefined), 'the watcher is called');
      end();
    },
  },
];
