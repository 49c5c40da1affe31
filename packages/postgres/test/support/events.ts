import { newId } from 'mortar/contracts';
import type { Append, EncodedEvent } from 'mortar/event-store';
import { streamId } from 'mortar/event-store';
import type { Unit } from 'mortar/unit-of-work';

/** An event in which only the id differs from others, and what is said. */
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

/** An append of one event to a stream, or to none. */
export function appendOf(stream?: string, event: EncodedEvent = anEvent()): Append {
  return stream === undefined ? { events: [event] } : { streamId: streamId(stream), events: [event] };
}

/** A unit of what is said. */
export function aUnit(parts: Partial<Unit> = {}): Unit {
  return { id: newId(), writes: [], appends: [], ...parts };
}

/** Waits until something holds. */
export async function until(
  look: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 20_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await look())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
