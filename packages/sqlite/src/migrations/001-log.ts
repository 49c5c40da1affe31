import type { Migration } from 'mortar/delivery';

/** The log. Its indexes, and those that were weighed, are explained in docs/decisions/013-sqlite-store.md. */
export const log: Migration = {
  id: 1,
  name: 'log',
  sql: `
CREATE TABLE mortar_events (
  position INTEGER PRIMARY KEY,
  id TEXT NOT NULL,
  stream TEXT,
  version INTEGER,
  type TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  key TEXT,
  key_hash INTEGER NOT NULL,
  priority TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  correlation_id TEXT,
  causation_id TEXT,
  actor TEXT,
  tenant TEXT,
  traceparent TEXT,
  metadata TEXT,
  tags TEXT,
  payload TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX mortar_events_id ON mortar_events (id);
CREATE UNIQUE INDEX mortar_events_stream ON mortar_events (stream, version) WHERE stream IS NOT NULL;
CREATE INDEX mortar_events_key ON mortar_events (key_hash, position) WHERE key IS NOT NULL;
CREATE INDEX mortar_events_type ON mortar_events (type, position);
CREATE INDEX mortar_events_correlation ON mortar_events (correlation_id, position) WHERE correlation_id IS NOT NULL;
CREATE TRIGGER mortar_events_kept BEFORE DELETE ON mortar_events
  BEGIN SELECT RAISE(ABORT, 'mortar_events is append-only'); END;
CREATE TRIGGER mortar_events_unchanged BEFORE UPDATE ON mortar_events
  BEGIN SELECT RAISE(ABORT, 'mortar_events is append-only'); END;
CREATE TABLE mortar_event_tags (
  tag TEXT NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE mortar_stream_states (
  stream TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('archived', 'tombstoned'))
) STRICT, WITHOUT ROWID;
`,
};
