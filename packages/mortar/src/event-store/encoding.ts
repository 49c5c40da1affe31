import {
  type CodecOptions,
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
  const { data, ...rest } = envelope;
  return { ...rest, tags, payload: encode(data, options) };
}

/**
 * Reads what a store has kept, as it was written: under the schema version of then.
 * @throws MortarError `MORTAR_CODEC_CORRUPT`, `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE`
 */
export function decodeEntry(entry: LogEntry, options?: CodecOptions): RecordedEvent {
  const { payload, ...rest } = entry;
  return { ...rest, data: decode(payload, options) };
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
  const recorded = decodeEntry(entry, options);
  const { name, schemaVersion } = contract;
  if (entry.schemaVersion === schemaVersion) return { ...recorded, type: name } as RecordedEvent<Out, N>;
  return {
    ...recorded,
    type: name,
    schemaVersion,
    data: upcast(contract, recorded.data, entry.schemaVersion),
  };
}
