import assert from 'node:assert/strict';
import { newId } from '../../../contracts/index.js';
import type { DeadLetter, DeadLetterState, Lease, LetterChange, OpenStore } from '../../../delivery/index.js';
import type { EncodedEvent, LogEntry } from '../../../event-store/index.js';
import type { CaseOf } from '../case-list.js';
import {
  appended,
  BILLING,
  batchOf,
  committed,
  type DeliveryStoreFeature,
  type DeliveryStoreSubject,
  deathOf,
  failedAt,
  leased,
} from '../delivery-store/subject.js';

/** A case of the dead letters of a log. */
export type DeadLetterStoreCase = CaseOf<DeliveryStoreSubject, DeliveryStoreFeature>;

/** A store with the lease of one partition, in which deliveries die. */
export interface Grave {
  readonly store: OpenStore;
  readonly lease: Lease;
}

/** Opens a grave for deliveries of a subscription. */
export async function graveOf(store: OpenStore, subscription: string = BILLING): Promise<Grave> {
  return { store, lease: await leased(store, { subscription }) };
}

/** Commits changes of letters. */
export async function changed({ store, lease }: Grave, ...letters: readonly LetterChange[]): Promise<void> {
  await committed(store.deliveries, batchOf(lease, { letters }));
}

/** Lets an event of the log die, and answers with its letter. */
export async function buried(
  grave: Grave,
  parts: Partial<Extract<LetterChange, { kind: 'dead' }>> = {},
  event: Partial<EncodedEvent> = {},
): Promise<DeadLetter> {
  const entry = parts.entry ?? (await appended(grave.store, event));
  await changed(grave, deathOf(entry, parts));
  return letterAt(grave, entry);
}

/** The letter of an entry. */
export async function letterAt({ store, lease }: Grave, { id }: Pick<LogEntry, 'id'>): Promise<DeadLetter> {
  const letter = await store.deadLetters.find(lease.subscription, id);
  assert.ok(letter !== undefined, 'the event has a letter');
  return letter;
}

/** The ids of letters in a state. */
export async function idsIn({ deadLetters }: OpenStore, state: DeadLetterState): Promise<readonly string[]> {
  return (await deadLetters.list({ state })).map(({ id }) => id);
}

/** The revision of the subscription of a grave. */
export async function revisionOf({ store, lease }: Grave): Promise<number> {
  const all = await store.deliveries.subscriptions();
  const found = all.find(({ name }) => name === lease.subscription);
  assert.ok(found !== undefined);
  return found.revision;
}

/** Failed attempts with these messages. */
export function failures(...messages: readonly string[]): readonly ReturnType<typeof failedAt>[] {
  return messages.map((message, index) => failedAt(1_700_000_000_000 + index, message));
}

/** An event in place of another. */
export function editOf(entry: LogEntry, payload: string): EncodedEvent {
  const { position: _, streamId: __, version: ___, recordedAt: ____, ...event } = entry;
  return { ...event, id: newId(), causationId: entry.id, payload };
}
