import type { Envelope } from '../contracts/index.js';
import type { ExpectedVersion } from './expected-version.js';
import type { Position, StreamId, Version } from './place.js';

/** An envelope whose data is the codec's text: what a store keeps, byte for byte. */
export interface EncodedEvent extends Omit<Envelope, 'data'> {
  readonly payload: string;
  /** What conditions and filters ask for beside the type, such as `course:42`. Without repetitions; 64 at most. */
  readonly tags: readonly string[];
}

/** An encoded event in its place in the log. */
export interface LogEntry extends EncodedEvent {
  readonly position: Position;
  /** Absent, as the version is, for an event that was published and belongs to no stream. */
  readonly streamId: StreamId | undefined;
  readonly version: Version | undefined;
  /** Milliseconds since the Unix epoch, by the clock of the store; never less than of the event before in its stream. */
  readonly recordedAt: number;
}

/** Events for one stream, or for none. A stream comes once among the appends of one call. */
export interface Append {
  readonly streamId?: StreamId;
  /** `any` unless said. Not for events of no stream. */
  readonly expectedVersion?: ExpectedVersion;
  /** In their order; at least one. */
  readonly events: readonly EncodedEvent[];
}

/**
 * A dynamic consistency boundary: the append happens only if no event that the query asks for came after the position up
 * to which the query was read. The appended events themselves don't count. It holds also for a unit that appends nothing.
 */
export interface AppendCondition {
  /** Any of these: an event of one of the types, if given, that has all of the tags, if given. */
  readonly query: readonly { readonly types?: readonly string[]; readonly tags?: readonly string[] }[];
  readonly after: Position;
}

/** Where events have come to lie. */
export interface AppendResult {
  /** Of each event, in the order in which they were given: growing, and others may lie between them. */
  readonly positions: readonly Position[];
  /** Of each append, in their order: the version of its last event; absent for events of no stream. */
  readonly versions: readonly (Version | undefined)[];
  /** The same was appended before, and this is where. False where there are no events. */
  readonly isRepeated: boolean;
}

/** Which events. All that is given must hold; of a list, one entry must, so that an empty one asks for nothing. */
export interface LogFilter {
  readonly types?: readonly string[];
  readonly categories?: readonly string[];
  /** The keys by which events are kept in order, see `orderKeyOf`. */
  readonly orderKeys?: readonly string[];
  /** All of them; an empty list asks for everything. */
  readonly tags?: readonly string[];
  readonly correlationId?: string;
  readonly tenant?: string;
  /** Recorded at or after, in milliseconds since the Unix epoch. */
  readonly recordedFrom?: number;
  /** Recorded before. */
  readonly recordedTo?: number;
  /** Events whose key falls into one of these partitions of so many, see `partitionOf`. */
  readonly partitions?: { readonly of: number; readonly among: readonly number[] };
}

/** Which part of the log. */
export interface LogRange {
  /** Positions greater than this one; the beginning unless said. Backwards: smaller than this one; the end unless said. */
  readonly after?: Position;
  /** Up to this position, with it. Backwards: down to it. */
  readonly to?: Position;
  /** 1 to 10,000 entries a page; 1,000 unless said. */
  readonly limit?: number;
  readonly direction?: 'forwards' | 'backwards';
  readonly filter?: LogFilter;
  /** Whether events of archived and tombstoned streams are left out; they are not unless said. */
  readonly withoutArchived?: boolean;
}

/** A part of the log. */
export interface LogPage {
  readonly entries: readonly LogEntry[];
  /**
   * Where to go on from: everything up to here was looked at, and nothing will come to lie before it any more. Never
   * before `after`. At the end, where the range ends: `to`, or the head of the log if that comes before; backwards, `to`.
   */
  readonly next: Position;
  /** Whether there was nothing beyond, within the range, when the page was read; also when the page is full. */
  readonly isEnd: boolean;
}

/** Which part of a stream. */
export interface StreamRange {
  /** From this version on, with it; the first unless said. Backwards: from it down; the last unless said. */
  readonly from?: Version;
  /** Up to this version, with it. Backwards: down to it. */
  readonly to?: Version;
  /** 1 to 10,000 entries a page; 1,000 unless said. */
  readonly limit?: number;
  readonly direction?: 'forwards' | 'backwards';
  /** Only what was recorded at or before this time, in milliseconds since the Unix epoch. The stream as it was then. */
  readonly asOf?: number;
}

