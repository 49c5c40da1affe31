import type { CodecOptions } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import {
  type LogEntry,
  NO_EVENTS,
  type Position,
  type StreamId,
  type Version,
} from '../../../event-store/index.js';
import type { DomainEvent, Evolver } from '../../decider.js';
import type { Sourced } from '../../repository.js';
import { type KnownEvents, readEntry } from './entry-reader.js';
import { evolved, initialStateOf } from './evolve.js';

/** What a fold takes to be true, and goes on from. */
export type FoldStart<State> = Omit<Sourced<State>, 'streamId'> & { readonly eventId?: string | undefined };

/** Folds the entries of one stream in their order, and holds them to it: each version once, and none left out. */
export class StreamFold<State, Event extends DomainEvent> {
  readonly streamId: StreamId;
  readonly #known: KnownEvents<Event>;
  readonly #evolver: Pick<Evolver<State, Event>, 'evolve'>;
  readonly #codec: CodecOptions | undefined;
  readonly #take: (event: Event) => void;
  #state: State;
  #version: Version = NO_EVENTS;
  #position: Position | undefined;
  #recordedAt: number | undefined;
  #eventId: string | undefined;
  #foldedEvents = 0;

  constructor(
    streamId: StreamId,
    known: KnownEvents<Event>,
    evolver: Evolver<State, Event>,
    codec: CodecOptions | undefined,
    start?: FoldStart<State>,
  ) {
    this.streamId = streamId;
    this.#known = known;
    this.#evolver = evolver;
    this.#codec = codec;
    this.#take = (event) => {
      this.#state = evolved(this.#evolver, this.#state, event);
    };
    this.#state = start === undefined ? initialStateOf(evolver) : start.state;
    if (start === undefined) return;
    this.#version = start.version;
    this.#position = start.position;
    this.#recordedAt = start.recordedAt;
    this.#eventId = start.eventId;
  }

  /** What it has come to. */
  get sourced(): Sourced<State> {
    return {
      streamId: this.streamId,
      state: this.#state,
      version: this.#version,
      position: this.#position,
      recordedAt: this.#recordedAt,
    };
  }

  get version(): Version {
    return this.#version;
  }

  /** Of the last event that is in the state. */
  get eventId(): string | undefined {
    return this.#eventId;
  }

  /** How many entries were folded. */
  get foldedEvents(): number {
    return this.#foldedEvents;
  }

  /**
   * @throws MortarError `MORTAR_STREAM_CORRUPT` for an entry that is not the next one, `MORTAR_FOLD_FAILED`, and as `readEntry`; each
   * with where the entry lies
   */
  add(entry: LogEntry, seen?: (event: Event, state: State) => void): void {
    this.#checkNext(entry);
    try {
      if (seen === undefined) readEntry(this.#known, entry, this.#codec, this.#take);
      else
        readEntry(this.#known, entry, this.#codec, (event) => {
          this.#take(event);
          seen(event, this.#state);
        });
    } catch (error) {
      throw placed(error, entry);
    }
    this.#version = entry.version ?? NO_EVENTS;
    this.#position = entry.position;
    this.#recordedAt = entry.recordedAt;
    this.#eventId = entry.id;
    this.#foldedEvents += 1;
  }

  #checkNext(entry: LogEntry): void {
    const due = this.#version + 1;
    const isInOrder = entry.position > (this.#position ?? 0);
    if (entry.version === due && entry.streamId === this.streamId && isInOrder) return;
    const { streamId } = this;
    throw new MortarError('MORTAR_STREAM_CORRUPT', {
      rule: `The events of stream ${streamId} have one version after the other, in the order of their positions.`,
      expected: `version ${due}`,
      got: `version ${entry.version} of stream ${entry.streamId} at position ${entry.position}`,
      details: { ...placeOf(entry), streamId, expected: due },
    });
  }
}

/** The same error, with where the entry lies. */
export function placed(error: unknown, entry: EntryPlace): unknown {
  if (!(error instanceof MortarError)) return error;
  const { code, rule, expected, got, issues } = error;
  const details = { ...error.details, ...placeOf(entry) };
  return new MortarError(code, { rule, expected, got, issues, details, cause: error.cause ?? error });
}

/** What names an entry; one that is being appended has no position yet. */
type EntryPlace = Pick<LogEntry, 'streamId' | 'version' | 'type' | 'id'> &
  Partial<Pick<LogEntry, 'position'>>;

function placeOf({ streamId, version, position, type, id }: EntryPlace): Readonly<Record<string, unknown>> {
  return { streamId, version, position, type, id };
}
