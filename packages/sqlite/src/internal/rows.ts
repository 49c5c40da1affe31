import type { Metadata, Priority } from 'mortar/contracts';
import type { EncodedEvent, LogEntry, Position, StreamId, Version } from 'mortar/event-store';
import { keyHashOf, orderKeyOf } from 'mortar/event-store';
import type { Value } from './driver/driver.js';

/** The columns of an entry, in the order in which `EntryRow` has them. */
export const ENTRY_COLUMNS: string = [
  'e.position',
  'e.id',
  'e.stream',
  'e.version',
  'e.type',
  'e.schema_version',
  'e.key',
  'e.priority',
  'e.occurred_at',
  'e.recorded_at',
  'e.correlation_id',
  'e.causation_id',
  'e.actor',
  'e.tenant',
  'e.traceparent',
  'e.metadata',
  'e.tags',
  'e.payload',
].join(', ');

/** A row of the log. */
export type EntryRow = readonly [
  position: Position,
  id: string,
  stream: StreamId | null,
  version: Version | null,
  type: string,
  schemaVersion: number,
  key: string | null,
  priority: Priority,
  occurredAt: number,
  recordedAt: number,
  /** Absent where it is the event's own id, as it is for what nothing has caused. */
  correlationId: string | null,
  causationId: string | null,
  actor: string | null,
  tenant: string | null,
  traceparent: string | null,
  metadata: string | null,
  tags: string | null,
  payload: string,
];

const NO_TAGS: readonly string[] = Object.freeze([]);
const NO_METADATA: Metadata = Object.freeze({});

/** The entry that a row keeps. */
export function entryOf(row: EntryRow): LogEntry {
  const [, id] = row;
  const correlationId = row[10];
  const metadata = row[15];
  const tags = row[16];
  return {
    id,
    type: row[4],
    schemaVersion: row[5],
    key: row[6] ?? undefined,
    priority: row[7],
    occurredAt: row[8],
    correlationId: correlationId ?? id,
    causationId: row[11] ?? undefined,
    actor: row[12] ?? undefined,
    tenant: row[13] ?? undefined,
    traceparent: row[14] ?? undefined,
    metadata: metadata === null ? NO_METADATA : JSON.parse(metadata),
    payload: row[17],
    tags: tags === null ? NO_TAGS : JSON.parse(tags),
    position: row[0],
    streamId: row[2] ?? undefined,
    version: row[3] ?? undefined,
    recordedAt: row[9],
  };
}

/** Puts an event into the log. The position is the next one: nothing is ever removed, so that none comes twice. */
export const INSERT_EVENT = `INSERT INTO mortar_events (id, stream, version, type, schema_version, key, key_hash, priority,
  occurred_at, recorded_at, correlation_id, causation_id, actor, tenant, traceparent, metadata, tags, payload)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The parameters of `INSERT_EVENT`. */
export function rowOf(
  event: EncodedEvent,
  stream: StreamId | undefined,
  version: Version | undefined,
  recordedAt: number,
): Value[] {
  const { id, correlationId, metadata, tags } = event;
  return [
    id,
    stream ?? null,
    version ?? null,
    event.type,
    event.schemaVersion,
    event.key ?? null,
    keyHashOf(orderKeyOf(event, stream)),
    event.priority,
    event.occurredAt,
    recordedAt,
    correlationId === id ? null : correlationId,
    event.causationId ?? null,
    event.actor ?? null,
    event.tenant ?? null,
    event.traceparent ?? null,
    isEmpty(metadata) ? null : JSON.stringify(metadata),
    tags.length === 0 ? null : JSON.stringify(tags),
    event.payload,
  ];
}

function isEmpty(metadata: Metadata): boolean {
  for (const _ in metadata) return false;
  return true;
}
