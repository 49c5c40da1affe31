import {
  type Clock,
  type CodecOptions,
  createEnvelope,
  type EnvelopeOptions,
  type EventContract,
  tagsOf,
} from '../contracts/index.js';
import { checkKeys, checkWholeNumber, MAX_DELAY_MS } from '../errors/index.js';
import { encodeEvent, type RecordedEvent, type RecordedOf } from './encoding.js';
import type {
  AppendCondition,
  AppendResult,
  EventStore,
  LogFilter,
  LogRange,
  LogStatistics,
  StreamInfo,
  StreamRange,
  StreamState,
} from './event-store.js';
import type { ExpectedVersion } from './expected-version.js';
import { EntryIterator } from './internal/entry-iterator.js';
import { type ContractOf, entryReader } from './internal/entry-reader.js';
import { livePages, logPages, type Pages, streamPages } from './internal/pages.js';
import { type Position, type StreamId, streamId } from './place.js';

/** What a log is made of. */
export interface EventLogParts {
  readonly events: EventStore;
  /** The contract of a type of events. Those without one are read as they were written. */
  readonly contractOf?: ContractOf;
  readonly codec?: CodecOptions;
  readonly clock?: Clock;
}

/** Which part of a stream, and which events of it. */
export interface ReadStreamOptions<C extends EventContract = EventContract>
  extends Omit<StreamRange, 'limit'> {
  /** At most so many events of the stream; all of them unless said. */
  readonly limit?: number;
  /** Only events of these contracts, typed by them. */
  readonly events?: readonly C[];
}

/** Which part of the log, and which events of it. */
export interface ReadLogOptions<C extends EventContract = EventContract> extends Omit<LogRange, 'limit'> {
  /** At most so many events; all of them unless said. */
  readonly limit?: number;
  /** Only events of these contracts, typed by them. In place of the filter's `types`. */
  readonly events?: readonly C[];
}

/** What to follow. */
export interface SubscribeOptions<C extends EventContract = EventContract> {
  /** Events after this position, the beginning unless said; `await log.head()` for those to come. */
  readonly after?: Position;
  readonly filter?: LogFilter;
  /** Only events of these contracts, typed by them. In place of the filter's `types`. */
  readonly events?: readonly C[];
  /** Ends it when aborted. */
  readonly signal?: AbortSignal;
  /** How long it waits before it looks by itself whether there is something new; 1,000 unless said. */
  readonly pollMs?: number;
}

/** What may be said of an append besides its event. */
export interface AppendOptions extends EnvelopeOptions {
  /** `any` unless said. */
  readonly expectedVersion?: ExpectedVersion;
  readonly condition?: AppendCondition;
}

const DEFAULT_POLL_MS = 1_000;

const timers: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * The durable log as its users see it: events with their data, as their contracts are today. What is read comes page by
 * page, fetched ahead, however long it is; an event that can't be read ends the reading with its error, whose `details`
 * say the position.
 */
export class EventLog {
  readonly #store: EventStore;
  readonly #contractOf: ContractOf;
  readonly #codec: CodecOptions | undefined;
  readonly #clock: Clock;

  constructor({ events, contractOf = () => undefined, codec, clock = timers }: EventLogParts) {
    this.#store = events;
    this.#contractOf = contractOf;
    this.#codec = codec;
    this.#clock = clock;
  }

  /**
   * The events of one stream, by version.
   * @throws MortarError (when read) `MORTAR_STREAM_CLOSED` for a tombstoned one, and what keeps an event from being read
   */
  readStream<C extends EventContract = never>(
    stream: StreamId | string,
    options: ReadStreamOptions<C> = {},
  ): AsyncIterable<EventsOf<C>> {
    const { events, limit, ...range } = options;
    checkLimit(limit);
    const id = streamId(stream);
    return this.#read(events, () => streamPages(this.#store, id, range, limit));
  }

  /** The events of all streams of a category, by position. */
  readCategory<C extends EventContract = never>(
    category: string,
    options: ReadLogOptions<C> = {},
  ): AsyncIterable<EventsOf<C>> {
    return this.readAll({ ...options, filter: { ...options.filter, categories: [category] } });
  }

