import type { Migration } from 'mortar/delivery';

/** What units of work leave behind beside their events. */
export const units: Migration = {
  id: 2,
  name: 'units',
  sql: `
CREATE TABLE mortar_results (
  key TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  result TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mortar_results_expiry ON mortar_results (expires_at);
CREATE TABLE mortar_inbox (
  subscription TEXT NOT NULL,
  message_id TEXT NOT NULL,
  handled_at INTEGER NOT NULL,
  PRIMARY KEY (subscription, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mortar_inbox_age ON mortar_inbox (handled_at);
CREATE TABLE mortar_units (
  id TEXT NOT NULL PRIMARY KEY,
  committed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mortar_units_age ON mortar_units (committed_at);
CREATE TABLE mortar_scheduled (
  name TEXT NOT NULL PRIMARY KEY,
  due_at INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mortar_scheduled_due ON mortar_scheduled (due_at, name);
`,
};
