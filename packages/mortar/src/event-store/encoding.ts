import {
  type CodecOptions,
  type DataOf,
  decode,
  type Envelope,
  type EventContract,
  encode,
  upcast,
} from '../contracts/index.js';
import type { EncodedEvent, LogEntry } from './event-store.js';
import type { Position, StreamId, Version } from './place.js';

/** An event in its place in the log, with its data. */
export interface RecordedEvent<Data = unknown, N extends string = string> extends Envelope<Data, N> {
  readonly position: Position;
  /** Absent, as the version is, for an event that was published and belongs to no stream. */
  readonly streamId: StreamId | undefined;
  readonly version: Version | undefined;
  /** Milliseconds since the Unix epoch, by the clock of the store. */
  readonly recordedAt: number;
  readonly tags: readonly string[];
}

/** The recorded events of a contract. Of several contracts, their union, which `type` tells apart. */
export type RecordedOf<C extends EventContract> = C extends EventContract
  ? RecordedEvent<DataOf<C>, C['name']>
  : never;

const NO_TAGS: readonly string[] = Object.freeze([]);

/**
 * Writes an envelope as a store keeps it.
 * @throws MortarError as `encode` of the codec
 */
export function encodeEvent(
  envelope: Envelope,
  tags: readonly string[] = NO_TAGS,
  options?: CodecOptions,
): EncodedEvent {
  return {
    id: envelope.id,
    type: envelope.type,
    schemaVersion: envelope.schemaVersion,
    key: envelope.key,
    priority: envelope.priority,
    occurredAt: envelope.occurredAt,
    correlationId: envelope.correlationId,
    causationId: envelope.causationId,
    actor: envelope.actor,
    tenant: envelope.tenant,
    traceparent: envelope.traceparent,
    metadata: envelope.metadata,
    tags,
    payload: encode(envelope.data, options),
  };
}

/**
 * Reads what a store has kept, as it was written: under the schema version of then.
 * @throws MortarError `MORTAR_CODEC_CORRUPT`, `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE`
 */
export function decodeEntry(entry: LogEntry, options?: CodecOptions): RecordedEvent {
  return recorded(entry, entry.type, entry.schemaVersion, decode(entry.payload, options));
}

/**
 * Reads what a store has kept, as events of its contract are today.
 * @throws MortarError as `decodeEntry`, and as `upcast` where the schema version is another
 */
export function decodeEntryAs<Out, N extends string>(
  contract: EventContract<N, Out>,
  entry: LogEntry,
  options?: CodecOptions,
): RecordedEvent<Out, N> {
  const { name, schemaVersion } = contract;
  const data = decode(entry.payload, options);
  if (entry.schemaVersion !== schemaVersion)
    return recorded(entry, name, schemaVersion, upcast(contract, data, entry.schemaVersion));
  // It was validated when it was written, under this very schema version.
  return recorded(entry, name, schemaVersion, data as Out);
}

/** Field by field, since this is done for every event that is read. */
function recorded<Data, N extends string>(
  entry: LogEntry,
  type: N,
  schemaVersion: number,
  data: Data,
): RecordedEvent<Data, N> {
  return {
    id: entry.id,
    type,
    schemaVersion,
    key: entry.key,
    priority: entry.priority,
    occurredAt: entry.occurredAt,
    correlationId: entry.correlationId,
    causationId: entry.causationId,
    actor: entry.actor,
    tenant: entry.tenant,
    traceparent: entry.traceparent,
    metadata: entry.metadata,
    data,
    position: entry.position,
    streamId: entry.streamId,
    version: entry.version,
    recordedAt: entry.recordedAt,
    tags: entry.tags,
  };
}
