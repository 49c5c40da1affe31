import {
  type Append,
  type AppendCondition,
  type AppendResult,
  BEGINNING,
  type CheckedLogRange,
  categoryOf,
  checkAppends,
  checkFilter,
  checkLogRange,
  checkStreamRange,
  checkStreamState,
  type EventStore,
  type LogEntry,
  type LogFilter,
  type LogPage,
  type LogRange,
  type LogStatistics,
  nextOf,
  type Position,
  position,
  type StreamId,
  type StreamInfo,
  type StreamRange,
  type StreamState,
  streamClosed,
  streamId,
  streamMissing,
  type Version,
} from 'mortar/event-store';
import type { Appender } from './internal/appender.js';
import type { Database } from './internal/database/database.js';
import { StatementCache } from './internal/database/statement-cache.js';
import type { Statement } from './internal/driver/driver.js';
import { isLed, selectionOf } from './internal/filter.js';
import { ENTRY_COLUMNS, type EntryRow, entryOf } from './internal/rows.js';
import { countLog } from './internal/statistics.js';

/** How much of the log is looked at for one page where no index leads to what is asked for. */
const SCANNED_POSITIONS = 20_000;

type InfoRow = readonly [
  version: Version,
  firstRecordedAt: number,
  lastRecordedAt: number,
  state: StreamState | null,
];

/** The log in a SQLite file. */
export class SqliteEventStore implements EventStore {
  readonly #database: Database;
  readonly #appender: Appender;
  readonly #head: Statement<readonly [Position | null]>;
  readonly #state: Statement<readonly [StreamState]>;
  readonly #info: Statement<InfoRow>;
  readonly #setState: Statement<never>;
  readonly #reopen: Statement<never>;
  readonly #infoForWriter: Statement<InfoRow>;
  readonly #pages: StatementCache<EntryRow>;

  constructor(database: Database, appender: Appender) {
    const { reader, writer } = database;
    this.#database = database;
    this.#appender = appender;
    this.#head = reader.prepare('SELECT max(position) FROM mortar_events', 'tuples');
    this.#state = reader.prepare('SELECT state FROM mortar_stream_states WHERE stream = ?', 'tuples');
    this.#info = reader.prepare(INFO, 'tuples');
    this.#infoForWriter = writer.prepare(INFO, 'tuples');
    this.#setState = writer.prepare('INSERT OR REPLACE INTO mortar_stream_states VALUES (?, ?)', 'tuples');
    this.#reopen = writer.prepare('DELETE FROM mortar_stream_states WHERE stream = ?', 'tuples');
    this.#pages = new StatementCache(reader, 'tuples');
  }

