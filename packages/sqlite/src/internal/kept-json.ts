import type { FailedAttempt, RecordedError } from 'mortar/delivery';
import type { EncodedEvent } from 'mortar/event-store';

// JSON leaves out what is undefined; what is read back has it again.

/** The event that was kept as JSON outside of the log. */
export function eventOf(json: string): EncodedEvent {
  const event: EncodedEvent = JSON.parse(json);
  return {
    id: event.id,
    type: event.type,
    schemaVersion: event.schemaVersion,
    key: event.key,
    priority: event.priority,
    occurredAt: event.occurredAt,
    correlationId: event.correlationId,
    causationId: event.causationId,
    actor: event.actor,
    tenant: event.tenant,
    traceparent: event.traceparent,
    metadata: event.metadata,
    payload: event.payload,
    tags: event.tags,
  };
}

/** The error that was kept as JSON. */
export function errorOf(json: string): RecordedError {
  return wholeError(JSON.parse(json));
}

/** The failed attempts that were kept as JSON. */
export function failuresOf(json: string): readonly FailedAttempt[] {
  const failures: readonly FailedAttempt[] = JSON.parse(json);
  return failures.map(({ at, error }) => ({ at, error: wholeError(error) }));
}

function wholeError({ name, message, category, code, stack }: RecordedError): RecordedError {
  return { name, message, category, code, stack };
}
