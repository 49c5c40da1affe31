import assert from 'node:assert/strict';
import { streamId } from '../../../event-store/index.js';
import type { Collection, DocumentChange, StoredDocument } from '../../../read-models/index.js';
import type { Unit } from '../../../unit-of-work/index.js';
import { anEvent, holds, idsOf, someEvents } from '../event-store/subject.js';
import {
  batchOf,
  checkpointOf,
  committed,
  type DeliveryStoreCase,
  failed,
  leased,
  placeOf,
  unitOf,
} from './subject.js';

type Project = NonNullable<Unit['project']>;

const NOTES: Collection = { name: 'notes', fields: [], indexes: [] };
const STREAM = streamId('order-1');

function note(key: string, body: unknown): StoredDocument {
  return { tenant: '', key, body: JSON.stringify(body), values: [] };
}

function put(key: string, body: unknown): DocumentChange {
  return { kind: 'put', collection: NOTES.name, document: note(key, body) };
}

/** Notes the events and their versions in one document. */
const noting: Project = async (tx, events) => {
  const [found] = await tx.readDocuments(NOTES.name, '', ['events']);
  const known: readonly unknown[] = found === undefined ? [] : JSON.parse(found.body);
  await tx.changeDocuments([
    put('events', [...known, ...events.map(({ id, version }) => [id, version ?? null])]),
  ]);
};

/** A unit that appends to the stream of these cases, and notes it. */
function projecting(parts: Partial<Unit> = {}, count = 1): Unit {
  return unitOf([], {
    appends: [{ streamId: STREAM, events: someEvents(count) }],
    project: noting,
    ...parts,
  });
}

