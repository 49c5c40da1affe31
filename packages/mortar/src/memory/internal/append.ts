import {
  type Append,
  type AppendCondition,
  type AppendResult,
  conditionFailed,
  type EncodedEvent,
  findRepetition,
  inlineStale,
  isExpected,
  type LogEntry,
  matchesQuery,
  type Position,
  type StreamId,
  streamClosed,
  unexpectedVersion,
  type Version,
} from '../../event-store/index.js';
import type { MemoryLog, MemoryStream } from '../memory-log.js';

/** Appends within a transaction, see `EventStore.append`. Everything that may fail comes before the first change. */
export function appendWithin(
  log: MemoryLog,
  appends: readonly Append[],
  condition: AppendCondition | undefined,
  inlineEpoch = 0,
): AppendResult {
  const repeated = findRepetition(appends, (id) => log.entriesById.get(id));
  if (repeated !== undefined) return repeated;
  if (appends.length > 0 && inlineEpoch !== log.inlineEpoch) throw inlineStale();
  for (const append of appends) checkStream(log, append);
  if (condition !== undefined) checkCondition(log, condition);
  const positions: Position[] = [];
  const versions: (Version | undefined)[] = [];
  for (const { streamId, events } of appends) {
    let last: Version | undefined;
    for (const event of events) {
      const entry = add(log, event, streamId);
      positions.push(entry.position);
      last = entry.version;
    }
    versions.push(last);
  }
  return { positions, versions, isRepeated: false };
}

function checkStream({ streams }: MemoryLog, { streamId, expectedVersion = 'any' }: Append): void {
  if (streamId === undefined) return;
  const { state, entries } = streams.get(streamId) ?? NO_STREAM;
  if (state !== 'open') throw streamClosed(streamId, state);
  const actual = entries.length as Version;
  if (!isExpected(expectedVersion, actual)) throw unexpectedVersion(streamId, expectedVersion, actual);
}

const NO_STREAM: MemoryStream = { state: 'open', entries: [] };

function checkCondition({ entries }: MemoryLog, condition: AppendCondition): void {
  for (let index: number = condition.after; index < entries.length; index += 1) {
    const entry = entries[index];
    if (entry !== undefined && matchesQuery(entry, condition.query))
      throw conditionFailed(condition, entry.position);
  }
}

function add(log: MemoryLog, event: EncodedEvent, streamId: StreamId | undefined): LogEntry {
  const stream = streamId === undefined ? undefined : streamOf(log, streamId);
  const now = log.clock.now();
  const entry = entryOf(event, {
    position: (log.entries.length + 1) as Position,
    streamId,
    version: stream === undefined ? undefined : ((stream.entries.length + 1) as Version),
    recordedAt: Math.max(now, stream?.entries.at(-1)?.recordedAt ?? now),
  });
  log.entries.push(entry);
  log.entriesById.set(entry.id, entry);
  stream?.entries.push(entry);
  log.journal.record(() => {
    log.entries.pop();
    log.entriesById.delete(entry.id);
    stream?.entries.pop();
  });
  return entry;
}

function streamOf({ streams, journal }: MemoryLog, streamId: StreamId): MemoryStream {
  const present = streams.get(streamId);
  if (present !== undefined) return present;
  const stream: MemoryStream = { state: 'open', entries: [] };
  streams.set(streamId, stream);
  journal.record(() => streams.delete(streamId));
  return stream;
}

/** A copy of what every store keeps of an event, since the caller may go on to change its own. */
function entryOf(
  event: EncodedEvent,
  place: Pick<LogEntry, 'position' | 'streamId' | 'version' | 'recordedAt'>,
): LogEntry {
  return Object.freeze({
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
    metadata: Object.isFrozen(event.metadata) ? event.metadata : Object.freeze({ ...event.metadata }),
    tags: Object.isFrozen(event.tags) ? event.tags : Object.freeze([...event.tags]),
    payload: event.payload,
    position: place.position,
    streamId: place.streamId,
    version: place.version,
    recordedAt: place.recordedAt,
  });
}
