import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import type {
  BatchOutcome,
  CheckpointInfo,
  DeliveryBatch,
  DeliveryStore,
  HeldKey,
  Lease,
  LetterChange,
  OpenStore,
  Progress,
} from '../../../delivery/index.js';
import {
  type EncodedEvent,
  keyHashOf,
  type LogEntry,
  orderKeyOfEntry,
  type Position,
  partitionOf,
  position,
} from '../../../event-store/index.js';
import type { Unit } from '../../../unit-of-work/index.js';
import type { CaseOf, Disposable } from '../case-list.js';
import { anEvent } from '../event-store/subject.js';

/** What the stores of delivery may leave out. */
export type DeliveryStoreFeature =
  /** A second handle on the same database, as another process has. */
  'second handle';

/** What a case of delivery is run on: an empty store of its own, by the clock of the machine. */
export interface DeliveryStoreSubject extends Disposable {
  readonly store: OpenStore;
  /** The same database, opened a second time. */
  readonly second?: OpenStore;
}

/** A case of the stores of delivery. */
export type DeliveryStoreCase = CaseOf<DeliveryStoreSubject, DeliveryStoreFeature>;

/** The subscription of most cases. */
export const BILLING = 'billing/shop.order-placed';
/** Longer than a case takes. */
export const LONG_MS = 600_000;
/** As short as a lease can be that is to be seen in force. */
export const SHORT_MS = 40;
const GIVE_UP_MS = 20_000;

/** Waits until something holds, and answers with it. */
export async function until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
  const end = performance.now() + GIVE_UP_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    assert.ok(performance.now() < end, `${what}, within ${GIVE_UP_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Registers the subscription of most cases from the beginning, with 4 partitions, and takes one of them. */
export async function leased(
  store: OpenStore,
  parts: { subscription?: string; partition?: number; owner?: string; ttlMs?: number } = {},
): Promise<Lease> {
  const { subscription = BILLING, partition = 0, owner = 'a', ttlMs = LONG_MS } = parts;
  await store.deliveries.register(subscription, 'beginning', 4);
  const [lease] = await store.deliveries.acquire(subscription, [partition], owner, ttlMs);
  assert.ok(lease !== undefined, `the lease of partition ${partition} is free`);
  return lease;
}

/** A lease that another has taken since, and that one's. */
export async function takenOver(store: OpenStore): Promise<{ readonly old: Lease; readonly current: Lease }> {
  const old = await leased(store, { ttlMs: SHORT_MS });
  const current = await until(async () => {
    const [taken] = await store.deliveries.acquire(BILLING, [0], 'b', LONG_MS);
    return taken;
  }, 'a lease expires');
  return { old, current };
}

/** A batch that only says how far a partition has come, and what else is said. */
export function batchOf(lease: Lease, parts: Partial<DeliveryBatch> = {}): DeliveryBatch {
  return {
    subscription: lease.subscription,
    progress: [placeOf(lease)],
    units: [],
    hold: [],
    release: [],
    letters: [],
    ...parts,
  };
}

/** How far a partition has come. */
export function placeOf(lease: Lease, low: number = lease.low, ahead: readonly number[] = []): Progress {
  const { subscription, partition, token } = lease;
  return { subscription, partition, token, low: position(low), ahead: ahead.map(position) };
}

/** A unit that appends events. */
export function unitOf(events: readonly EncodedEvent[] = [anEvent()], parts: Partial<Unit> = {}): Unit {
  return { id: newId(), writes: [], appends: events.length === 0 ? [] : [{ events }], ...parts };
}

/** A key that waits for its retry. */
export function heldKey(parts: Partial<HeldKey> = {}): HeldKey {
  return {
    partition: 0,
    orderKey: 'order-1',
    first: position(1),
    last: position(3),
    state: 'retrying',
    attempts: 1,
    dueAt: 1_700_000_000_000,
    failures: [failedAt(1_700_000_000_000)],
    ...parts,
  };
}

/** An attempt that failed. */
export function failedAt(at: number, message = 'no connection'): HeldKey['failures'][number] {
  return {
    at,
    error: { name: 'Error', message, category: 'internal', code: undefined, stack: undefined },
  };
}

/** Commits a batch, which succeeds. */
export async function committed(
  deliveries: DeliveryStore,
  batch: DeliveryBatch,
): Promise<Extract<BatchOutcome, { ok: true }>> {
  const outcome = await deliveries.commit(batch);
  assert.ok(outcome.ok, 'the batch is committed');
  return outcome;
}

/** Commits a batch one of whose units fails. */
export async function failed(
  deliveries: DeliveryStore,
  batch: DeliveryBatch,
): Promise<Extract<BatchOutcome, { ok: false }>> {
  const outcome = await deliveries.commit(batch);
  assert.ok(!outcome.ok, 'a unit of the batch fails');
  return outcome;
}

/** The checkpoint of a partition of the subscription of most cases. */
export async function checkpointOf(deliveries: DeliveryStore, partition = 0): Promise<CheckpointInfo> {
  const all = await deliveries.checkpoints(BILLING);
  const found = all.find((checkpoint) => checkpoint.partition === partition);
  assert.ok(found !== undefined, `partition ${partition} has a checkpoint`);
  return found;
}

/** Everything that a refused batch must leave as it was. */
export async function everythingOf(store: OpenStore): Promise<unknown> {
  const checkpoints = await store.deliveries.checkpoints();
  return {
    entries: (await store.events.readAll()).entries,
    // How long a lease still lasts changes by itself.
    checkpoints: checkpoints.map(({ leasedForMs: _, ...checkpoint }) => checkpoint),
    held: await store.deliveries.heldKeys(BILLING, [0, 1, 2, 3]),
    letters: [...(await store.deadLetters.list()), ...(await store.deadLetters.list({ state: 'replaying' }))],
    due: await store.deliveries.due(100),
  };
}

/** Appends an event and answers with its place in the log. */
export async function appended(store: OpenStore, parts: Partial<EncodedEvent> = {}): Promise<LogEntry> {
  const event = anEvent(parts);
  const { positions } = await store.events.append([{ events: [event] }]);
  const [entry] = (await store.events.readAll({ after: position((positions[0] ?? 1) - 1), limit: 1 }))
    .entries;
  assert.equal(entry?.id, event.id);
  return entry as LogEntry;
}

/** The change by which a delivery dies. */
export function deathOf(
  entry: LogEntry,
  parts: Partial<Extract<LetterChange, { kind: 'dead' }>> = {},
): Extract<LetterChange, { kind: 'dead' }> {
  return {
    kind: 'dead',
    entry,
    reason: 'failed',
    attempts: 3,
    failures: [failedAt(1_700_000_000_000)],
    ...parts,
  };
}

/** The partition of an entry among four. */
export function partitionAmongFour(entry: LogEntry): number {
  return partitionOf(keyHashOf(orderKeyOfEntry(entry)), 4);
}

/** Positions as numbers say. */
export function positions(...numbers: readonly number[]): readonly Position[] {
  return numbers.map(position);
}
