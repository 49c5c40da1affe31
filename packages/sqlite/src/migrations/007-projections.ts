import type { Migration } from 'mortar/delivery';

/** Which generations of projections there are, and were: the row of one that is gone keeps its number. */
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
  PRIMARY KEY (projection, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mortar_generations_active ON mortar_generations (projection) WHERE state = 'active';
`,
};
