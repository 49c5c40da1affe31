import type { FailedAttempt, RecordedError } from 'mortar/delivery';
import type { EncodedEvent, LogEntry } from 'mortar/event-store';

/** An event as it is kept in one column. Its payload is text within the text, so that it comes back byte for byte. */
export function eventText(event: EncodedEvent): string {
  const { id, type, schemaVersion, key, priority, occurredAt, correlationId, causationId } = event;
  const { actor, tenant, traceparent, metadata, tags, payload } = event;
  return JSON.stringify({
    id,
    type,
    schemaVersion,
    key,
    priority,
    occurredAt,
    correlationId,
    causationId,
    actor,
    tenant,
    traceparent,
    metadata,
    tags,
    payload,
  });
}

/** What `eventText` wrote. What was left out, as JSON has no `undefined`, is there again. */
export function eventFrom(text: string): EncodedEvent {
  const kept: EncodedEvent = JSON.parse(text);
  const { key, causationId, actor, tenant, traceparent } = kept;
  return { ...kept, key, causationId, actor, tenant, traceparent };
}

/** The place of an entry, without its event. */
export function placeText({ position, streamId, version, recordedAt }: LogEntry): string {
  return JSON.stringify({ position, streamId, version, recordedAt });
}

export function entryFrom(event: string, place: string): LogEntry {
  const { position, streamId, version, recordedAt }: LogEntry = JSON.parse(place);
  return { ...eventFrom(event), position, streamId, version, recordedAt };
}

export function errorFrom(error: RecordedError): RecordedError {
  const { name, message, category, code, stack } = error;
  return { name, message, category, code, stack };
}

export function failuresFrom(text: string): readonly FailedAttempt[] {
  const kept: readonly FailedAttempt[] = JSON.parse(text);
  return kept.map(({ at, error }) => ({ at, error: errorFrom(error) }));
}
