import type { Migration } from 'mortar/delivery';

/**
 * Snapshots, and which collections of documents there are. Each collection has a table of its own, `mortar_documents_<number>`,
 * which is made with it. No number comes twice, so that who has read one may go on to use its table, or finds it gone.
 */
export const readModels: Migration = {
  id: 6,
  name: 'read-models',
  sql: `
CREATE TABLE mortar_snapshots (
  stream TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  version INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  saved_at INTEGER NOT NULL,
  state TEXT NOT NULL,
  PRIMARY KEY (stream, fingerprint)
) STRICT;
CREATE TABLE mortar_collections (
  name TEXT NOT NULL PRIMARY KEY,
  number INTEGER NOT NULL,
  fields TEXT NOT NULL,
  indexes TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE mortar_collection_numbers (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  last INTEGER NOT NULL
) STRICT;
INSERT INTO mortar_collection_numbers VALUES (1, 0);
`,
};
