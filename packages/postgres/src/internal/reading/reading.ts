import {
  BEGINNING,
  type CheckedLogRange,
  type CheckedStreamRange,
  type LogEntry,
  type LogPage,
  nextOf,
  type Position,
  type StreamId,
} from 'mortar/event-store';
import type { Database } from '../connection/database.js';
import { addFilter, Conditions } from './filter-sql.js';
import { ENTRY_COLUMNS, entryOf } from './rows.js';

/**
 * How many positions one statement looks through for what a filter asks for. It bounds how long a statement takes,
 * however rare that is in the log.
 */
const WINDOW = 200_000;

/** Reads pages of the log, and never beyond where something may still come. */
export class LogReader {
  readonly #database: Database;
  /** Up to here nothing will come any more. Stays true for ever, but for a server that was put back to an earlier state. */
  #head: Position = BEGINNING;
  #lossesThen = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The greatest position up to which nothing will come any more, asked for now. */
  async head(): Promise<Position> {
    const { schema, losses } = this.#database;
    const [row] = await this.#database.rows({ text: `SELECT ${schema}.safe_head()` });
    this.#head = Number(row?.[0]) as Position;
    this.#lossesThen = losses;
    return this.#head;
  }

  async page(range: CheckedLogRange): Promise<LogPage> {
    return range.isBackwards ? this.#pageBackwards(range) : this.#pageForwards(range);
  }

  /** The head is asked for only where what is known of it is not enough: a backlog is read with one statement a page. */
  async #pageForwards(range: CheckedLogRange): Promise<LogPage> {
    const { after = BEGINNING, to, limit } = range;
    const known = this.#knownHead();
    const entries = await this.#between(range, after, lower(known, to), limit + 1);
    if (entries.length > limit)
      return { entries: entries.slice(0, limit), ...nextOf(range, entries[limit - 1]?.position, known) };
    if (to !== undefined && to <= known) return { entries, ...nextOf(range, undefined, known) };
    const head = await this.head();
    const start = Math.max(known, after);
    entries.push(...(await this.#between(range, start, lower(head, to), limit + 1 - entries.length)));
    const last = entries.length > limit ? entries[limit - 1]?.position : undefined;
    return { entries: entries.slice(0, limit), ...nextOf(range, last, head) };
  }

  async #pageBackwards(range: CheckedLogRange): Promise<LogPage> {
    const { after, to = BEGINNING, limit } = range;
    const head = await this.head();
    const end = after === undefined ? head : lower(head, (after - 1) as Position);
    const entries: LogEntry[] = [];
    for (let high: number = end; high >= Math.max(to, 1) && entries.length <= limit; ) {
      const low = this.#hasFilter(range) ? Math.max(high - WINDOW, to - 1, 0) : Math.max(to - 1, 0);
      entries.push(...(await this.#select(range, low, high, limit + 1 - entries.length)));
      high = low;
    }
    const last = entries.length > limit ? entries[limit - 1]?.position : undefined;
    return { entries: entries.slice(0, limit), ...nextOf(range, last, head) };
  }

  /** Entries with `after < position <= end`. */
  async #between(range: CheckedLogRange, after: number, end: number, limit: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for (let low = after; low < end && entries.length < limit; ) {
      const high = this.#hasFilter(range) ? Math.min(end, low + WINDOW) : end;
      entries.push(...(await this.#select(range, low, high, limit - entries.length)));
      low = high;
    }
    return entries;
  }

  async #select(range: CheckedLogRange, low: number, high: number, limit: number): Promise<LogEntry[]> {
    const { schema } = this.#database;
    const conditions = new Conditions();
    conditions.add('position > ?', low);
    conditions.add('position <= ?', high);
    if (range.filter !== undefined) addFilter(conditions, range.filter);
    if (range.withoutArchived)
      conditions.addPlain(
        `NOT EXISTS (SELECT 1 FROM ${schema}.streams s WHERE s.stream_id = events.stream_id AND s.state <> 0)`,
      );
    const order = range.isBackwards ? 'DESC' : 'ASC';
    const text = `SELECT ${ENTRY_COLUMNS} FROM ${schema}.events WHERE ${conditions} ORDER BY position ${order} LIMIT ${limit}`;
    const rows = await this.#database.rows({ text, values: conditions.values });
    return rows.map(entryOf);
  }

  #hasFilter({ filter, withoutArchived }: CheckedLogRange): boolean {
    return filter !== undefined || withoutArchived;
  }

  #knownHead(): Position {
    return this.#lossesThen === this.#database.losses ? this.#head : BEGINNING;
  }
}

/** A page of a stream; nothing of a tombstoned one. */
export async function readStream(
  database: Database,
  streamId: StreamId,
  { low, high, limit, isBackwards, asOf }: CheckedStreamRange,
): Promise<readonly LogEntry[]> {
  const { schema } = database;
  const conditions = new Conditions();
  conditions.add('stream_id = ?', streamId);
  conditions.add('version >= ?', low);
  conditions.add('version <= ?', high);
  if (asOf !== undefined) conditions.add('recorded_at <= ?', asOf);
  conditions.addPlain(
    `NOT EXISTS (SELECT 1 FROM ${schema}.streams s WHERE s.stream_id = $1 AND s.state = 2)`,
  );
  const order = isBackwards ? 'DESC' : 'ASC';
  const text = `SELECT ${ENTRY_COLUMNS} FROM ${schema}.events WHERE ${conditions} ORDER BY version ${order} LIMIT ${limit}`;
  const rows = await database.rows({ text, values: conditions.values });
  return rows.map(entryOf);
}

/** The entries of those ids that are known. */
export async function readByIds(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, LogEntry>> {
  const text = `SELECT ${ENTRY_COLUMNS} FROM ${database.schema}.events WHERE id = ANY ($1::uuid[])`;
  const rows = await database.rows({ text, values: [ids] });
  return new Map(rows.map(entryOf).map((entry) => [entry.id, entry]));
}

function lower(one: Position, other: Position | undefined): Position {
  return other === undefined || one < other ? one : other;
}
