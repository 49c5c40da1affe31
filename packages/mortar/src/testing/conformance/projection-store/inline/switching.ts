import assert from 'node:assert/strict';
import type { OpenStore } from '../../../../delivery/index.js';
import { MortarError } from '../../../../errors/index.js';
import { type EncodedEvent, type LogEntry, position } from '../../../../event-store/index.js';
import {
  type Fold,
  type GenerationName,
  INLINE_OWNER,
  type Promotion,
  sortableOf,
  subscriptionOf,
} from '../../../../read-models/index.js';
import {
  batchOf,
  type DeliveryStoreCase,
  deathOf,
  heldKey,
  LONG_MS,
  placeOf,
} from '../../delivery-store/subject.js';
import { anEvent, idsOf, refuses, someEvents } from '../../event-store/subject.js';
import { comeTo, hasGenerations, TOTALS, twoGenerations } from '../subject.js';

const TYPE = 'shop.counted';
const NOTES = { name: 'notes', fields: ['count'], indexes: [] };

/** Events of the type that is inline in these cases. */
export function counted(count = 1): readonly EncodedEvent[] {
  return someEvents(count, { type: TYPE });
}

/** Folds nothing, and notes what it is given. */
export function seeing(seen: LogEntry[] = []): Fold {
  return async (_, entries) => void seen.push(...entries);
}

/** Keeps the ids of entries in a document. */
const noting: Fold = async (tx, entries) => {
  const [before] = await tx.readDocuments(NOTES.name, '', ['all']);
  const ids = [...(JSON.parse(before?.body ?? '[]') as readonly string[]), ...idsOf(entries)];
  const document = { tenant: '', key: 'all', body: JSON.stringify(ids), values: [sortableOf(ids.length)] };
  await tx.changeDocuments([{ kind: 'put', collection: NOTES.name, document }]);
};

/** Makes a generation inline for the type of these cases. */
export function promote(
  { projections }: Pick<OpenStore, 'projections'>,
  name: GenerationName,
  fold: Fold = seeing(),
  options?: { readonly force?: boolean },
): Promise<Promotion> {
  return projections.promote(name, [TYPE], fold, options);
}

/** The first generation, which is inline, with the log as it is. */
export async function inlined(store: OpenStore, code = 'old'): Promise<GenerationName> {
  const generation = await store.projections.begin(TOTALS, code);
  await store.deliveries.register(subscriptionOf(generation), 'beginning', 1);
  assert.deepEqual(await promote(store, generation), { kind: 'ok' });
  return generation;
}

/** Asserts which generations are inline, and answers with the epoch. */
export async function areInline({ projections }: OpenStore, ...numbers: readonly number[]): Promise<number> {
  const { epoch, generations } = await projections.inlines();
  assert.deepEqual(
    generations.map(({ number }) => number),
    numbers,
  );
  assert.equal(epoch === 0, numbers.length === 0, `${epoch} for ${numbers.length}`);
  const all = await projections.generations(TOTALS);
  assert.deepEqual(
    all.filter(({ isInline }) => isInline).map(({ number }) => number),
    numbers,
  );
  return epoch;
}

async function append(store: OpenStore, events: readonly EncodedEvent[]): Promise<void> {
  const { epoch } = await store.projections.inlines();
  await store.events.append([{ events }], undefined, epoch);
}

async function checkpointOf({ deliveries }: OpenStore, name: GenerationName) {
  const [checkpoint] = await deliveries.checkpoints(subscriptionOf(name));
  assert.ok(checkpoint !== undefined);
  return checkpoint;
}

/** Asserts that the checkpoint of a generation is at the head, that there is nothing ahead, and that the lease is free. */
async function isFreeAtHead(store: OpenStore, name: GenerationName): Promise<void> {
  const { low, ahead, isLeased } = await checkpointOf(store, name);
  assert.deepEqual({ low, ahead, isLeased }, { low: await store.events.head(), ahead: [], isLeased: false });
}

