import type { LogFilter, LogStatistics, Position } from 'mortar/event-store';
import type { Database } from '../connection/database.js';
import { addFilter, Conditions } from './filter-sql.js';
import type { RawRow } from './rows.js';

const HOUR_MS = 3_600_000;

/**
 * Counts what a filter asks for, in one look: what was appended together is counted together, as no bound of positions
 * would do.
 */
export async function readStatistics(
  database: Database,
  filter: LogFilter,
  head: Position,
): Promise<LogStatistics> {
  const conditions = new Conditions();
  addFilter(conditions, filter);
  const rows = await database.rows({
    text: `
      WITH wanted AS (
        SELECT type, stream_id, recorded_at / ${HOUR_MS} AS hour FROM ${database.schema}.events WHERE ${conditions}
      )
      SELECT 'all', '', count(*), count(DISTINCT stream_id) FROM wanted
      UNION ALL SELECT 'type', type, count(*), 0 FROM wanted GROUP BY type
      UNION ALL SELECT 'category', split_part(stream_id, '-', 1), count(*), 0 FROM wanted
        WHERE stream_id IS NOT NULL GROUP BY split_part(stream_id, '-', 1)
      UNION ALL SELECT 'hour', hour::text, count(*), 0 FROM wanted GROUP BY hour`,
    values: conditions.values,
  });
  const of = (kind: string): readonly RawRow[] => rows.filter(([found]) => found === kind);
  const [all] = of('all');
  return {
    events: Number(all?.[2]),
    streams: Number(all?.[3]),
    byType: countsOf(of('type')),
    byCategory: countsOf(of('category')),
    byHour: of('hour')
      .map(([, hour, events]) => ({ from: Number(hour) * HOUR_MS, events: Number(events) }))
      .sort((one, other) => one.from - other.from),
    head,
  };
}

function countsOf(rows: readonly RawRow[]): Record<string, number> {
  return Object.fromEntries(rows.map(([, name, count]) => [name, Number(count)]));
}
