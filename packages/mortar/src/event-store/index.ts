export {
  decodeEntry,
  decodeEntryAs,
  encodeEvent,
  type RecordedEvent,
  type RecordedOf,
} from './encoding.js';
export {
  type AppendOptions,
  EventLog,
  type EventLogParts,
  type EventsOf,
  type ReadLogOptions,
  type ReadStreamOptions,
  type SubscribeOptions,
} from './event-log.js';
export type {
  Append,
  AppendCondition,
  AppendResult,
  EncodedEvent,
  EventStore,
  LogEntry,
  LogFilter,
  LogPage,
  LogRange,
  LogStatistics,
  StreamInfo,
  StreamRange,
  StreamState,
} from './event-store.js';
export {
  checkExpectedVersion,
  type ExpectedVersion,
  isExpected,
  unexpectedVersion,
} from './expected-version.js';
export { inlineStale } from './inline-epoch.js';
export { checkAppends, checkEvent } from './internal/append-check.js';
export { checkCondition, conditionFailed, matchesQuery } from './internal/condition.js';
export type { ContractOf } from './internal/entry-reader.js';
export { checkFilter, matchesFilter } from './internal/filter.js';
export {
  type CheckedLogRange,
  type CheckedStreamRange,
  checkLogRange,
  checkStreamRange,
  nextOf,
} from './internal/range.js';
export { duplicateEvent, findRepetition, isSameEvent } from './internal/repetition.js';
export { checkSnapshot, checkSnapshotName } from './internal/snapshot-check.js';
export { checkStreamState, streamClosed, streamMissing } from './internal/stream-state.js';
export { keyHashOf, orderKeyOf, orderKeyOfEntry, partitionOf } from './order-key.js';
export {
  BEGINNING,
  categoryOf,
  NO_EVENTS,
  type Position,
  position,
  type StreamId,
  streamId,
  type Version,
  version,
} from './place.js';
export { SNAPSHOT_KEPT_MS, type Snapshot, type SnapshotStore } from './snapshot-store.js';
