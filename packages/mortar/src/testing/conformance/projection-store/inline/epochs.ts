import assert from 'node:assert/strict';
import { newId } from '../../../../contracts/index.js';
import type { OpenStore } from '../../../../delivery/index.js';
import { BEGINNING, type EncodedEvent, streamId } from '../../../../event-store/index.js';
import { subscriptionOf } from '../../../../read-models/index.js';
import type { Unit } from '../../../../unit-of-work/index.js';
import { batchOf, type DeliveryStoreCase, leased, placeOf } from '../../delivery-store/subject.js';
import { anEvent, idsOf, logHolds, refuses, WRITERS, walk } from '../../event-store/subject.js';
import { aUnit, codesOf, kept } from '../../unit-store/subject.js';
import { secondOf } from '../subject.js';
import { areInline, counted, inlined, promote } from './switching.js';

const STALE = 'MORTAR_INLINE_STALE';

/** Ways to append an event, each saying an epoch, or nothing. Each rejects with the code of its error. */
const WAYS: Readonly<
  Record<string, (store: OpenStore, event: EncodedEvent, inlineEpoch?: number) => Promise<unknown>>
> = {
  'one event': (store, event, epoch) => store.events.append([{ events: [event] }], undefined, epoch),
  'one of a stream': (store, event, epoch) =>
    store.events.append([{ streamId: streamId('count-1'), events: [event] }], undefined, epoch),
  'one of a new stream': (store, event, epoch) =>
    store.events.append(
      [{ streamId: streamId(`count-${newId()}`), expectedVersion: 'noStream', events: [event] }],
      undefined,
      epoch,
    ),
  several: (store, event, epoch) =>
    store.events.append(
      [{ events: [event] }, { streamId: streamId('count-2'), events: [anEvent(), anEvent()] }],
      undefined,
      epoch,
    ),
  'on a condition': (store, event, epoch) =>
    store.events.append(
      [{ events: [event] }],
      { query: [{ types: ['nothing.such'] }], after: BEGINNING },
      epoch,
    ),
  'a unit of events': (store, event, epoch) => commit(store, event, {}, epoch),
  'a unit with writes': (store, event, epoch) => commit(store, event, { writes: [() => undefined] }, epoch),
  'a unit whose write publishes': async (store, event, epoch) => {
    const events: EncodedEvent[] = [];
    const appends: Unit['appends'][number][] = [];
    const write = (): void => {
      events.splice(0, 1, event);
      appends.splice(0, 1, { events });
    };
    return commit(store, undefined, { writes: [write], appends }, epoch);
  },
  'a unit with a result': (store, event, epoch) => commit(store, event, { keep: kept(newId()) }, epoch),
  'a unit on a condition': (store, event, epoch) =>
    commit(store, event, { condition: { query: [{ types: ['no.such'] }], after: BEGINNING } }, epoch),
  'a unit with projections': (store, event, epoch) =>
    commit(store, event, { project: async () => undefined }, epoch),
};

async function commit(
  store: OpenStore,
  event: EncodedEvent | undefined,
  parts: Partial<Unit>,
  inlineEpoch: number | undefined,
): Promise<void> {
  const appends = event === undefined ? {} : { appends: [{ events: [event] }] };
  const unit = aUnit({ ...appends, ...parts, ...(inlineEpoch === undefined ? {} : { inlineEpoch }) });
  const [outcome] = await store.units.commit([unit]);
  if (outcome?.ok !== true) throw outcome?.error;
}

