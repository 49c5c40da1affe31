import type { Clock, CodecOptions } from '../../contracts/index.js';
import { categoryOf } from '../../errors/index.js';
import {
  type EventStore,
  type LogEntry,
  type Snapshot,
  type SnapshotStore,
  type StreamId,
  version,
} from '../../event-store/index.js';
import { guardedLogger } from '../../logging/guarded-logger.js';
import { type Logger, silentLogger } from '../../logging/logger.js';
import type { Aggregate } from '../aggregate.js';
import type { DomainEvent, Evolver } from '../decider.js';
import type { KnownEvents } from '../internal/folding/entry-reader.js';
import { boundsOf, type PointBounds } from '../internal/folding/point-bounds.js';
import { readState, type SnapshotFault } from '../internal/folding/snapshot-state.js';
import { StreamFold } from '../internal/folding/stream-fold.js';
import { streamPages } from '../internal/folding/stream-pages.js';
import { machineClock } from '../internal/machine-clock.js';
import type { HistoryEntry, PointInTime, Sourced } from '../repository.js';
import type { SourcingParts } from '../sourcing-parts.js';

/** An aggregate as its events have made it, and what that took. */
export interface Loaded<State> extends Sourced<State> {
  /** Of the last event that is in the state. */
  readonly eventId: string | undefined;
  /** How many entries were folded: those after the snapshot, where there was one. */
  readonly foldedEvents: number;
  /** With the reading. */
  readonly foldMs: number;
  /** There was a snapshot that can't be used, and another one should take its place. */
  readonly isSnapshotWrong: boolean;
}

const MAX_WARNED = 1_000;

/**
 * Makes the states of aggregates from their streams. A snapshot only saves reading: what does not belong to this code and to
 * this very stream is not used.
 */
export class AggregateLoader {
  readonly #store: EventStore;
  readonly #snapshots: SnapshotStore | undefined;
  readonly #codec: CodecOptions | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** The snapshots that were warned of. */
  readonly #warned = new Set<string>();

  constructor({ events, snapshots, codec, clock = machineClock, logger = silentLogger }: SourcingParts) {
    this.#store = events;
    this.#snapshots = snapshots;
    this.#codec = codec;
    this.#clock = clock;
    this.#logger = guardedLogger(logger);
  }

