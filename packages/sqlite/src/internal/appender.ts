import { MortarError } from 'mortar/errors';
import {
  type Append,
  type AppendCondition,
  type AppendResult,
  conditionFailed,
  findRepetition,
  inlineStale,
  isExpected,
  type LogEntry,
  type Position,
  position as positionOf,
  type StreamId,
  type StreamState,
  streamClosed,
  unexpectedVersion,
  version as versionOf,
} from 'mortar/event-store';
import { StatementCache } from './database/statement-cache.js';
import type { JobContext } from './database/writer.js';
import type { Connection, Statement } from './driver/driver.js';
import { isDuplicate } from './errors.js';
import { selectionOf } from './filter.js';
import { ENTRY_COLUMNS, type EntryRow, entryOf, INSERT_EVENT, rowOf } from './rows.js';

type HeadRow = readonly [version: number, recordedAt: number, state: StreamState | null];

/** What a stream has come to within the transaction. */
interface Head {
  readonly stream: StreamId | undefined;
  readonly version: number;
  readonly recordedAt: number;
}

/** What is appended together. */
export interface AppendJob {
  readonly appends: readonly Append[];
  readonly condition?: AppendCondition | undefined;
  readonly inlineEpoch?: number | undefined;
}

const NO_STREAM: Head = { stream: undefined, version: 0, recordedAt: 0 };

/** Appends within a transaction. Everything is decided before anything is changed, so that a refusal leaves no trace. */
export class Appender {
  readonly #insert: Statement<never>;
  readonly #insertTag: Statement<never>;
  readonly #head: Statement<HeadRow>;
  readonly #anyKnown: Statement<readonly [number]>;
  readonly #byId: Statement<EntryRow>;
  readonly #conditions: StatementCache<readonly [Position]>;
  readonly #epoch: Statement<readonly [number]>;

  constructor(writer: Connection) {
    this.#insert = writer.prepare(INSERT_EVENT, 'tuples');
    this.#insertTag = writer.prepare('INSERT INTO mortar_event_tags (tag, position) VALUES (?, ?)', 'tuples');
    this.#head = writer.prepare(HEAD, 'tuples');
    this.#anyKnown = writer.prepare(ANY_KNOWN, 'tuples');
    this.#byId = writer.prepare(`SELECT ${ENTRY_COLUMNS} FROM mortar_events AS e WHERE e.id = ?`, 'tuples');
    this.#epoch = writer.prepare('SELECT epoch FROM mortar_inline_epoch', 'tuples');
    this.#conditions = new StatementCache(writer, 'tuples');
  }

  /**
   * @throws MortarError those of `EventStore.append`, before anything is changed
   */
  append({ appends, condition, inlineEpoch = 0 }: AppendJob, context: JobContext): AppendResult {
    const isSingle = appends.length === 1 && appends[0]?.events.length === 1;
    // Whether a single event is known shows when it is put in, which changes nothing then.
    const repeated = isSingle ? undefined : this.repetitionOf(appends);
    if (repeated !== undefined) return repeated;
    try {
      if (appends.length > 0 && this.#epochIn(context) !== inlineEpoch) throw inlineStale();
      const heads = appends.map((append) => this.#headFor(append));
      if (condition !== undefined) this.#check(condition);
      return this.#insertAll(appends, heads, context.now);
    } catch (error) {
      const mayBeKnown = isSingle && (error instanceof MortarError || isDuplicate(error));
      const known = mayBeKnown ? this.repetitionOf(appends) : undefined;
      if (known === undefined) throw error;
      return known;
    }
  }

  /**
   * Where the same events were appended before, if they were.
   * @throws MortarError `MORTAR_EVENT_DUPLICATE`
   */
  repetitionOf(appends: readonly Append[]): AppendResult | undefined {
    const ids = appends.flatMap(({ events }) => events.map(({ id }) => id));
    if (ids.length === 0 || this.#anyKnown.first([JSON.stringify(ids)]) === undefined) return undefined;
    return findRepetition(appends, (id) => this.#entry(id));
  }

  /** Read once in a transaction. */
  #epochIn(context: JobContext): number {
    context.inlineEpoch ??= this.#epoch.first([])?.[0] ?? 0;
    return context.inlineEpoch;
  }

  #entry(id: string): LogEntry | undefined {
    const row = this.#byId.first([id]);
    return row === undefined ? undefined : entryOf(row);
  }

  #headFor({ streamId, expectedVersion = 'any' }: Append): Head {
    if (streamId === undefined) return NO_STREAM;
    const [version, recordedAt, state] = this.#head.first([streamId]) ?? [0, 0, null];
    if (state !== null) throw streamClosed(streamId, state);
    const actual = versionOf(version);
    if (!isExpected(expectedVersion, actual)) throw unexpectedVersion(streamId, expectedVersion, actual);
    return { stream: streamId, version, recordedAt };
  }

  #check(condition: AppendCondition): void {
    const bounds = { above: condition.after, upTo: Number.MAX_SAFE_INTEGER };
    for (const query of condition.query) {
      const { from, where, parameters } = selectionOf(bounds, query);
      const found = this.#conditions
        .get(`SELECT e.position FROM ${from} WHERE ${where} LIMIT 1`)
        .first(parameters);
      if (found !== undefined) throw conditionFailed(condition, found[0]);
    }
  }

  #insertAll(appends: readonly Append[], heads: readonly Head[], now: number): AppendResult {
    const positions: Position[] = [];
    const versions = appends.map(({ events }, index) => {
      const { stream, version: before, recordedAt: last } = heads[index] ?? NO_STREAM;
      const recordedAt = Math.max(now, last);
      let version = before;
      for (const event of events) {
        version += 1;
        const own = stream === undefined ? undefined : versionOf(version);
        const position = positionOf(this.#insert.run(rowOf(event, stream, own, recordedAt)).lastInsertRowid);
        for (const tag of event.tags) this.#insertTag.run([tag, position]);
        positions.push(position);
      }
      return stream === undefined ? undefined : versionOf(version);
    });
    return { positions, versions, isRepeated: false };
  }
}

const HEAD = `SELECT e.version, e.recorded_at, (SELECT state FROM mortar_stream_states AS s WHERE s.stream = e.stream)
  FROM mortar_events AS e WHERE e.stream = ? ORDER BY e.version DESC LIMIT 1`;
const ANY_KNOWN = `SELECT 1 FROM json_each(?) AS wanted JOIN mortar_events AS e ON e.id = wanted.value LIMIT 1`;
