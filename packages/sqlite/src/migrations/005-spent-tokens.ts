import type { Migration } from 'mortar/delivery';

/** The greatest token of a lease whose subscription was forgotten: those of a new one are greater. */
export const spentTokens: Migration = {
  id: 5,
  name: 'spent-tokens',
  sql: `
CREATE TABLE mortar_spent_tokens (
  only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
  token INTEGER NOT NULL
) STRICT;
INSERT INTO mortar_spent_tokens VALUES (1, 0);
`,
};
