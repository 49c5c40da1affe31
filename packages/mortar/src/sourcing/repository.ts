import type { EnvelopeOptions, Failure } from '../contracts/index.js';
import type { Position, StreamId, Version } from '../event-store/index.js';
import type { DomainEvent, Evolver } from './decider.js';
import type { StateChange } from './state-diff.js';

/**
 * A point in the history of an aggregate; now unless said. At most one is given. Where the aggregate has not come so far, it is
 * as it is now.
 */
export interface PointInTime {
  /** With this event. 0 is before the first. */
  readonly version?: Version;
  /** With what had come up to this position of the log. */
  readonly position?: Position;
  /** As it was recorded then, in milliseconds since the Unix epoch. */
  readonly at?: number | Date;
}

/** An aggregate as its events have made it. */
export interface Sourced<State> {
  readonly streamId: StreamId;
  readonly state: State;
  /** Of the last event that is in the state; 0 where there is none. */
  readonly version: Version;
  readonly position: Position | undefined;
  readonly recordedAt: number | undefined;
}

/** What a command has come to. */
export interface Handled<State, Event extends DomainEvent>
  extends Omit<Sourced<State>, 'position' | 'recordedAt'> {
  /** What was decided; none where nothing had to happen. */
  readonly events: readonly Event[];
}

/** Who asks for something, and why: what the envelopes of its events say. The id is each event's own. */
export type HandleOptions = Omit<EnvelopeOptions, 'id'>;

/** One event of an aggregate: what, when, who and why. Those of a retired type that was split share an entry of the log. */
export interface HistoryEntry<State, Event extends DomainEvent> {
  readonly event: Event;
  readonly version: Version;
  readonly position: Position;
  readonly eventId: string;
  readonly occurredAt: number;
  readonly recordedAt: number;
  readonly actor: string | undefined;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  /** After the event. */
  readonly state: State;
}

/** What has happened to an aggregate between two points, and what that has changed. */
export interface StateDiff<State, Event extends DomainEvent> {
  readonly before: Sourced<State>;
  readonly after: Sourced<State>;
  readonly changes: readonly StateChange[];
  readonly events: readonly HistoryEntry<State, Event>[];
}

/** What a command has come to, or the failure that was decided: then nothing has happened. */
export type TriedHandle<State, Event extends DomainEvent> =
  | { readonly ok: true; readonly value: Handled<State, Event> }
  | { readonly ok: false; readonly failure: Failure };

/** The aggregates of one kind, as a handler has them: what it decides is committed with everything else it does. */
export interface HandlerRepository<State, Command, Event extends DomainEvent> {
  /** As it is now, with what this handler has decided before. */
  load(id: string): Promise<Sourced<State>>;
  /**
   * Loads, decides, and adds the events to the handler's unit of work, under the version that was loaded.
   * @throws MortarError `MORTAR_REQUEST_REFUSED` for a failure, which is its cause; what `decide` throws;
   * `MORTAR_FOLD_FAILED`, `MORTAR_DECIDER_INVALID`, `MORTAR_STREAM_CLOSED`; what keeps an event from being read
   */
  handle(id: string, command: Command): Promise<Handled<State, Event>>;
  /** The same, but answers with a failure where there is one. Everything else is thrown. */
  tryHandle(id: string, command: Command): Promise<TriedHandle<State, Event>>;
}

/** The aggregates of one kind, outside of handlers. */
export interface Repository<State, Command, Event extends DomainEvent> {
  /** As it is, or was. */
  load(id: string, when?: PointInTime): Promise<Sourced<State>>;
  /**
   * Loads, decides and appends, with the version that was loaded. Where somebody else was faster, it begins anew, as often as the
   * aggregate allows, each time after a little longer.
   * Calls of one repository for the same aggregate wait for each other, so that it is others alone that they conflict with.
   * @throws MortarError as `HandlerRepository.handle`, and as `EventStore.append`: `MORTAR_VERSION_CONFLICT` after the last time
   */
  handle(id: string, command: Command, options?: HandleOptions): Promise<Handled<State, Event>>;
  /** Every event with the state after it, the first one first. Read page by page. */
  history(id: string, until?: PointInTime): AsyncIterable<HistoryEntry<State, Event>>;
  /** What happened between two points, and what that has changed. @throws MortarError `MORTAR_OPTIONS_INVALID` where `to` comes before `from` */
  diff(id: string, from: PointInTime, to?: PointInTime): Promise<StateDiff<State, Event>>;
  /** Folds what has happened by another decider, or by another version of this one, and writes nothing: what if? */
  replay<OtherState>(
    id: string,
    decider: Evolver<OtherState, Event>,
    until?: PointInTime,
  ): Promise<Sourced<OtherState>>;
  /**
   * Saves a snapshot of how it is now. One that has no events has none.
   * @throws MortarError `MORTAR_OPTIONS_INVALID` for an aggregate without `snapshots`, `MORTAR_STORE_MISSING` without a store for them,
   * `MORTAR_CODEC_UNSUPPORTED` and `MORTAR_DATA_INVALID` for a state that can't be kept
   */
  snapshot(id: string): Promise<void>;
}
