import {
  type Append,
  type AppendCondition,
  type AppendResult,
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
  matchesFilter,
  nextOf,
  type Position,
  type StreamId,
  type StreamInfo,
  type StreamRange,
  type StreamState,
  streamClosed,
  streamId as streamIdOf,
  streamMissing,
  type Version,
} from '../event-store/index.js';
import { appendWithin } from './internal/append.js';
import { statisticsOf } from './internal/statistics.js';
import { MemoryLog } from './memory-log.js';

/** The log in memory: what every other store is measured by. */
export class MemoryEventStore implements EventStore {
  readonly #log: MemoryLog;

  constructor(log: MemoryLog = new MemoryLog()) {
    this.#log = log;
  }

  async append(
    appends: readonly Append[],
    condition?: AppendCondition,
    inlineEpoch?: number,
  ): Promise<AppendResult> {
    checkAppends(appends, condition);
    return this.#log.atomically(() => appendWithin(this.#log, appends, condition, inlineEpoch));
  }

  async readAll(range?: LogRange): Promise<LogPage> {
    const checked = checkLogRange(range);
    return this.#log.exclusively(() => this.#page(checked));
  }

  async readStream(streamId: StreamId, range?: StreamRange): Promise<readonly LogEntry[]> {
    streamIdOf(streamId);
    const { low, high, limit, isBackwards, asOf } = checkStreamRange(range);
    return this.#log.exclusively(() => {
      const stream = this.#log.streams.get(streamId);
      if (stream === undefined) return [];
      if (stream.state === 'tombstoned') throw streamClosed(streamId, stream.state);
      const between = stream.entries.slice(Math.max(low - 1, 0), high);
      const found = asOf === undefined ? between : between.filter(({ recordedAt }) => recordedAt <= asOf);
      return isBackwards ? found.slice(-limit).reverse() : found.slice(0, limit);
    });
  }

  async streamInfo(streamId: StreamId): Promise<StreamInfo | undefined> {
    streamIdOf(streamId);
    return this.#log.exclusively(() => {
      const stream = this.#log.streams.get(streamId);
      const first = stream?.entries[0];
      const last = stream?.entries.at(-1);
      if (stream === undefined || first === undefined || last === undefined) return undefined;
      return {
        streamId,
        category: categoryOf(streamId),
        version: stream.entries.length as Version,
        state: stream.state,
        firstRecordedAt: first.recordedAt,
        lastRecordedAt: last.recordedAt,
      };
    });
  }

  async statistics(filter: LogFilter = {}): Promise<LogStatistics> {
    checkFilter(filter);
    return this.#log.exclusively(() => {
      const { entries, head } = this.#log;
      return statisticsOf(
        entries.filter((entry) => matchesFilter(entry, filter)),
        head,
      );
    });
  }

  async head(): Promise<Position> {
    return this.#log.exclusively(() => this.#log.head);
  }

  async setStreamState(streamId: StreamId, state: StreamState): Promise<void> {
    streamIdOf(streamId);
    checkStreamState(state);
    return this.#log.exclusively(() => {
      const stream = this.#log.streams.get(streamId);
      if (stream === undefined) throw streamMissing(streamId);
      if (stream.state === state) return;
      if (stream.state === 'tombstoned') throw streamClosed(streamId, stream.state);
      stream.state = state;
    });
  }

  watch(listener: () => void): () => void {
    return this.#log.watchers.add(listener);
  }

  #page(range: CheckedLogRange): LogPage {
    const { entries, head } = this.#log;
    const { after, to, limit, isBackwards } = range;
    const found: LogEntry[] = [];
    const step = isBackwards ? -1 : 1;
    const start = isBackwards ? Math.min(after ?? head + 1, head + 1) - 1 : (after ?? 0) + 1;
    const end = isBackwards ? Math.max(to ?? 1, 1) : Math.min(to ?? head, head);
    for (let place = start; (end - place) * step >= 0; place += step) {
      const entry = entries[place - 1];
      if (entry === undefined || !this.#isWanted(entry, range)) continue;
      // One more than is asked for shows that there is more.
      if (found.length === limit) return { entries: found, ...nextOf(range, found.at(-1)?.position, head) };
      found.push(entry);
    }
    return { entries: found, ...nextOf(range, undefined, head) };
  }

  #isWanted(entry: LogEntry, { filter, withoutArchived }: CheckedLogRange): boolean {
    if (filter !== undefined && !matchesFilter(entry, filter)) return false;
    if (!withoutArchived || entry.streamId === undefined) return true;
    return this.#log.streams.get(entry.streamId)?.state === 'open';
  }
}
