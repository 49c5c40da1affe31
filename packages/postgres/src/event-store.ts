import {
  type Append,
  type AppendCondition,
  type AppendResult,
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
  type Position,
  type StreamId,
  type StreamInfo,
  type StreamRange,
  type StreamState,
  streamClosed,
  streamId as streamIdOf,
  streamMissing,
  type Version,
} from 'mortar/event-store';
import type { Appender } from './internal/append/appender.js';
import type { Database } from './internal/connection/database.js';
import type { Notifications } from './internal/connection/notifications.js';
import { change } from './internal/connection/transacting.js';
import type { LogReader } from './internal/reading/reading.js';
import { STREAM_STATES, text } from './internal/reading/rows.js';
import { readStatistics } from './internal/reading/statistics.js';
import { StreamReader } from './internal/reading/stream-reader.js';

/** What the event store works with. */
export interface EventStoreParts {
  readonly database: Database;
  readonly appender: Appender;
  readonly reader: LogReader;
  readonly notifications: Notifications;
}

/** The log on PostgreSQL. */
export class PostgresEventStore implements EventStore {
  readonly #parts: EventStoreParts;
  readonly #streams: StreamReader;

  constructor(parts: EventStoreParts) {
    this.#parts = parts;
    this.#streams = new StreamReader(parts.database);
  }

  async append(
    appends: readonly Append[],
    condition?: AppendCondition,
    inlineEpoch?: number,
  ): Promise<AppendResult> {
    checkAppends(appends, condition);
    return this.#parts.appender.append({ appends, condition, inlineEpoch });
  }

  async readAll(range?: LogRange): Promise<LogPage> {
    return this.#parts.reader.page(checkLogRange(range));
  }

  async readStream(streamId: StreamId, range?: StreamRange): Promise<readonly LogEntry[]> {
    streamIdOf(streamId);
    const entries = await this.#streams.read(streamId, checkStreamRange(range));
    // A tombstoned stream shows nothing, and stays so: that there is nothing is looked into afterwards.
    if (entries.length === 0 && (await this.streamInfo(streamId))?.state === 'tombstoned')
      throw streamClosed(streamId, 'tombstoned');
    return entries;
  }

  async streamInfo(streamId: StreamId): Promise<StreamInfo | undefined> {
    streamIdOf(streamId);
    const { database } = this.#parts;
    const [row] = await database.rows({
      text: `SELECT version, state, first_recorded_at, last_recorded_at FROM ${database.schema}.streams WHERE stream_id = $1`,
      values: [streamId],
    });
    if (row === undefined) return undefined;
    return {
      streamId,
      category: categoryOf(streamId),
      version: Number(row[0]) as Version,
      state: stateOf(row[1]),
      firstRecordedAt: Number(row[2]),
      lastRecordedAt: Number(row[3]),
    };
  }

  async statistics(filter: LogFilter = {}): Promise<LogStatistics> {
    checkFilter(filter);
    return readStatistics(this.#parts.database, filter, await this.head());
  }

  async head(): Promise<Position> {
    return this.#parts.reader.head();
  }

  async setStreamState(streamId: StreamId, state: StreamState): Promise<void> {
    streamIdOf(streamId);
    checkStreamState(state);
    const { database } = this.#parts;
    const { schema } = database;
    const [changed] = await change(database, {
      text: `UPDATE ${schema}.streams SET state = $2 WHERE stream_id = $1 AND (state <> 2 OR $2 = 2) RETURNING state`,
      values: [streamId, STREAM_STATES.indexOf(state)],
    });
    if (changed !== undefined) return;
    const present = await this.streamInfo(streamId);
    throw present === undefined ? streamMissing(streamId) : streamClosed(streamId, present.state);
  }

  watch(listener: () => void): () => void {
    return this.#parts.notifications.add('log', listener);
  }
}

function stateOf(column: string | null | undefined): StreamState {
  return STREAM_STATES[Number(text(column))] ?? 'open';
}
