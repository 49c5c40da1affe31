import type { CheckedStreamRange, LogEntry, StreamId } from 'mortar/event-store';
import { GroupCommit, type JobOutcome } from 'mortar/unit-of-work';
import type { Database } from '../connection/database.js';
import { Conditions } from './filter-sql.js';
import { ENTRY_COLUMNS, entryOf } from './rows.js';

interface Job extends CheckedStreamRange {
  readonly streamId: StreamId;
}

/** How many reads share a statement, and how many statements are under way at once. */
const MAX_GROUP = 50;
const CONCURRENCY = 4;
/** What may answer with more is read alone, so that nobody waits for it. */
const SMALL = 1_000;

/**
 * Reads streams. Those who load aggregates at the same time share a statement, which stays prepared: to plan it takes longer
 * than to read the few events that most of them have.
 */
export class StreamReader {
  readonly #database: Database;
  readonly #groups: GroupCommit<Job, readonly LogEntry[]>;
  /** The greatest position that was seen: the table has about so many rows. */
  #seen = 0;

  constructor(database: Database) {
    this.#database = database;
    this.#groups = new GroupCommit((jobs) => this.#readAll(jobs), {
      maxGroup: MAX_GROUP,
      concurrency: CONCURRENCY,
    });
  }

  /** A page of a stream; nothing of a tombstoned one. */
  async read(streamId: StreamId, range: CheckedStreamRange): Promise<readonly LogEntry[]> {
    const isPlain = range.asOf === undefined && !range.isBackwards && range.limit <= SMALL;
    return isPlain ? this.#groups.submit({ streamId, ...range }) : this.#readOne(streamId, range);
  }

  async #readAll(jobs: readonly Job[]): Promise<readonly JobOutcome<readonly LogEntry[]>[]> {
    const { schema } = this.#database;
    const text = `SELECT e.*, r.place FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::integer[]) WITH ORDINALITY
        AS r (stream_id, low, high, count, place)
      CROSS JOIN LATERAL (SELECT ${ENTRY_COLUMNS} FROM ${schema}.events
        WHERE stream_id = r.stream_id AND version >= r.low AND version <= r.high
          AND NOT EXISTS (SELECT 1 FROM ${schema}.streams s WHERE s.stream_id = r.stream_id AND s.state = 2)
        ORDER BY version LIMIT r.count) AS e`;
    const values = [
      jobs.map(({ streamId }) => streamId),
      jobs.map(({ low }) => low),
      jobs.map(({ high }) => high),
      jobs.map(({ limit }) => limit),
    ];
    const rows = await this.#database.rows(this.#database.prepared({ text, values }, this.#seen));
    const found = jobs.map((): LogEntry[] => []);
    for (const row of rows) {
      const entry = entryOf(row);
      this.#seen = Math.max(this.#seen, entry.position);
      found[Number(row.at(-1)) - 1]?.push(entry);
    }
    // The order of rows beyond a stream's own is the server's.
    return found.map((entries) => ({ ok: true, result: entries.sort(byVersion) }));
  }

  async #readOne(
    streamId: StreamId,
    { low, high, limit, isBackwards, asOf }: CheckedStreamRange,
  ): Promise<readonly LogEntry[]> {
    const { schema } = this.#database;
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
    const rows = await this.#database.rows({ text, values: conditions.values });
    return rows.map(entryOf);
  }
}

function byVersion(one: LogEntry, other: LogEntry): number {
  return (one.version ?? 0) - (other.version ?? 0);
}