  /**
   * The aggregate of an id as it is, or was. One that has no events is in its initial state.
   * @throws MortarError `MORTAR_STREAM_ID_INVALID`, `MORTAR_OPTIONS_INVALID`, `MORTAR_VERSION_INVALID` for what is asked;
   * `MORTAR_STREAM_CLOSED` for a tombstoned stream; `MORTAR_STREAM_CORRUPT`, `MORTAR_EVENT_UNKNOWN`, `MORTAR_CODEC_CORRUPT`,
   * `MORTAR_UPCAST_MISSING`, `MORTAR_UPCAST_FAILED`, `MORTAR_FOLD_FAILED` for an event that can't be folded (`details`: streamId, version,
   * position, type, id)
   */
  async load<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    id: string,
    when?: PointInTime,
  ): Promise<Loaded<State>> {
    return this.loadStream(aggregate, aggregate.streamOf(id), when);
  }

  /** As `load`, by the stream. */
  async loadStream<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
    when?: PointInTime,
  ): Promise<Loaded<State>> {
    const bounds = boundsOf(when);
    const startedAt = this.#clock.now();
    const found = await this.#fromSnapshot(aggregate, streamId, bounds);
    const isFold = found instanceof StreamFold;
    const fold = isFold ? found : await this.#fromBeginning(aggregate, aggregate.decider, streamId, bounds);
    return {
      ...fold.sourced,
      eventId: fold.eventId,
      foldedEvents: fold.foldedEvents,
      foldMs: this.#clock.now() - startedAt,
      isSnapshotWrong: !isFold && found !== undefined,
    };
  }

  /** What another fold makes of the events of a stream. No snapshot is used. @throws MortarError as `load` */
  async replay<State, Event extends DomainEvent>(
    known: KnownEvents<Event>,
    evolver: Evolver<State, Event>,
    streamId: StreamId,
    until?: PointInTime,
  ): Promise<Sourced<State>> {
    const fold = await this.#fromBeginning(known, evolver, streamId, boundsOf(until));
    return fold.sourced;
  }

  /**
   * The events of a stream, each with the state after it; those after `start` alone, where it is given.
   * @throws MortarError (when read) as `load`
   */
  async *history<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
    until?: PointInTime,
    start?: Sourced<State>,
  ): AsyncGenerator<HistoryEntry<State, Event>, void, undefined> {
    const bounds = boundsOf(until);
    const fold = new StreamFold(streamId, aggregate, aggregate.decider, this.#codec, start);
    for await (const page of this.#pages(streamId, bounds, fold.version))
      for (const entry of page) {
        if (isBeyond(entry, bounds)) return;
        const seen: HistoryEntry<State, Event>[] = [];
        fold.add(entry, (event, state) => seen.push(historyEntry(entry, event, state)));
        yield* seen;
      }
  }

  async #fromBeginning<State, Event extends DomainEvent>(
    known: KnownEvents<Event>,
    evolver: Evolver<State, Event>,
    streamId: StreamId,
    bounds: PointBounds,
  ): Promise<StreamFold<State, Event>> {
    const fold = new StreamFold(streamId, known, evolver, this.#codec);
    for await (const page of this.#pages(streamId, bounds, fold.version))
      if (!addAll(fold, page, bounds)) break;
    return fold;
  }

  /** A fold that began with a snapshot; or what is wrong with the snapshot; or nothing where there is none, or none that is so old. */
  async #fromSnapshot<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
    bounds: PointBounds,
  ): Promise<StreamFold<State, Event> | SnapshotFault | undefined> {
    const snapshot = await this.#find(aggregate, streamId);
    if (snapshot === undefined || 'reason' in snapshot) return snapshot;
    if (bounds.to !== undefined && snapshot.version > bounds.to) return undefined;
    const read = readState(aggregate, streamId, snapshot);
    const outcome = 'reason' in read ? read : await this.#goOn(aggregate, snapshot, read.state, bounds);
    if (outcome !== undefined && 'reason' in outcome)
      this.#warn(aggregate.name, streamId, outcome, { eventId: snapshot.eventId });
    return outcome;
  }

  async #find<State, Command, Event extends DomainEvent>(
    { name, fingerprint, snapshots }: Aggregate<State, Command, Event>,
    streamId: StreamId,
  ): Promise<Snapshot | SnapshotFault | undefined> {
    if (snapshots === undefined || this.#snapshots === undefined) return undefined;
    try {
      return await this.#snapshots.find(streamId, fingerprint);
    } catch (error) {
      // A store that can't be reached can't be read either; one that holds a broken row can.
      if (categoryOf(error) !== 'corrupt') throw error;
      const fault = { reason: 'the store can not read it' };
      this.#warn(name, streamId, fault, { error });
      return fault;
    }
  }

  /** Reads from the snapshot's own event on, to see that it is there, and folds what comes after it. */
  async #goOn<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    { streamId, version: at, eventId }: Snapshot,
    state: State,
    bounds: PointBounds,
  ): Promise<StreamFold<State, Event> | SnapshotFault | undefined> {
    let fold: StreamFold<State, Event> | undefined;
    for await (const page of this.#pages(streamId, bounds, at - 1)) {
      const [first, ...rest] = page;
      if (fold !== undefined) {
        if (!addAll(fold, page, bounds)) break;
        continue;
      }
      const isThere = first !== undefined && first.version === at && first.streamId === streamId;
      // A bound by time or position does not tell whether the event is there at all.
      if (!isThere && bounds.asOf !== undefined) return undefined;
      if (!isThere || first.id !== eventId) return { reason: 'its event is not in the stream' };
      if (isBeyond(first, bounds)) return undefined;
      fold = new StreamFold(streamId, aggregate, aggregate.decider, this.#codec, {
        state,
        version: at,
        position: first.position,
        recordedAt: first.recordedAt,
        eventId,
      });
      if (!addAll(fold, rest, bounds)) break;
    }
    return fold;
  }

  #pages(streamId: StreamId, { to, asOf }: PointBounds, after: number): ReturnType<typeof streamPages> {
    return streamPages(this.#store, streamId, {
      ...(after === 0 ? {} : { from: version(after + 1) }),
      ...(to === undefined ? {} : { to }),
      ...(asOf === undefined ? {} : { asOf }),
    });
  }

  /** Once for each snapshot: it may be read often before another one takes its place. */
  #warn(
    aggregate: string,
    streamId: StreamId,
    { reason }: SnapshotFault,
    more: { readonly eventId?: string; readonly error?: unknown },
  ): void {
    const key = `${aggregate} ${streamId} ${more.eventId} ${reason}`;
    if (this.#warned.has(key)) return;
    if (this.#warned.size >= MAX_WARNED) this.#warned.clear();
    this.#warned.add(key);
    this.#logger.warn(
      { aggregate, streamId, reason, ...more },
      'a snapshot is not used; the state is made from the events',
    );
  }
}

/** Whether there may be more: false once an entry lies beyond the bounds. */
function addAll<State, Event extends DomainEvent>(
  fold: StreamFold<State, Event>,
  entries: readonly LogEntry[],
  bounds: PointBounds,
): boolean {
  for (const entry of entries) {
    if (isBeyond(entry, bounds)) return false;
    fold.add(entry);
  }
  return true;
}

/** Versions and times are bounds of the reading itself. */
function isBeyond(entry: LogEntry, { position }: PointBounds): boolean {
  return position !== undefined && entry.position > position;
}

function historyEntry<State, Event extends DomainEvent>(
  entry: LogEntry,
  event: Event,
  state: State,
): HistoryEntry<State, Event> {
  return {
    event,
    version: entry.version ?? version(0),
    position: entry.position,
    eventId: entry.id,
    occurredAt: entry.occurredAt,
    recordedAt: entry.recordedAt,
    actor: entry.actor,
    correlationId: entry.correlationId,
    causationId: entry.causationId,
    state,
  };
}
