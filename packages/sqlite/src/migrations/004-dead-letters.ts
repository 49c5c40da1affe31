import type { Migration } from 'mortar/delivery';

/** Dead letters, replays of many, and what operators did. */
export const deadLetters: Migration = {
  id: 4,
  name: 'dead-letters',
  sql: `
CREATE TABLE mortar_dead_letters (
  id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('dead', 'replaying', 'replayed', 'discarded')),
  subscription TEXT NOT NULL,
  event_id TEXT NOT NULL,
  position INTEGER,
  event TEXT,
  key_hash INTEGER NOT NULL,
  type TEXT NOT NULL,
  module TEXT NOT NULL,
  key TEXT,
  correlation_id TEXT NOT NULL,
  tenant TEXT,
  reason TEXT NOT NULL,
  category TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  replays INTEGER NOT NULL,
  first_dead_at INTEGER NOT NULL,
  last_dead_at INTEGER NOT NULL,
  ended_at INTEGER,
  note TEXT,
  actor TEXT,
  error TEXT NOT NULL,
  failures TEXT NOT NULL,
  edited TEXT,
  replay_attempts INTEGER NOT NULL DEFAULT 0,
  replay_is_running INTEGER NOT NULL DEFAULT 0,
  replay_due_at INTEGER NOT NULL DEFAULT 0,
  replay_failures TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mortar_dead_letters_event ON mortar_dead_letters (subscription, event_id);
CREATE INDEX mortar_dead_letters_state ON mortar_dead_letters (state, id);
CREATE INDEX mortar_dead_letters_fingerprint ON mortar_dead_letters (state, fingerprint, id);
CREATE INDEX mortar_dead_letters_open ON mortar_dead_letters (subscription, position)
  WHERE ended_at IS NULL AND position IS NOT NULL;
CREATE INDEX mortar_dead_letters_replaying ON mortar_dead_letters (subscription, position)
  WHERE state = 'replaying' AND position IS NOT NULL;
CREATE TABLE mortar_replay_jobs (
  id TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled')),
  actor TEXT,
  note TEXT,
  filter TEXT NOT NULL,
  rate_per_second INTEGER,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE mortar_replay_letters (
  job_id TEXT NOT NULL,
  letter_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'begun', 'passed')),
  PRIMARY KEY (job_id, letter_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX mortar_replay_letters_waiting ON mortar_replay_letters (job_id, letter_id) WHERE state = 'waiting';
CREATE TABLE mortar_audit (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  actor TEXT,
  subscription TEXT,
  letter_id TEXT,
  job_id TEXT,
  note TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX mortar_audit_letter ON mortar_audit (letter_id, id) WHERE letter_id IS NOT NULL;
`,
};
