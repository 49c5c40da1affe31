import type { Migration } from 'mortar/delivery';

/** Checkpoints under leases, and the keys that are held. */
export const delivery: Migration = {
  id: 3,
  name: 'delivery',
  sql: `
CREATE TABLE mortar_subscriptions (
  name TEXT NOT NULL PRIMARY KEY,
  partitions INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 0,
  paused_at INTEGER,
  paused_by TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE mortar_leases (
  subscription TEXT NOT NULL,
  partition INTEGER NOT NULL,
  token INTEGER NOT NULL DEFAULT 0,
  owner TEXT,
  expires_at INTEGER NOT NULL DEFAULT 0,
  low INTEGER NOT NULL,
  ahead BLOB,
  unclean INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (subscription, partition)
) STRICT, WITHOUT ROWID;
CREATE TABLE mortar_owners (
  owner TEXT NOT NULL,
  subscription TEXT NOT NULL,
  until INTEGER NOT NULL,
  PRIMARY KEY (owner, subscription)
) STRICT, WITHOUT ROWID;
CREATE TABLE mortar_held_keys (
  subscription TEXT NOT NULL,
  partition INTEGER NOT NULL,
  order_key TEXT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('retrying', 'running', 'dead')),
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  failures TEXT NOT NULL,
  PRIMARY KEY (subscription, partition, order_key)
) STRICT, WITHOUT ROWID;
`,
};
