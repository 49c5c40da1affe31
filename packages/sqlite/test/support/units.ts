import { newId } from 'mortar/contracts';
import type { OpenStore } from 'mortar/delivery';
import type { EncodedEvent } from 'mortar/event-store';
import type { SqlTransaction, Transaction, Unit, Write } from 'mortar/unit-of-work';

/** A unit of these writes. */
export function unitOf(...writes: readonly Write[]): Unit {
  return { id: newId(), writes, appends: [] };
}

/** Commits a unit of these writes, and answers with what they answered with. */
export async function commit({ units }: OpenStore, ...writes: readonly Write[]): Promise<readonly unknown[]> {
  const [outcome] = await units.commit([unitOf(...writes)]);
  if (outcome?.ok === true) return outcome.result.written;
  throw outcome?.error;
}

/** A transaction that speaks SQL, as those of SQLite do. */
export function sqlOf(tx: Transaction): SqlTransaction {
  if ('dialect' in tx) return tx as SqlTransaction;
  throw new TypeError('the transaction speaks SQL');
}

/** An event in which only the id differs from others. */
export function anEvent(parts: Partial<EncodedEvent> = {}): EncodedEvent {
  const id = parts.id ?? newId();
  return {
    id,
    type: 'shop.order-placed',
    schemaVersion: 1,
    key: undefined,
    priority: 'normal',
    occurredAt: 1_700_000_000_000,
    correlationId: id,
    causationId: undefined,
    actor: undefined,
    tenant: undefined,
    traceparent: undefined,
    metadata: {},
    tags: [],
    payload: '{"total":1}',
    ...parts,
  };
}