  /** The events of the whole log, by position. */
  readAll<C extends EventContract = never>(options: ReadLogOptions<C> = {}): AsyncIterable<EventsOf<C>> {
    const { events, limit, filter, ...range } = options;
    checkLimit(limit);
    return this.#read(events, () => logPages(this.#store, { ...range, ...filterOf(filter, events) }, limit));
  }

  /**
   * The events of the log after a position, and those that come, as soon as they do. Ends when the signal is aborted or the
   * caller leaves its loop; waits while the store can't be reached. Nothing is remembered of how far it came: for that,
   * subscribe to the events by a module.
   */
  subscribe<C extends EventContract = never>(options: SubscribeOptions<C> = {}): AsyncIterable<EventsOf<C>> {
    checkKeys('a live subscription', options, ['after', 'filter', 'events', 'signal', 'pollMs']);
    const { after, filter, events, signal, pollMs = DEFAULT_POLL_MS } = options;
    checkWholeNumber('pollMs', pollMs, 1, MAX_DELAY_MS);
    const range = { ...(after === undefined ? {} : { after }), ...filterOf(filter, events) };
    return this.#read(
      events,
      () => livePages(this.#store, range, { clock: this.#clock, pollMs, signal }),
      signal,
    );
  }

  /**
   * Appends one event to a stream.
   * @throws MortarError as `createEnvelope` and `EventStore.append`
   */
  async append<N extends string, Out, In>(
    stream: StreamId | string,
    contract: EventContract<N, Out, In>,
    data: In,
    options: AppendOptions = {},
  ): Promise<AppendResult> {
    const { expectedVersion = 'any', condition, ...rest } = options;
    const envelope = createEnvelope(contract, data, rest, this.#clock);
    const event = encodeEvent(envelope, tagsOf(contract, envelope.data), this.#codec);
    return this.#store.append([{ streamId: streamId(stream), expectedVersion, events: [event] }], condition);
  }

  /** What is known of a stream; nothing if there is none. */
  async streamInfo(stream: StreamId | string): Promise<StreamInfo | undefined> {
    return this.#store.streamInfo(streamId(stream));
  }

  /** Counts what the filter asks for; reads as much of the log as that takes. */
  async statistics(filter?: LogFilter): Promise<LogStatistics> {
    return this.#store.statistics(filter);
  }

  /** The position up to which the log can be read now. */
  async head(): Promise<Position> {
    return this.#store.head();
  }

  /** Keeps a stream from taking events until it is restored. @throws MortarError as `EventStore.setStreamState` */
  async archive(stream: StreamId | string): Promise<void> {
    return this.#setState(stream, 'archived');
  }

  /** Lets an archived stream take events again. @throws MortarError as `EventStore.setStreamState` */
  async restore(stream: StreamId | string): Promise<void> {
    return this.#setState(stream, 'open');
  }

  /** Closes a stream for ever: it takes no events and is not read any more, but by position. @throws MortarError as `EventStore.setStreamState` */
  async tombstone(stream: StreamId | string): Promise<void> {
    return this.#setState(stream, 'tombstoned');
  }

  async #setState(stream: StreamId | string, state: StreamState): Promise<void> {
    return this.#store.setStreamState(streamId(stream), state);
  }

  #read<C extends EventContract>(
    contracts: readonly C[] | undefined,
    open: () => Pages,
    signal?: AbortSignal,
  ): AsyncIterable<EventsOf<C>> {
    const read = entryReader<EventsOf<C>>(contracts, this.#contractOf, this.#codec);
    return { [Symbol.asyncIterator]: () => new EntryIterator(open(), read, signal) };
  }
}

/** The events that are read: of the contracts that were asked for, else any. */
export type EventsOf<C extends EventContract> = [C] extends [never] ? RecordedEvent : RecordedOf<C>;

function filterOf(
  filter: LogFilter | undefined,
  contracts: readonly EventContract[] | undefined,
): { readonly filter?: LogFilter } {
  if (contracts === undefined) return filter === undefined ? {} : { filter };
  return { filter: { ...filter, types: contracts.map(({ name }) => name) } };
}

function checkLimit(limit: number | undefined): void {
  if (limit !== undefined) checkWholeNumber('limit', limit, 0, Number.MAX_SAFE_INTEGER);
}