/** Nobody appends an event who does not know which projections are inline by now. */
export const epochCases: readonly DeliveryStoreCase[] = [
  ...Object.entries(WAYS).map(
    ([way, append]): DeliveryStoreCase => ({
      name: `${way}: refused where what is known of inline projections is not so any more, and nothing is written`,
      run: async ({ store }) => {
        await append(store, anEvent());
        const generation = await inlined(store);
        const known = await walk(store.events);
        const epoch = await areInline(store, 1);
        for (const stale of [undefined, 0, epoch + 1, epoch - 1])
          await refuses(append(store, anEvent(), stale), STALE);
        assert.deepEqual(await walk(store.events), known);
        const event = anEvent();
        await append(store, event, epoch);
        const added = (await walk(store.events)).slice(known.length);
        assert.ok(idsOf(added).includes(event.id));
        await store.projections.demote(generation);
        await areInline(store);
        await refuses(append(store, anEvent(), epoch), STALE);
        await append(store, anEvent());
      },
    }),
  ),
  {
    name: 'a projection does not run for a unit that is refused for that',
    run: async ({ store }) => {
      await inlined(store);
      let calls = 0;
      const project = async (): Promise<void> => {
        calls += 1;
      };
      const [outcome] = await store.units.commit([
        aUnit({ appends: [{ streamId: streamId('count-1'), events: counted() }], project }),
      ]);
      assert.deepEqual(outcome === undefined ? [] : codesOf([outcome]), [STALE]);
      // Where it runs after the append it has not begun, and where it runs before that neither.
      assert.equal(calls, 0);
    },
  },
  {
    name: 'of units that are committed together, one that is refused for that does not fail the others',
    run: async ({ store }) => {
      await inlined(store);
      const inlineEpoch = await areInline(store, 1);
      const events = Array.from({ length: 6 }, () => anEvent());
      const units = events.map((event, index) =>
        aUnit({
          appends: [{ events: [event] }],
          ...(index % 3 === 1 ? {} : { inlineEpoch }),
          ...(index > 2 ? { keep: kept(newId()) } : {}),
        }),
      );
      const outcomes = await store.units.commit(units);
      assert.deepEqual(codesOf(outcomes), ['ok', STALE, 'ok', 'ok', STALE, 'ok']);
      await logHolds(
        store.events,
        events.filter((_, index) => index % 3 !== 1),
      );
    },
  },
  {
    name: 'of appends that come at once, in whatever way, those are refused that know something else',
    run: async ({ store }) => {
      await inlined(store);
      const epoch = await areInline(store, 1);
      const ways = Object.values(WAYS);
      const tried = WRITERS.flatMap((writer) =>
        ways.map(async (append, way) => {
          const isStale = (writer + way) % 2 > 0;
          const event = anEvent();
          // Streams that many write are for other cases.
          const appending = append(store, event, isStale ? epoch + 1 : epoch);
          if (isStale) await refuses(appending, STALE);
          else await appending;
          return isStale ? [] : [event.id];
        }),
      );
      const expected = (await Promise.all(tried)).flat();
      const found = new Set(idsOf(await walk(store.events)));
      assert.deepEqual(
        expected.filter((id) => !found.has(id)),
        [],
      );
    },
  },
  {
    name: 'a batch of deliveries is refused with its events, and its checkpoint stays',
    run: async ({ store }) => {
      await inlined(store);
      const inlineEpoch = await areInline(store, 1);
      const lease = await leased(store);
      const batch = (unit: Partial<Unit>) =>
        batchOf(lease, { progress: [placeOf(lease, 0)], units: [aUnit(unit)] });
      for (const more of [{}, { writes: [() => undefined] }, { project: async () => undefined }]) {
        const appends = [{ events: [anEvent()] }];
        const outcome = await store.deliveries.commit(batch({ appends, ...more }));
        assert.ok(!outcome.ok, 'it is refused');
        assert.equal((outcome.error as { code?: string }).code, STALE);
        assert.ok((await store.deliveries.commit(batch({ appends, inlineEpoch, ...more }))).ok);
      }
      assert.equal((await walk(store.events)).length, 3);
      assert.ok((await store.deliveries.commit(batch({}))).ok, 'one without events knows nothing of that');
    },
  },
  {
    name: 'what has no events needs no epoch',
    run: async ({ store }) => {
      await inlined(store);
      const units = [aUnit(), aUnit({ writes: [() => undefined] }), aUnit({ keep: kept('k') })];
      assert.deepEqual(codesOf(await store.units.commit(units)), ['ok', 'ok', 'ok']);
    },
  },
  {
    name: 'what was appended before is answered as then, whatever is inline by now',
    run: async ({ store }) => {
      for (const count of [1, 2]) {
        const appends = [{ events: counted(count) }];
        const first = await store.events.append(appends);
        const generation = await inlined(store);
        assert.deepEqual(await store.events.append(appends), { ...first, isRepeated: true });
        await store.projections.demote(generation);
        await areInline(store);
      }
    },
  },
  {
    name: 'what is appended in the same moment as one becomes inline is folded by that, or refused',
    run: async ({ store }) => {
      const generation = await inlined(store);
      for (let round = 0; round < 12; round += 1) {
        await store.projections.demote(generation);
        await areInline(store);
        const seen: string[] = [];
        const append = async (): Promise<string[]> => {
          const events = counted();
          const outcome = await store.events.append([{ events }]).then(
            () => 'ok',
            (error) => error.code,
          );
          assert.ok(outcome === 'ok' || outcome === STALE, outcome);
          return outcome === 'ok' ? [...idsOf(events)] : [];
        };
        const before = [append(), append()];
        const promoting = promote(store, generation, async (_, entries) => {
          seen.splice(0, seen.length, ...idsOf(entries));
        });
        const after = [append(), append()];
        assert.deepEqual(await promoting, { kind: 'ok' });
        const appended = (await Promise.all([...before, ...after])).flat();
        assert.deepEqual([...seen].sort(), appended.sort());
      }
    },
  },
  {
    name: 'sixteen that append while it changes are refused or know what is so: nothing is missed',
    needs: 'second handle',
    run: async (subject) => {
      const { store } = subject;
      const second = secondOf(subject);
      const generation = await inlined(store);
      const subscription = subscriptionOf(generation);
      // What whoever appends believes: whether he has to fold.
      const folded: string[] = [];
      let isOver = false;
      const appending = WRITERS.map(async (writer) => {
        const handle = writer % 2 ? second : store;
        for (let count = 0; count < 12; ) {
          const { epoch, generations } = await handle.projections.inlines();
          const [event] = counted();
          assert.ok(event !== undefined);
          const outcome = await handle.events.append([{ events: [event] }], undefined, epoch).then(
            () => 'ok',
            (error) => error.code,
          );
          if (outcome === STALE) continue;
          assert.equal(outcome, 'ok');
          count += 1;
          if (generations.length > 0) folded.push(event.id);
        }
      });
      const followed: string[] = [];
      const changing = (async () => {
        while (!isOver) {
          await store.projections.demote(generation);
          // What is followed in between begins at the checkpoint, and is gone on with by the promotion.
          const [lease] = await second.deliveries.acquire(subscription, [0], 'a', 60_000);
          assert.ok(lease !== undefined);
          const found = await promote(second, generation, async (_, entries) => {
            followed.splice(followed.length, 0, ...idsOf(entries));
          });
          assert.equal(found.kind, 'ok');
        }
      })();
      await Promise.all(appending);
      isOver = true;
      await changing;
      const all = idsOf(await walk(store.events));
      assert.deepEqual([...folded, ...followed].sort(), [...all].sort(), 'each once, in one of both ways');
    },
  },
];
