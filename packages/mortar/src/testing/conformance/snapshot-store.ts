import assert from 'node:assert/strict';
import type { Awaitable } from '../../bus/index.js';
import { newId } from '../../contracts/index.js';
import {
  SNAPSHOT_KEPT_MS,
  type Snapshot,
  type SnapshotStore,
  streamId,
  type Version,
} from '../../event-store/index.js';
import { type CaseOf, type ConformanceCase, caseList, type Disposable, type LeftOut } from './case-list.js';
import { ORDER, refuses, WRITERS } from './event-store/subject.js';

/** What a snapshot store may leave out. */
export type SnapshotStoreFeature =
  /** A second handle on the same database, as another process has. */
  'second handle';

/** What a snapshot store leaves out, each with the reason. */
export type SnapshotStoreFeatures = LeftOut<SnapshotStoreFeature>;

/** What a case is run on: an empty store of its own. */
export interface SnapshotStoreSubject extends Disposable {
  readonly snapshots: SnapshotStore;
  /** The same store, opened a second time. */
  readonly second?: { readonly snapshots: SnapshotStore };
  /** Makes what was saved so far so much older. */
  age(ms: number): Awaitable<void>;
}

/**
 * What every `SnapshotStore` holds to, as cases for any test runner: they need no more than `node:assert`. Each is run on an
 * empty store of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of snapshotStoreCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function snapshotStoreCases(
  make: () => Awaitable<SnapshotStoreSubject>,
  features: SnapshotStoreFeatures = {},
): readonly ConformanceCase[] {
  return caseList({ snapshots: cases, 'malformed snapshots': malformedCases }, make, features);
}

type SnapshotStoreCase = CaseOf<SnapshotStoreSubject, SnapshotStoreFeature>;

const EVENT_ID = newId();

function snapshot(parts: Partial<Omit<Snapshot, 'version'>> & { readonly version?: number } = {}): Snapshot {
  const { version = 7, ...others } = parts;
  return {
    streamId: ORDER,
    fingerprint: 'one',
    eventId: EVENT_ID,
    state: '{"total":1}',
    ...others,
    version: version as Version,
  };
}

const STATES: readonly string[] = [
  '{"b":1,"a":2, "a":3}',
  '{"emoji":"🚚","null":"\\u0000"}',
  `"${'x'.repeat(1_000_000)}"`,
  ' 1.50 ',
];

const cases: readonly SnapshotStoreCase[] = [
  {
    name: 'a snapshot is found as it was saved, by its stream and fingerprint',
    run: async ({ snapshots }) => {
      assert.equal(await snapshots.find(ORDER, 'one'), undefined);
      await snapshots.save(snapshot());
      assert.deepEqual(await snapshots.find(ORDER, 'one'), snapshot());
      assert.equal(await snapshots.find(ORDER, 'two'), undefined);
      assert.equal(await snapshots.find(streamId('order-2'), 'one'), undefined);
    },
  },
  {
    name: 'states are kept byte for byte, and versions as great as they may be',
    run: async ({ snapshots }) => {
      for (const [index, state] of STATES.entries()) {
        const saved = snapshot({ fingerprint: `${index}`, state, version: Number.MAX_SAFE_INTEGER - index });
        await snapshots.save(saved);
        assert.deepEqual(await snapshots.find(ORDER, `${index}`), saved);
      }
    },
  },
  {
    name: 'a newer one takes the place of an older one',
    run: async ({ snapshots }) => {
      const newer = snapshot({ version: 8, eventId: newId(), state: '"newer"' });
      await snapshots.save(snapshot());
      await snapshots.save(newer);
      assert.deepEqual(await snapshots.find(ORDER, 'one'), newer);
    },
  },
  {
    name: 'one that is no newer changes nothing',
    run: async ({ snapshots, age }) => {
      await snapshots.save(snapshot({ fingerprint: 'other' }));
      await age(SNAPSHOT_KEPT_MS);
      const other = snapshot({ fingerprint: 'other' });
      assert.deepEqual(await snapshots.find(ORDER, 'other'), other);
      await snapshots.save(snapshot());
      assert.equal(await snapshots.find(ORDER, 'other'), undefined, 'the week is over');
      await snapshots.save(snapshot({ version: 6, state: '"older"' }));
      await snapshots.save(snapshot({ state: '"as new"', eventId: newId() }));
      assert.deepEqual(await snapshots.find(ORDER, 'one'), snapshot());
    },
  },
  {
    name: 'those of other fingerprints stay for a week',
    run: async ({ snapshots, age }) => {
      const elsewhere = snapshot({ streamId: streamId('order-2'), fingerprint: 'other' });
      await snapshots.save(snapshot({ fingerprint: 'old' }));
      await snapshots.save(elsewhere);
      await age(SNAPSHOT_KEPT_MS - 60_000);
      await snapshots.save(snapshot({ fingerprint: 'young' }));
      await snapshots.save(snapshot());
      assert.deepEqual(await snapshots.find(ORDER, 'old'), snapshot({ fingerprint: 'old' }));
      await age(60_000);
      await snapshots.save(snapshot({ version: 8 }));
      assert.equal(await snapshots.find(ORDER, 'old'), undefined);
      assert.deepEqual(await snapshots.find(ORDER, 'young'), snapshot({ fingerprint: 'young' }));
      assert.deepEqual(await snapshots.find(elsewhere.streamId, 'other'), elsewhere);
    },
  },
  {
    name: 'all of a stream are removed at once, and can be saved again',
    run: async ({ snapshots }) => {
      const elsewhere = snapshot({ streamId: streamId('order-12') });
      for (const saved of [snapshot(), snapshot({ fingerprint: 'two' }), elsewhere])
        await snapshots.save(saved);
      await snapshots.remove(ORDER);
      assert.equal(await snapshots.find(ORDER, 'one'), undefined);
      assert.equal(await snapshots.find(ORDER, 'two'), undefined);
      assert.deepEqual(await snapshots.find(elsewhere.streamId, 'one'), elsewhere);
      await snapshots.remove(ORDER);
      await snapshots.save(snapshot({ version: 1 }));
      assert.deepEqual(await snapshots.find(ORDER, 'one'), snapshot({ version: 1 }));
    },
  },
  {
    name: 'of those that are saved at once, the newest is left',
    needs: 'second handle',
    run: async ({ snapshots, second }) => {
      assert.ok(
        second !== undefined,
        'a second handle on the same store is given, or the feature is left out',
      );
      const all = WRITERS.map((writer) => snapshot({ version: 1 + ((writer * 7) % 16), state: `${writer}` }));
      await Promise.all(all.map((one, index) => (index % 2 ? second.snapshots : snapshots).save(one)));
      const newest = all.find(({ version }) => version === 16);
      assert.deepEqual(await snapshots.find(ORDER, 'one'), newest);
      assert.deepEqual(await second.snapshots.find(ORDER, 'one'), newest);
    },
  },
];

const MALFORMED: readonly (readonly [what: string, parts: object])[] = [
  ['no fingerprint', { fingerprint: '' }],
  ['a fingerprint too long', { fingerprint: 'x'.repeat(201) }],
  ['a fingerprint with NUL', { fingerprint: 'a\0b' }],
  ['version 0', { version: 0 }],
  ['a version that is no number', { version: '7' }],
  ['an event id that is none', { eventId: 'seven' }],
  ['a state with NUL', { state: 'a\0b' }],
  ['no state', { state: undefined }],
  ['a key that there is not', { colour: 'red' }],
];

const malformedCases: readonly SnapshotStoreCase[] = [
  ...MALFORMED.map(
    ([what, parts]): SnapshotStoreCase => ({
      name: `is refused: ${what}`,
      run: async ({ snapshots }) => {
        await refuses(snapshots.save({ ...snapshot(), ...parts }), 'MORTAR_OPTIONS_INVALID');
        assert.equal(await snapshots.find(ORDER, 'one'), undefined);
      },
    }),
  ),
  {
    name: 'a stream that can not be is refused everywhere',
    run: async ({ snapshots }) => {
      const none = Object.assign({}, snapshot(), { streamId: '-1' });
      await refuses(snapshots.save(none), 'MORTAR_STREAM_ID_INVALID');
      await refuses(snapshots.find(none.streamId, 'one'), 'MORTAR_STREAM_ID_INVALID');
      await refuses(snapshots.remove(none.streamId), 'MORTAR_STREAM_ID_INVALID');
      await refuses(snapshots.find(ORDER, ''), 'MORTAR_OPTIONS_INVALID');
    },
  },
];
