import assert from 'node:assert/strict';
import type { OpenStore } from '../../../delivery/index.js';
import { position } from '../../../event-store/index.js';
import { type Generation, type GenerationName, subscriptionOf } from '../../../read-models/index.js';
import {
  batchOf,
  committed,
  type DeliveryStoreSubject,
  LONG_MS,
  placeOf,
} from '../delivery-store/subject.js';

/** The projection of most cases. */
export const TOTALS = 'shop/totals';

/** What a generation is, but for times. */
export function told({ projection, number, fingerprint, state }: Generation): unknown {
  return [projection, number, fingerprint, state];
}

/** Asserts that a store has these generations of the projection of most cases, as number, fingerprint and state. */
export async function hasGenerations(
  { projections }: Pick<OpenStore, 'projections'>,
  ...expected: readonly (readonly [number: number, fingerprint: string, state: Generation['state']])[]
): Promise<void> {
  const found = await projections.generations(TOTALS);
  assert.deepEqual(
    found.map(told),
    expected.map((one) => [TOTALS, ...one]),
  );
}

/** The first generation, which is active, and one of another fingerprint that is being built. */
export async function twoGenerations(
  store: Pick<OpenStore, 'projections'>,
): Promise<{ readonly active: Generation; readonly building: Generation }> {
  const active = await store.projections.begin(TOTALS, 'old');
  const building = await store.projections.begin(TOTALS, 'new');
  return { active, building };
}

/** Brings the checkpoint of a generation to a position, with more in the same batch. */
export async function comeTo(
  store: OpenStore,
  name: GenerationName,
  low: number,
  more: Parameters<typeof batchOf>[1] = {},
): Promise<void> {
  const subscription = subscriptionOf(name);
  await store.deliveries.register(subscription, 'beginning', 1);
  const [lease] = await store.deliveries.acquire(subscription, [0], 'a', LONG_MS);
  assert.ok(lease !== undefined, `the lease of ${subscription} is free`);
  await committed(store.deliveries, batchOf(lease, { ...more, progress: [placeOf(lease, position(low))] }));
  await store.deliveries.release([lease]);
}

/** What operators did, the first first: the action, the subscription, and who. */
export async function auditOf({ deadLetters }: OpenStore): Promise<readonly (readonly unknown[])[]> {
  const records = await deadLetters.audit();
  return records.map(({ action, subscription, actor }) => [action, subscription, actor]).reverse();
}

/** The second handle of a subject. */
export function secondOf({ second }: DeliveryStoreSubject): OpenStore {
  assert.ok(second !== undefined, 'a second handle on the same store is given, or the feature is left out');
  return second;
}