/** Where a stream stands. An archived one takes no events until it is restored, a tombstoned one never. */
export type StreamState = 'open' | 'archived' | 'tombstoned';

/** What is known of a stream. */
export interface StreamInfo {
  readonly streamId: StreamId;
  readonly category: string;
  /** Of its last event. */
  readonly version: Version;
  readonly state: StreamState;
  readonly firstRecordedAt: number;
  readonly lastRecordedAt: number;
}

/** How many events there are. */
export interface LogStatistics {
  readonly events: number;
  readonly streams: number;
  readonly byType: Readonly<Record<string, number>>;
  readonly byCategory: Readonly<Record<string, number>>;
  /** By hour of recording: the start of the hour in milliseconds since the Unix epoch, and the events in it. */
  readonly byHour: readonly { readonly from: number; readonly events: number }[];
  readonly head: Position;
}

/**
 * The port to the durable log. What is malformed is refused before anything is asked of the store, see `checkAppends`,
 * `checkLogRange`, `checkStreamRange`, `checkFilter`; methods reject, they never throw. Safe to call at once from anywhere, also from several processes where they share the store.
 *
 * What an append has acknowledged is on disk. Nothing is ever changed or removed. A reader that has passed a position
 * never finds a smaller one later. Every method rejects with `MORTAR_STORE_CLOSED` after the store was closed, with
 * `MORTAR_STORE_UNAVAILABLE` (category `unavailable`) when the store can't be reached, and with `MORTAR_STORE_FULL` when
 * there is no room; it may then be called again.
 */
export interface EventStore {
  /**
   * Appends to any number of streams, all or nothing. Repeating an append whose event ids are all known, with the same
   * bodies in the same streams (see `isSameEvent`), changes nothing and answers as the first did, whatever the stream has
   * come to since: this is looked at first, then the stream's state, the expected version and the condition.
   * @throws MortarError `MORTAR_VERSION_CONFLICT` (`details`: streamId, expected, actual), never for `any`;
   * `MORTAR_APPEND_CONFLICT` for a condition that does not hold (`details`: position, of one such event); `MORTAR_EVENT_DUPLICATE` for a
   * known event id with another body, or where only some are known; `MORTAR_STREAM_CLOSED`; `MORTAR_COMMIT_UNKNOWN` when
   * the connection was lost and it could not be found out whether the append happened: appending the same again is safe;
   * `MORTAR_INLINE_STALE` where `inlineEpoch` is not that of the inline projections, see `Unit.inlineEpoch`
   */
  append(
    appends: readonly Append[],
    condition?: AppendCondition,
    inlineEpoch?: number,
  ): Promise<AppendResult>;
  /** A page of the log, by position. */
  readAll(range?: LogRange): Promise<LogPage>;
  /**
   * A page of one stream, by version; nothing if there is no such stream.
   * @throws MortarError `MORTAR_STREAM_CLOSED` for a tombstoned one
   */
  readStream(streamId: StreamId, range?: StreamRange): Promise<readonly LogEntry[]>;
  streamInfo(streamId: StreamId): Promise<StreamInfo | undefined>;
  /** Counts what the filter asks for; `streams` and `byCategory` over events of streams alone. Reads as much of the log as that takes. */
  statistics(filter?: LogFilter): Promise<LogStatistics>;
  /** The greatest position that `readAll` may find now, be an event there or not; `BEGINNING` for an empty log. */
  head(): Promise<Position>;
  /**
   * Archives, restores or tombstones a stream. Setting the state that it has changes nothing.
   * @throws MortarError `MORTAR_STREAM_MISSING`, `MORTAR_STREAM_CLOSED` for a change of a tombstoned stream
   */
  setStreamState(streamId: StreamId, state: StreamState): Promise<void>;
  /**
   * Calls back when there may be something new in the log, soon after it was appended, by whatever process. May call
   * back for nothing, and once for several appends; whoever must not miss anything looks from time to time by itself.
   * Returns what ends it.
   */
  watch(listener: () => void): () => void;
}
