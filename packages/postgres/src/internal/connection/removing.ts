import type { Database } from './database.js';
import { change } from './transacting.js';

/** How many rows a statement removes at most, so that it ends long before its time is up, however much there is to remove. */
export const REMOVED_AT_ONCE = 1_000;

/** Whose time lies in which column of its table. */
export interface Aging {
  readonly table: string;
  readonly column: string;
}

/**
 * Removes the rows whose time lies before another, each step in a transaction of its own; answers with how many. A row that
 * is younger by then stays.
 * @throws MortarError as `failureOf` answers; what was removed before stays so
 */
export async function removeOld(
  database: Database,
  { table, column }: Aging,
  before: number,
): Promise<number> {
  const name = `${database.schema}.${table}`;
  for (let sum = 0; ; ) {
    const removed = await change(database, {
      text: `DELETE FROM ${name} WHERE ${column} < $1 AND ctid = ANY (ARRAY(
          SELECT ctid FROM ${name} WHERE ${column} < $1 ORDER BY ${column} LIMIT ${REMOVED_AT_ONCE}))
        RETURNING 1`,
      values: [before],
    });
    sum += removed.length;
    if (removed.length < REMOVED_AT_ONCE) return sum;
  }
}