/** Units of a batch change documents and bring inline projections on, as units on their own do. */
export const readModelCases: readonly DeliveryStoreCase[] = [
  {
    name: 'documents of a batch change with its progress',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      const units = [
        unitOf([], { documents: [put('a', 1), put('b', 1)] }),
        unitOf([], {
          documents: [put('a', 2), { kind: 'remove', collection: NOTES.name, tenant: '', key: 'b' }],
        }),
        unitOf([], { documents: [put('c', 1)], writes: [() => 7] }),
      ];
      await committed(store.deliveries, batchOf(lease, { units, progress: [placeOf(lease, 4)] }));
      const found = await store.documents.read(NOTES.name, '', ['a', 'b', 'c']);
      assert.deepEqual(
        [...found].sort((x, y) => (x.key < y.key ? -1 : 1)),
        [note('a', 2), note('c', 1)],
      );
      assert.equal((await checkpointOf(store.deliveries)).low, 4);
    },
  },
  {
    name: 'under a lease that was lost, no documents change',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      await store.deliveries.release([lease]);
      const batch = batchOf(lease, { units: [unitOf([], { documents: [put('a', 1)] }), projecting()] });
      await assert.rejects(store.deliveries.commit(batch), { code: 'MORTAR_LEASE_LOST' });
      assert.equal(await store.documents.count(NOTES.name, { tenant: '', where: [] }), 0);
      assert.deepEqual((await store.events.readAll()).entries, []);
    },
  },
  {
    name: 'projections of a batch come one after the other, and each finds what those before it did',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      const units = [
        projecting({}, 2),
        unitOf(),
        projecting({ writes: [() => 7] }),
        unitOf([anEvent()], { project: noting }),
        projecting({ condition: { query: [{ types: ['shop.order-lost'] }], after: placeOf(lease).low } }),
      ];
      const { results } = await committed(store.deliveries, batchOf(lease, { units }));
      const events = units.map(({ appends }) => appends[0]?.events ?? []);
      assert.deepEqual(
        results.map(({ append }) => append.versions[0]),
        [2, undefined, 3, undefined, 4],
      );
      await holds(
        store.events,
        STREAM,
        [0, 2, 4].flatMap((unit) => events[unit] ?? []),
      );
      const [first, , third, fourth, fifth] = events.map(idsOf);
      const noted = [...(first ?? []), ...(third ?? []), ...(fourth ?? []), ...(fifth ?? [])];
      const versions = [1, 2, 3, null, 4];
      const expected = note(
        'events',
        noted.map((id, index) => [id, versions[index]]),
      );
      assert.deepEqual(await store.documents.read(NOTES.name, '', ['events']), [expected]);
      const positions = results.flatMap(({ append }) => append.positions);
      assert.deepEqual(
        positions,
        [...positions].sort((a, b) => a - b),
      );
    },
  },
  {
    name: 'documents of a unit change after the projections of those before it, and before its own',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      const units = [
        projecting(),
        unitOf([], { documents: [put('events', ['anew'])] }),
        projecting({ documents: [put('events', ['once more'])] }),
        projecting(),
      ];
      await committed(store.deliveries, batchOf(lease, { units }));
      const [found] = await store.documents.read(NOTES.name, '', ['events']);
      const [, third, fourth] = await store.events.readStream(STREAM);
      assert.deepEqual(JSON.parse(found?.body ?? ''), ['once more', [third?.id, 2], [fourth?.id, 3]]);
    },
  },
  {
    name: 'a projection that fails is the failure of its unit, and nothing of the batch happens',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      const own = new Error('no');
      const bad = projecting({ project: () => Promise.reject(own) });
      const units = [projecting({ documents: [put('a', 1)] }), bad, projecting()];
      const { unit, error } = await failed(
        store.deliveries,
        batchOf(lease, { units, progress: [placeOf(lease, 4)] }),
      );
      assert.equal(unit, bad.id);
      assert.equal(error, own);
      assert.equal(await store.documents.count(NOTES.name, { tenant: '', where: [] }), 0);
      assert.deepEqual((await store.events.readAll()).entries, []);
      assert.equal((await checkpointOf(store.deliveries)).low, 0);
    },
  },
  {
    name: 'a document that can not be kept is the failure of its unit',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      const document = { ...note('a', 1), values: ['5one too many'] };
      const bad = unitOf([], { documents: [{ kind: 'put', collection: NOTES.name, document }] });
      const units = [unitOf([], { documents: [put('b', 1)] }), bad, unitOf()];
      const { unit, error } = await failed(store.deliveries, batchOf(lease, { units }));
      assert.equal(Object(error).code, 'MORTAR_DOCUMENT_INVALID');
      assert.equal(unit, bad.id);
      assert.equal(await store.documents.count(NOTES.name, { tenant: '', where: [] }), 0);
    },
  },
  {
    name: 'a unit that was committed before is not projected again',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      const known = projecting();
      await store.units.commit([known]);
      const units = [projecting(), known, projecting()];
      const { results } = await committed(store.deliveries, batchOf(lease, { units }));
      assert.deepEqual(
        results.map(({ append }) => [append.isRepeated, append.versions[0]]),
        [
          [false, 2],
          [true, 1],
          [false, 3],
        ],
      );
      const [found] = await store.documents.read(NOTES.name, '', ['events']);
      const entries = await store.events.readStream(STREAM);
      assert.deepEqual(
        JSON.parse(found?.body ?? ''),
        entries.map(({ id, version }) => [id, version]),
      );
    },
  },
  {
    name: 'a refused append of a batch with projections is the failure of its unit',
    run: async ({ store }) => {
      await store.documents.make(NOTES);
      const lease = await leased(store);
      const refused = { streamId: STREAM, events: someEvents(1), expectedVersion: 'noStream' } as const;
      const bad = projecting({ appends: [refused] });
      const { unit, error } = await failed(store.deliveries, batchOf(lease, { units: [projecting(), bad] }));
      assert.equal(unit, bad.id);
      assert.equal(Object(error).code, 'MORTAR_VERSION_CONFLICT');
      assert.equal(await store.documents.count(NOTES.name, { tenant: '', where: [] }), 0);
    },
  },
];
