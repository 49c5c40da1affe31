import type { Migration } from 'mortar/delivery';

/**
 * Which generations of projections there are, and were: the row of one that is gone keeps its number. Of those that are inline the
 * types are known, as a list in JSON; the epoch stands for all of them, 0 for none, and `last` is the greatest that there was.
 */
export const projections: Migration = {
  id: 7,
  name: 'projections',
  sql: `
CREATE TABLE mortar_generations (
  projection TEXT NOT NULL,
  number INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('building', 'cancelled', 'active', 'retired', 'removing', 'gone')),
  begun_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  inline_types TEXT CHECK (inline_types IS NULL OR state = 'active'),
  PRIMARY KEY (projection, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mortar_generations_active ON mortar_generations (projection) WHERE state = 'active';
CREATE TABLE mortar_inline_epoch (epoch INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
INSERT INTO mortar_inline_epoch VALUES (0, 0);
`,
};
