export { decodeEntry, decodeEntryAs, encodeEvent, type RecordedEvent } from './encoding.js';
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
