import type { Clock } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import type { AppendResult, StreamId, Version } from '../event-store/index.js';
import type { Aggregate } from './aggregate.js';
import { decide, refused } from './decide.js';
import type { DomainEvent, Evolver } from './decider.js';
import { retrying } from './internal/conflict-retry.js';
import { encodeDecided } from './internal/event-encoding.js';
import { boundsOf } from './internal/folding/point-bounds.js';
import { machineClock } from './internal/machine-clock.js';
import { Turns } from './internal/turns.js';
import { AggregateLoader, type Loaded } from './loading/aggregate-loader.js';
import { SnapshotSaver } from './loading/snapshot-saver.js';
import type {
  Handled,
  HandleOptions,
  HistoryEntry,
  PointInTime,
  Repository,
  Sourced,
  StateDiff,
} from './repository.js';
import type { SourcingParts } from './sourcing-parts.js';
import { changesBetween } from './state-diff.js';

/**
 * Appends decided events to a stream that is expected at this version, all or nothing. Their data follows their contracts.
 * @throws MortarError as `EventStore.append`
 */
export type CommitEvents<Event extends DomainEvent> = (
  streamId: StreamId,
  expectedVersion: Version,
  events: readonly Event[],
  options: HandleOptions,
) => Promise<AppendResult>;

/** What a repository is made of. Loader and saver may be shared among the aggregates of a store. */
export interface RepositoryParts<State, Command, Event extends DomainEvent> {
  readonly aggregate: Aggregate<State, Command, Event>;
  readonly loader: AggregateLoader;
  readonly saver: SnapshotSaver;
  readonly commit: CommitEvents<Event>;
  /** Of the pauses after conflicts; the machine's unless given. */
  readonly clock?: Clock | undefined;
}

const UNKNOWN_RETRIES = 3;

/**
 * The aggregates of one kind over a store alone, without an app: nothing is published to subscriptions of this process but by
 * way of the log.
 * @example
 * const accounts = repository({ events: store.events }, account);
 * await accounts.handle('anna', { type: 'deposit', amount: 5 }, { actor: 'anna' });
 */
export function repository<State, Command, Event extends DomainEvent>(
  parts: SourcingParts,
  aggregate: Aggregate<State, Command, Event>,
): StandaloneRepository<State, Command, Event> {
  const { events: store, codec, clock = machineClock } = parts;
  const loader = new AggregateLoader(parts);
  const envelopes = { events: aggregate.events, codec, clock };
  return new StandaloneRepository({
    aggregate,
    loader,
    saver: new SnapshotSaver(loader, parts),
    clock,
    commit: async (streamId, expectedVersion, decided, options) => {
      const append = { streamId, expectedVersion, events: encodeDecided(decided, envelopes, options) };
      // The same events under the same ids: if they lie there already, that is the answer.
      return retrying('MORTAR_COMMIT_UNKNOWN', UNKNOWN_RETRIES, clock, () => store.append([append]));
    },
  });
}

/** A repository outside of handlers: each command that it handles is committed by itself. */
export class StandaloneRepository<State, Command, Event extends DomainEvent>
  implements Repository<State, Command, Event>
{
  readonly #aggregate: Aggregate<State, Command, Event>;
  readonly #loader: AggregateLoader;
  readonly #saver: SnapshotSaver;
  readonly #commit: CommitEvents<Event>;
  readonly #clock: Clock;
  readonly #turns = new Turns();

  constructor({
    aggregate,
    loader,
    saver,
    commit,
    clock = machineClock,
  }: RepositoryParts<State, Command, Event>) {
    this.#aggregate = aggregate;
    this.#loader = loader;
    this.#saver = saver;
    this.#commit = commit;
    this.#clock = clock;
  }

  async load(id: string, when?: PointInTime): Promise<Sourced<State>> {
    const streamId = this.#aggregate.streamOf(id);
    return sourcedOf(await this.#load(streamId, when));
  }

  async handle(id: string, command: Command, options: HandleOptions = {}): Promise<Handled<State, Event>> {
    const streamId = this.#aggregate.streamOf(id);
    const { retries } = this.#aggregate;
    return this.#turns.run(streamId, () =>
      retrying('MORTAR_VERSION_CONFLICT', retries, this.#clock, () =>
        this.#handle(streamId, command, options),
      ),
    );
  }

  history(id: string, until?: PointInTime): AsyncIterable<HistoryEntry<State, Event>> {
    const streamId = this.#aggregate.streamOf(id);
    boundsOf(until);
    return { [Symbol.asyncIterator]: () => this.#loader.history(this.#aggregate, streamId, until) };
  }

  async diff(id: string, from: PointInTime, to?: PointInTime): Promise<StateDiff<State, Event>> {
    const streamId = this.#aggregate.streamOf(id);
    const before = sourcedOf(await this.#loader.loadStream(this.#aggregate, streamId, from));
    const after = sourcedOf(await this.#loader.loadStream(this.#aggregate, streamId, to));
    if (after.version < before.version) throw backwards(before, after);
    const changes = changesBetween(before.state, after.state);
    const until = { version: after.version };
    const events: HistoryEntry<State, Event>[] = [];
    for await (const entry of this.#loader.history(this.#aggregate, streamId, until, before))
      events.push(entry);
    return { before, after, changes, events };
  }

  async replay<OtherState>(
    id: string,
    decider: Evolver<OtherState, Event>,
    until?: PointInTime,
  ): Promise<Sourced<OtherState>> {
    return this.#loader.replay(this.#aggregate, decider, this.#aggregate.streamOf(id), until);
  }

  async snapshot(id: string): Promise<void> {
    await this.#saver.save(this.#aggregate, this.#aggregate.streamOf(id));
  }

  /** Resolves when no snapshot is being saved any more. */
  async idle(): Promise<void> {
    await this.#saver.idle();
  }

  async #load(streamId: StreamId, when?: PointInTime): Promise<Loaded<State>> {
    const loaded = await this.#loader.loadStream(this.#aggregate, streamId, when);
    if (when === undefined) this.#saver.consider(this.#aggregate, streamId, loaded);
    return loaded;
  }

  async #handle(
    streamId: StreamId,
    command: Command,
    options: HandleOptions,
  ): Promise<Handled<State, Event>> {
    const loaded = await this.#loader.loadStream(this.#aggregate, streamId);
    const decided = decide(this.#aggregate, loaded.state, command);
    if (!decided.ok) throw refused(this.#aggregate.name, decided.failure);
    const { events, state } = decided;
    if (events.length === 0) {
      this.#saver.consider(this.#aggregate, streamId, loaded);
      return { streamId, state, version: loaded.version, events };
    }
    const { versions } = await this.#commit(streamId, loaded.version, events, options);
    const foldedEvents = loaded.foldedEvents + events.length;
    this.#saver.consider(this.#aggregate, streamId, { ...loaded, foldedEvents });
    const [version] = versions;
    if (version === loaded.version + events.length) return { streamId, state, version, events };
    // Whoever commits has left some of them out: what has come of it is in the log alone.
    const now = await this.#loader.loadStream(this.#aggregate, streamId);
    return { streamId, state: now.state, version: now.version, events };
  }
}

function sourcedOf<State>({
  streamId,
  state,
  version,
  position,
  recordedAt,
}: Sourced<State>): Sourced<State> {
  return { streamId, state, version, position, recordedAt };
}

function backwards(before: Sourced<unknown>, after: Sourced<unknown>): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A diff goes from one point to the same or a later one.',
    expected: `a point at or after version ${before.version}`,
    got: describeValue(after.version),
  });
}
