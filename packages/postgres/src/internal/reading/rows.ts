import type { EncodedEvent, LogEntry, Position, StreamId, StreamState, Version } from 'mortar/event-store';

/** In the order of the numbers under which the table keeps them. */
export const PRIORITIES: readonly EncodedEvent['priority'][] = ['critical', 'high', 'normal', 'low'];

/** Likewise. */
export const STREAM_STATES: readonly StreamState[] = ['open', 'archived', 'tombstoned'];

/** The columns of an entry, in the order in which `entryOf` takes them. */
export const ENTRY_COLUMNS: string = [
  'position',
  'version',
  'occurred_at',
  'recorded_at',
  'id',
  'schema_version',
  'priority',
  'stream_id',
  'type',
  'key',
  'correlation_id',
  'causation_id',
  'actor',
  'tenant',
  'traceparent',
  'metadata',
  'array_to_json(tags)',
  'payload',
].join(', ');

/** A row as the server sends it: texts. */
export type RawRow = readonly (string | null)[];

const NO_TAGS: readonly string[] = Object.freeze([]);
const NO_METADATA: EncodedEvent['metadata'] = Object.freeze({});

/** A row of `ENTRY_COLUMNS` as an entry of the log. */
export function entryOf(row: RawRow): LogEntry {
  const metadata = row[15];
  const tags = row[16];
  return {
    position: Number(row[0]) as Position,
    version: row[1] === null ? undefined : (Number(row[1]) as Version),
    occurredAt: Number(row[2]),
    recordedAt: Number(row[3]),
    id: text(row[4]),
    schemaVersion: Number(row[5]),
    priority: PRIORITIES[Number(row[6])] ?? 'normal',
    streamId: (row[7] ?? undefined) as StreamId | undefined,
    type: text(row[8]),
    key: row[9] ?? undefined,
    correlationId: text(row[10]),
    causationId: row[11] ?? undefined,
    actor: row[12] ?? undefined,
    tenant: row[13] ?? undefined,
    traceparent: row[14] ?? undefined,
    metadata: typeof metadata === 'string' ? JSON.parse(metadata) : NO_METADATA,
    tags: typeof tags === 'string' ? JSON.parse(tags) : NO_TAGS,
    payload: text(row[17]),
  };
}

/** A column that is never null. */
export function text(value: string | null | undefined): string {
  return value ?? '';
}