/** A generation becomes inline with all of the log in it, and is left with an exact checkpoint. */
export const inliningCases: readonly DeliveryStoreCase[] = [
  {
    name: 'one whose checkpoint is ahead of the log does not become inline',
    run: async ({ store }) => {
      await store.events.append([{ events: counted(3) }]);
      const generation = await store.projections.begin(TOTALS, 'old');
      await comeTo(store, generation, 100);
      await refuses(promote(store, generation), 'MORTAR_CHECKPOINT_AHEAD');
      assert.equal((await store.projections.inlines()).epoch, 0);
      const [checkpoint] = await store.deliveries.checkpoints(subscriptionOf(generation));
      assert.equal(checkpoint?.low, 100);
    },
  },
  {
    name: 'none is inline at first',
    run: async ({ store }) => {
      assert.deepEqual(await store.projections.inlines(), { epoch: 0, generations: [] });
      const { active } = await twoGenerations(store);
      assert.equal(active.isInline, false);
      assert.equal(await store.projections.demote(active), false);
      await areInline(store);
    },
  },
  {
    name: 'one that is told of, and each change has an epoch of its own; 0 stands for none',
    run: async ({ store }) => {
      const generation = await inlined(store);
      const epochs = [await areInline(store, 1)];
      assert.deepEqual(await store.projections.inlines(), {
        epoch: epochs[0],
        generations: [{ projection: TOTALS, number: 1, fingerprint: 'old', types: [TYPE] }],
      });
      assert.deepEqual(await promote(store, generation), { kind: 'ok' });
      assert.equal(await areInline(store, 1), epochs[0], 'it was so already');
      for (let round = 0; round < 3; round += 1) {
        assert.equal(await store.projections.demote(generation), true);
        await areInline(store);
        assert.deepEqual(await promote(store, generation), { kind: 'ok' });
        epochs.push(await areInline(store, 1));
      }
      assert.equal(new Set(epochs).size, epochs.length, `${epochs}`);
    },
  },
  {
    name: 'what is in the log after its checkpoint is folded first, in its order, and of its types alone',
    run: async ({ store }) => {
      const { active } = await twoGenerations(store);
      await store.documents.make(NOTES);
      const before = counted(3);
      const rest = counted(5);
      await append(store, before);
      await comeTo(store, active, await store.events.head());
      for (const event of rest) await append(store, [anEvent(), event]);
      const seen: LogEntry[] = [];
      const fold: Fold = async (tx, entries) => {
        seen.push(...entries);
        await noting(tx, entries);
      };
      assert.deepEqual(await promote(store, active, fold), { kind: 'ok' });
      assert.deepEqual(idsOf(seen), idsOf(rest));
      assert.ok(seen.every(({ position: at }) => at > 3));
      const [note] = await store.documents.read(NOTES.name, '', ['all']);
      assert.equal(note?.body, JSON.stringify(idsOf(rest)));
      await areInline(store, 1);
    },
  },
  {
    name: 'with much before it, it is behind, and nobody is stopped for that',
    run: async ({ store }) => {
      const { active } = await twoGenerations(store);
      const seen: LogEntry[] = [];
      assert.deepEqual(await promote(store, active, seeing(seen)), { kind: 'behind' }, 'it was never begun');
      await store.deliveries.register(subscriptionOf(active), 'beginning', 1);
      for (let pages = 0; pages < 4; pages += 1) await append(store, counted(250));
      await append(store, someEvents(50));
      await append(store, counted());
      assert.deepEqual(await promote(store, active, seeing(seen)), { kind: 'behind' });
      assert.deepEqual(seen, []);
      await areInline(store);
      await comeTo(store, active, 1);
      assert.deepEqual(await promote(store, active, seeing(seen)), { kind: 'ok' });
      assert.equal(seen.length, 1_000);
    },
  },
  {
    name: 'one that is paused, or of which something waits, is not made inline, unless it is forced',
    run: async ({ store }) => {
      const { active } = await twoGenerations(store);
      const subscription = subscriptionOf(active);
      await append(store, counted());
      const { entries } = await store.events.readAll();
      const [entry] = entries;
      assert.ok(entry !== undefined);
      await comeTo(store, active, 1, { hold: [heldKey()], letters: [deathOf(entry)] });
      const unresolved = { kind: 'unresolved', heldKeys: 1, deadLetters: 1 };
      assert.deepEqual(await promote(store, active), unresolved);
      await store.deliveries.setPaused(subscription, true);
      assert.deepEqual(await promote(store, active, seeing(), { force: true }), { kind: 'paused' });
      await areInline(store);
      await store.deliveries.setPaused(subscription, false);
      assert.deepEqual(await promote(store, active, seeing(), { force: true }), { kind: 'ok' });
      await areInline(store, 1);
    },
  },
  {
    name: 'whoever delivers to it has lost the lease, and nobody gets it while it is inline',
    run: async ({ store }) => {
      const { active } = await twoGenerations(store);
      const subscription = subscriptionOf(active);
      await store.deliveries.register(subscription, 'beginning', 1);
      const [lease] = await store.deliveries.acquire(subscription, [0], 'a', LONG_MS);
      assert.ok(lease !== undefined);
      await append(store, counted());
      assert.deepEqual(await promote(store, active), { kind: 'ok' });
      const late = batchOf(lease, { progress: [placeOf(lease, position(1))] });
      await refuses(store.deliveries.commit(late), 'MORTAR_LEASE_LOST');
      assert.deepEqual(await store.deliveries.renew([lease], LONG_MS), []);
      await store.deliveries.release([lease]);
      assert.deepEqual(await store.deliveries.acquire(subscription, [0], 'b', LONG_MS), []);
      const { owner, isLeased } = await checkpointOf(store, active);
      assert.deepEqual({ owner, isLeased }, { owner: INLINE_OWNER, isLeased: true });
      await append(store, [...counted(2), anEvent()]);
      await store.projections.demote(active);
      await isFreeAtHead(store, active);
      await refuses(store.deliveries.commit(late), 'MORTAR_LEASE_LOST');
      const [next] = await store.deliveries.acquire(subscription, [0], 'b', LONG_MS);
      assert.deepEqual({ low: next?.low, ahead: next?.ahead }, { low: await store.events.head(), ahead: [] });
    },
  },
  {
    name: 'where its subscription was forgotten meanwhile, it is followed from the head on all the same',
    run: async ({ store }) => {
      const generation = await inlined(store);
      await append(store, counted(3));
      await store.deliveries.forget(subscriptionOf(generation));
      await append(store, counted(2));
      await store.projections.demote(generation);
      await store.deliveries.register(subscriptionOf(generation), 'beginning', 1);
      await isFreeAtHead(store, generation);
    },
  },
  {
    name: 'a fold that fails leaves everything as it was',
    run: async ({ store }) => {
      const { active, building } = await twoGenerations(store);
      await store.documents.make(NOTES);
      await append(store, counted(2));
      await comeTo(store, building, 1);
      await comeTo(store, active, 2);
      const before = await checkpointOf(store, building);
      const fold: Fold = async (tx, entries) => {
        await noting(tx, entries);
        throw new MortarError('MORTAR_FOLD_FAILED', { rule: 'a', expected: 'b', got: 'c' });
      };
      await refuses(promote(store, building, fold), 'MORTAR_FOLD_FAILED');
      await areInline(store);
      await hasGenerations(store, [1, 'old', 'active'], [2, 'new', 'building']);
      assert.deepEqual(await store.documents.read(NOTES.name, '', ['all']), []);
      assert.deepEqual(await checkpointOf(store, building), before);
      await append(store, counted());
      assert.deepEqual(await promote(store, building), { kind: 'ok' });
    },
  },
  {
    name: 'one that is being built takes the place of the one that is, with an exact checkpoint of that',
    run: async ({ store }) => {
      const old = await inlined(store);
      const building = await store.projections.begin(TOTALS, 'new');
      await append(store, counted(3));
      await store.deliveries.register(subscriptionOf(building), 'beginning', 1);
      const before = await areInline(store, 1);
      const seen: LogEntry[] = [];
      assert.deepEqual(await promote(store, building, seeing(seen)), { kind: 'ok' });
      assert.equal(seen.length, 3);
      assert.notEqual(await areInline(store, 2), before);
      await hasGenerations(store, [1, 'old', 'retired'], [2, 'new', 'active']);
      await isFreeAtHead(store, old);
      await refuses(promote(store, old), 'MORTAR_GENERATION_STATE');
    },
  },
  {
    name: 'the switch to another one ends it, with an exact checkpoint, and so does its code that begins anew',
    run: async ({ store }) => {
      const old = await inlined(store);
      const building = await store.projections.begin(TOTALS, 'new');
      await append(store, counted(3));
      await comeTo(store, building, 2);
      assert.deepEqual(await store.projections.activate(building), { kind: 'behind', low: 2, activeLow: 3 });
      await areInline(store);
      await isFreeAtHead(store, old);
      assert.deepEqual(await promote(store, old), { kind: 'ok' });
      await comeTo(store, building, 3);
      assert.deepEqual(await store.projections.activate(building), { kind: 'ok' });
      await areInline(store);
      await isFreeAtHead(store, old);
      assert.deepEqual(await promote(store, building), { kind: 'ok' });
      await append(store, counted(2));
      await store.projections.renew(TOTALS, 'new', 'building');
      await areInline(store, 2);
      await store.projections.cancel({ projection: TOTALS, number: 3 });
      await store.projections.renew(TOTALS, 'new', 'active');
      await areInline(store);
      await isFreeAtHead(store, building);
      await hasGenerations(
        store,
        [1, 'old', 'retired'],
        [2, 'new', 'retired'],
        [3, 'new', 'cancelled'],
        [4, 'new', 'active'],
      );
    },
  },
  {
    name: 'one that there is not, or that nobody builds, is not made inline',
    run: async ({ store }) => {
      const { building } = await twoGenerations(store);
      await refuses(promote(store, { projection: TOTALS, number: 9 }), 'MORTAR_GENERATION_MISSING');
      await refuses(store.projections.demote({ projection: TOTALS, number: 9 }), 'MORTAR_GENERATION_MISSING');
      await store.projections.cancel(building);
      await refuses(promote(store, building), 'MORTAR_GENERATION_STATE');
    },
  },
];