  async append(
    appends: readonly Append[],
    condition?: AppendCondition,
    inlineEpoch?: number,
  ): Promise<AppendResult> {
    checkAppends(appends, condition);
    return this.#database.write({
      decidesFirst: true,
      run: (context) => {
        const result = this.#appender.append({ appends, condition, inlineEpoch }, context);
        if (!result.isRepeated) context.mark('log');
        return result;
      },
    });
  }

  async readAll(range?: LogRange): Promise<LogPage> {
    const checked = checkLogRange(range);
    return this.#database.read(() => this.#page(checked));
  }

  async readStream(stream: StreamId, range?: StreamRange): Promise<readonly LogEntry[]> {
    streamId(stream);
    const { low, high, limit, isBackwards, asOf } = checkStreamRange(range);
    const sql = `SELECT ${ENTRY_COLUMNS} FROM mortar_events AS e WHERE e.stream = ? AND e.version BETWEEN ? AND ?
      ${asOf === undefined ? '' : 'AND e.recorded_at <= ?'} ORDER BY e.version ${isBackwards ? 'DESC' : 'ASC'} LIMIT ?`;
    const parameters = [stream, low, high, ...(asOf === undefined ? [] : [asOf]), limit];
    return this.#database.read(() => {
      const [state] = this.#state.first([stream]) ?? [];
      if (state === 'tombstoned') throw streamClosed(stream, state);
      return this.#pages.get(sql).all(parameters).map(entryOf);
    });
  }

  async streamInfo(stream: StreamId): Promise<StreamInfo | undefined> {
    streamId(stream);
    return this.#database.read(() => {
      const row = this.#info.first([stream]);
      if (row === undefined) return undefined;
      const [version, firstRecordedAt, lastRecordedAt, state] = row;
      const category = categoryOf(stream);
      return { streamId: stream, category, version, state: state ?? 'open', firstRecordedAt, lastRecordedAt };
    });
  }

  async statistics(filter?: LogFilter): Promise<LogStatistics> {
    if (filter !== undefined) checkFilter(filter);
    return countLog(this.#database, await this.head(), filter);
  }

  head(): Promise<Position> {
    return this.#database.read(() => this.#readHead());
  }

  async setStreamState(stream: StreamId, state: StreamState): Promise<void> {
    streamId(stream);
    checkStreamState(state);
    await this.#database.write({
      decidesFirst: true,
      run: () => {
        const [, , , current] = this.#infoForWriter.first([stream]) ?? [];
        if (current === undefined) throw streamMissing(stream);
        if (current === 'tombstoned' && state !== current) throw streamClosed(stream, current);
        if (state === 'open') this.#reopen.run([stream]);
        else this.#setState.run([stream, state]);
      },
    });
  }

  watch(listener: () => void): () => void {
    return this.#database.watchers.add('log', listener);
  }

  #readHead(): Position {
    return this.#head.first([])?.[0] ?? BEGINNING;
  }

  /** The head comes first: what is appended afterwards lies beyond it, and is left for the next page. */
  #page(range: CheckedLogRange): LogPage {
    const { limit, isBackwards, filter, withoutArchived } = range;
    const head = this.#readHead();
    const { above, upTo, isWhole } = windowOf(range, head);
    // A reader that has come to the end asks most often, and a statement costs as much as its columns.
    if (upTo <= above) return { entries: [], ...nextOf(range, undefined, head) };
    const {
      from,
      position: column,
      where,
      parameters,
    } = selectionOf({ above, upTo }, filter, withoutArchived);
    const sql = `SELECT ${ENTRY_COLUMNS} FROM ${from} WHERE ${where}
      ORDER BY ${column} ${isBackwards ? 'DESC' : 'ASC'} LIMIT ?`;
    const rows = this.#pages.get(sql).all([...parameters, limit + 1]);
    const entries = (rows.length > limit ? rows.slice(0, limit) : rows).map(entryOf);
    if (rows.length > limit) return { entries, ...nextOf(range, entries.at(-1)?.position, head) };
    if (isWhole) return { entries, ...nextOf(range, undefined, head) };
    return { entries, next: position(isBackwards ? above + 1 : upTo), isEnd: false };
  }
}

interface Window {
  /** Positions greater than this one, */
  readonly above: number;
  /** up to this one. */
  readonly upTo: number;
  /** Whether this is all of the range. */
  readonly isWhole: boolean;
}

/** The part of a range that one page looks at. */
function windowOf(
  { after, to, isBackwards, filter, withoutArchived }: CheckedLogRange,
  head: Position,
): Window {
  const above = isBackwards ? Math.max(0, (to ?? 0) - 1) : (after ?? 0);
  const upTo = Math.min(head, isBackwards ? (after ?? head + 1) - 1 : (to ?? head));
  const isWhole = upTo - above <= SCANNED_POSITIONS || (isLed(filter) && !withoutArchived);
  if (isWhole) return { above, upTo, isWhole };
  return isBackwards
    ? { above: upTo - SCANNED_POSITIONS, upTo, isWhole }
    : { above, upTo: above + SCANNED_POSITIONS, isWhole };
}

const INFO = `SELECT e.version, (SELECT recorded_at FROM mortar_events WHERE stream = e.stream AND version = 1), e.recorded_at,
  (SELECT state FROM mortar_stream_states AS s WHERE s.stream = e.stream)
  FROM mortar_events AS e WHERE e.stream = ? ORDER BY e.version DESC LIMIT 1`;
