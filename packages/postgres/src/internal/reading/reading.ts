import {
  BEGINNING,
  type CheckedLogRange,
  type LogEntry,
  type LogPage,
  nextOf,
  type Position,
} from 'mortar/event-store';
import type { Connection, Database, Statement } from '../connection/database.js';
import { sendAll } from '../connection/transacting.js';
import { addFilter, Conditions } from './filter-sql.js';
import { ENTRY_COLUMNS, entryOf, type RawRow } from './rows.js';

/**
 * How many positions one statement looks through for what a filter asks for. It bounds how long a statement takes,
 * however rare that is in the log.
 */
const WINDOW = 200_000;
/** Among so few positions any plan of the server is good. */
const NARROW = 2_000;

/**
 * Lets the server look through a window in the order of positions, and stop when it has enough. By itself it may collect
 * the whole window and sort it, for each page again: without statistics, as in a table that was filled just now, it takes
 * every window to be small.
 */
const BEGIN_IN_ORDER: Statement = {
  text: `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off`,
};

/** What is read by one statement: `low < position <= high`, of which there may be more than the limit. */
interface Part {
  readonly low: number;
  readonly high: number;
  readonly limit: number;
}

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
    const { losses } = this.#database;
    return this.#keepHead(await this.#database.rows(this.#headStatement()), losses);
  }

  async page(range: CheckedLogRange): Promise<LogPage> {
    return range.isBackwards ? this.#pageBackwards(range) : this.#pageForwards(range);
  }

  /** The head is asked for only where what is known of it is not enough: a backlog is read with one statement a page. */
  async #pageForwards(range: CheckedLogRange): Promise<LogPage> {
    const { after = BEGINNING, to, limit } = range;
    const known = this.#knownHead();
    const entries = await this.#between(range, { low: after, high: lower(known, to), limit: limit + 1 });
    if (entries.length > limit)
      return { entries: entries.slice(0, limit), ...nextOf(range, entries[limit - 1]?.position, known) };
    if (to !== undefined && to <= known) return { entries, ...nextOf(range, undefined, known) };
    const { head, rest } = await this.#beyond(range, Math.max(known, after), limit + 1 - entries.length);
    entries.push(...rest);
    const last = entries.length > limit ? entries[limit - 1]?.position : undefined;
    return { entries: entries.slice(0, limit), ...nextOf(range, last, head) };
  }

  /**
   * The head of now, and entries from a position up to it. They are read by a later statement than the head is, which goes
   * out together with it: who waits for the next event waits for one round trip.
   */
  async #beyond(
    range: CheckedLogRange,
    low: number,
    limit: number,
  ): Promise<{ readonly head: Position; readonly rest: readonly LogEntry[] }> {
    const { losses } = this.#database;
    const part: Part = { low, high: low + NARROW, limit };
    const [found, rows] = await sendAll(this.#database, [
      this.#headStatement(),
      this.#tailStatement(range, part),
    ]);
    const head = this.#keepHead(found ?? [], losses);
    const end = lower(head, range.to);
    const near = (rows ?? []).map(entryOf).filter(({ position }) => position <= end);
    const far: Part = { low: part.high, high: end, limit: limit - near.length };
    return { head, rest: [...near, ...(await this.#between(range, far))] };
  }

  async #pageBackwards(range: CheckedLogRange): Promise<LogPage> {
    const { after, to = BEGINNING, limit } = range;
    const head = await this.head();
    const end = after === undefined ? head : lower(head, (after - 1) as Position);
    const entries: LogEntry[] = [];
    for (let high: number = end; high >= Math.max(to, 1) && entries.length <= limit; ) {
      const low = hasFilter(range) ? Math.max(high - WINDOW, to - 1, 0) : Math.max(to - 1, 0);
      entries.push(...(await this.#select(range, { low, high, limit: limit + 1 - entries.length })));
      high = low;
    }
    const last = entries.length > limit ? entries[limit - 1]?.position : undefined;
    return { entries: entries.slice(0, limit), ...nextOf(range, last, head) };
  }

  async #between(range: CheckedLogRange, { low: after, high: end, limit }: Part): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    for (let low = after; low < end && entries.length < limit; ) {
      const high = hasFilter(range) ? Math.min(end, low + WINDOW) : end;
      entries.push(...(await this.#select(range, { low, high, limit: limit - entries.length })));
      low = high;
    }
    return entries;
  }

  async #select(range: CheckedLogRange, part: Part): Promise<readonly LogEntry[]> {
    const statement = this.#selectStatement(range, part);
    if (hasFilter(range)) {
      // Tags have an index of their own, which is of no use in the order of positions.
      const isInOrder = part.high - part.low > NARROW && (range.filter?.tags ?? []).length === 0;
      const rows = isInOrder
        ? (await sendAll(this.#database, [BEGIN_IN_ORDER, statement, { text: 'COMMIT' }]))[1]
        : await this.#database.rows(statement);
      return (rows ?? []).map(entryOf);
    }
    const entries = (await this.#database.rows(statement)).map(entryOf);
    const isWithin = ({ position }: LogEntry): boolean => position > part.low && position <= part.high;
    const isWhole = [entries[0], entries.at(-1)].every((entry) => entry === undefined || isWithin(entry));
    return isWhole ? entries : entries.filter(isWithin);
  }

  /**
   * Without a filter, only where it begins is asked of the server, and what lies beyond the end is left out afterwards: of
   * two bounds it would make a range, and sort that.
   */
  #selectStatement(range: CheckedLogRange, { low, high, limit }: Part): Statement {
    const isFiltered = hasFilter(range);
    const conditions = new Conditions();
    if (isFiltered || !range.isBackwards) conditions.add('position > ?', low);
    if (isFiltered || range.isBackwards) conditions.add('position <= ?', high);
    this.#addFilter(conditions, range);
    const order = range.isBackwards ? 'DESC' : 'ASC';
    return {
      text: `${this.#selectText(conditions)} ORDER BY position ${order} LIMIT ${limit}`,
      values: conditions.values,
    };
  }

  /** What is read again and again at the end of the log, where planning a statement takes longer than what it does. */
  #tailStatement(range: CheckedLogRange, { low, high, limit }: Part): Statement {
    const conditions = new Conditions();
    conditions.add('position > ?', low);
    conditions.add('position <= ?', high);
    this.#addFilter(conditions, range);
    const values = [...conditions.values, limit];
    const text = `${this.#selectText(conditions)} ORDER BY position LIMIT $${values.length}`;
    return this.#database.prepared({ text, values }, this.#head);
  }

  #addFilter(conditions: Conditions, { filter = {}, withoutArchived }: CheckedLogRange): void {
    addFilter(conditions, filter);
    if (withoutArchived)
      conditions.addPlain(
        `NOT EXISTS (SELECT 1 FROM ${this.#database.schema}.streams s WHERE s.stream_id = events.stream_id AND s.state <> 0)`,
      );
  }

  #selectText(conditions: Conditions): string {
    return `SELECT ${ENTRY_COLUMNS} FROM ${this.#database.schema}.events WHERE ${conditions}`;
  }

  #headStatement(): Statement {
    return this.#database.prepared({ text: `SELECT ${this.#database.schema}.safe_head()` });
  }

  #keepHead([row]: readonly RawRow[], losses: number): Position {
    this.#head = Number(row?.[0]) as Position;
    this.#lossesThen = losses;
    return this.#head;
  }

  #knownHead(): Position {
    return this.#lossesThen === this.#database.losses ? this.#head : BEGINNING;
  }
}

/** Whether something of a range may be left out. */
function hasFilter({ filter = {}, withoutArchived }: CheckedLogRange): boolean {
  if (withoutArchived) return true;
  const conditions = new Conditions();
  addFilter(conditions, filter);
  return conditions.values.length > 0;
}

/** The entries of those ids that are known; looked for on a connection that somebody has, or on one of its own. */
export async function readByIds(
  database: Database,
  ids: readonly string[],
  asked: Pick<Connection, 'rows'> = database,
): Promise<ReadonlyMap<string, LogEntry>> {
  const text = `SELECT ${ENTRY_COLUMNS} FROM ${database.schema}.events WHERE id = ANY ($1::uuid[])`;
  const rows = await asked.rows({ text, values: [ids] });
  return new Map(rows.map(entryOf).map((entry) => [entry.id, entry]));
}

function lower(one: Position, other: Position | undefined): Position {
  return other === undefined || one < other ? one : other;
}
