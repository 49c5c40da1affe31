import type {
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterState,
  DeadLetterStatistics,
} from 'mortar/delivery';
import type { Database } from '../connection/database.js';
import { errorFrom } from '../reading/documents.js';
import { Conditions } from '../reading/filter-sql.js';
import { type RawRow, text } from '../reading/rows.js';
import { addLetterFilter } from './letter-rows.js';

/** Letters by their error, the largest group first. */
export async function readGroups(
  database: Database,
  filter: DeadLetterFilter,
): Promise<readonly DeadLetterGroup[]> {
  const conditions = new Conditions();
  addLetterFilter(conditions, filter);
  const rows = await database.rows({
    text: `SELECT fingerprint, count(*), json_agg(DISTINCT subscription), json_agg(DISTINCT type),
        (array_agg(error ORDER BY last_dead_at DESC, id DESC))[1], min(first_dead_at), max(last_dead_at)
      FROM ${database.schema}.dead_letters WHERE ${conditions} GROUP BY fingerprint ORDER BY count(*) DESC, min(id::text)`,
    values: conditions.values,
  });
  return rows.map(groupOf);
}

/** How many letters there are, of all kinds, in one look. */
export async function readLetterStatistics(database: Database): Promise<DeadLetterStatistics> {
  const table = `${database.schema}.dead_letters`;
  const rows = await database.rows({
    text: `SELECT 'state', state, count(*) FROM ${table} GROUP BY state
      UNION ALL SELECT 'subscription', subscription, count(*) FROM ${table} WHERE state = 'dead' GROUP BY subscription
      UNION ALL SELECT 'type', type, count(*) FROM ${table} WHERE state = 'dead' GROUP BY type
      UNION ALL SELECT 'category', category, count(*) FROM ${table} WHERE state = 'dead' GROUP BY category
      UNION ALL SELECT 'oldest', '', min(last_dead_at) FROM ${table} WHERE state = 'dead'`,
  });
  const counts = (kind: string): Record<string, number> =>
    Object.fromEntries(rows.filter(([of]) => of === kind).map(([, name, count]) => [name, Number(count)]));
  const byState = counts('state');
  const inState = (state: DeadLetterState): number => byState[state] ?? 0;
  const oldest = rows.find(([of]) => of === 'oldest')?.[2];
  return {
    byState: {
      dead: inState('dead'),
      replaying: inState('replaying'),
      replayed: inState('replayed'),
      discarded: inState('discarded'),
    },
    bySubscription: counts('subscription'),
    byType: counts('type'),
    byCategory: counts('category'),
    oldestDeadAt: oldest == null ? undefined : Number(oldest),
  };
}

function groupOf([fingerprint, count, subscriptions, types, error, first, last]: RawRow): DeadLetterGroup {
  return {
    fingerprint: text(fingerprint),
    count: Number(count),
    subscriptions: JSON.parse(text(subscriptions)),
    types: JSON.parse(text(types)),
    error: errorFrom(JSON.parse(text(error))),
    firstDeadAt: Number(first),
    lastDeadAt: Number(last),
  };
}
