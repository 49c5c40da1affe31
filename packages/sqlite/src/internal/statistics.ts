import type { LogFilter, LogStatistics, Position } from 'mortar/event-store';
import type { Database } from './database/database.js';
import type { Statement } from './driver/driver.js';
import { CATEGORY, selectionOf } from './filter.js';

/** How many positions are counted between two turns of the event loop. */
const COUNTED_POSITIONS = 20_000;
const HOUR_MS = 3_600_000;

type CountRow = readonly [type: string, category: string | null, hour: number, events: number];

/** Counts up to a position, part by part: a log of any length keeps nothing else from its turn. */
export async function countLog(
  database: Database,
  head: Position,
  filter?: LogFilter,
): Promise<LogStatistics> {
  const counts = new Counts();
  const { from, where } = selectionOf({ above: 0, upTo: head }, filter);
  const groups = database.reader.prepare<CountRow>(
    `SELECT e.type, ${CATEGORY}, e.recorded_at / ${HOUR_MS}, count(*) FROM ${from} WHERE ${where} GROUP BY 1, 2, 3`,
    'tuples',
  );
  const streams = database.reader.prepare<readonly [string]>(
    filter === undefined
      ? `SELECT e.stream FROM ${from} WHERE ${where} AND e.version = 1`
      : `SELECT DISTINCT e.stream FROM ${from} WHERE ${where} AND e.stream IS NOT NULL`,
    'tuples',
  );
  for (let above = 0; above < head; above += COUNTED_POSITIONS) {
    const bounds = { above, upTo: Math.min(head, above + COUNTED_POSITIONS) };
    const { parameters } = selectionOf(bounds, filter);
    await database.read(() => counts.add(groups.all(parameters), namesOf(streams, parameters)));
    await database.turn();
  }
  return counts.statistics(head);
}

function namesOf(streams: Statement<readonly [string]>, parameters: readonly unknown[]): readonly string[] {
  return streams.all(parameters).map(([stream]) => stream);
}

class Counts {
  #events = 0;
  readonly #streams = new Set<string>();
  readonly #byType = new Map<string, number>();
  readonly #byCategory = new Map<string, number>();
  readonly #byHour = new Map<number, number>();

  add(rows: readonly CountRow[], streams: readonly string[]): void {
    for (const [type, category, hour, events] of rows) {
      this.#events += events;
      increase(this.#byType, type, events);
      if (category !== null) increase(this.#byCategory, category, events);
      increase(this.#byHour, hour * HOUR_MS, events);
    }
    for (const stream of streams) this.#streams.add(stream);
  }

  statistics(head: Position): LogStatistics {
    return {
      events: this.#events,
      streams: this.#streams.size,
      byType: Object.fromEntries(this.#byType),
      byCategory: Object.fromEntries(this.#byCategory),
      byHour: [...this.#byHour].sort(([a], [b]) => a - b).map(([from, events]) => ({ from, events })),
      head,
    };
  }
}

function increase<Key>(counts: Map<Key, number>, key: Key, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
