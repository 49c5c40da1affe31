import type { Clock } from '../../contracts/index.js';
import { describeValue, MortarError } from '../../errors/index.js';
import type { SnapshotStore, StreamId } from '../../event-store/index.js';
import { guardedLogger } from '../../logging/guarded-logger.js';
import { type Logger, silentLogger } from '../../logging/logger.js';
import type { Aggregate } from '../aggregate.js';
import type { DomainEvent } from '../decider.js';
import { writeState } from '../internal/folding/snapshot-state.js';
import { machineClock } from '../internal/machine-clock.js';
import type { SourcingParts } from '../sourcing-parts.js';
import type { AggregateLoader, Loaded } from './aggregate-loader.js';

/** What a load took, by which it is seen whether a snapshot is due. */
export type LoadEffort = Pick<Loaded<unknown>, 'foldedEvents' | 'foldMs' | 'isSnapshotWrong'>;

const MAX_WAITING = 1_000;
const PAUSE_MS = 60_000;

/**
 * Saves snapshots when they are due, while nobody waits for it: one after the other, each from the events as they lie in the log by
 * then, so that nothing that was done to a state in the meantime gets into it. None is needed, so none is waited for at a stop unless
 * by `idle`, and one that can't be saved is logged.
 */
export class SnapshotSaver {
  readonly #loader: AggregateLoader;
  readonly #snapshots: SnapshotStore | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** By stream and fingerprint. */
  readonly #waiting = new Map<string, () => Promise<void>>();
  /** By fingerprint: aggregates of which a snapshot could not be saved, and until when none is tried. */
  readonly #pausedUntil = new Map<string, number>();
  #running: Promise<void> | undefined;

  constructor(
    loader: AggregateLoader,
    { snapshots, clock = machineClock, logger = silentLogger }: Omit<SourcingParts, 'events'>,
  ) {
    this.#loader = loader;
    this.#snapshots = snapshots;
    this.#clock = clock;
    this.#logger = guardedLogger(logger);
  }

  /** Saves a snapshot soon, if the aggregate's policy asks for one after this effort. */
  consider<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
    effort: LoadEffort,
  ): void {
    if (this.#snapshots === undefined || !isDue(aggregate, effort)) return;
    const { fingerprint } = aggregate;
    const pausedUntil = this.#pausedUntil.get(fingerprint);
    if (pausedUntil !== undefined && this.#clock.now() < pausedUntil) return;
    const key = `${fingerprint} ${streamId}`;
    // Whoever finds no room here asks again with its next load.
    if (this.#waiting.size >= MAX_WAITING || this.#waiting.has(key)) return;
    this.#waiting.set(key, () => this.#saveQuietly(aggregate, streamId));
    this.#running ??= this.#run();
  }

  /**
   * Saves a snapshot of how an aggregate is now.
   * @throws MortarError as `Repository.snapshot`
   */
  async save<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
  ): Promise<void> {
    const snapshots = this.#storeFor(aggregate);
    const { state, version, eventId, foldedEvents, isSnapshotWrong } = await this.#loader.loadStream(
      aggregate,
      streamId,
    );
    if (eventId === undefined || foldedEvents === 0) return;
    const text = writeState(aggregate, state);
    // One that claims to be newer than the stream would stay.
    if (isSnapshotWrong) await snapshots.remove(streamId);
    await snapshots.save({ streamId, fingerprint: aggregate.fingerprint, version, eventId, state: text });
  }

  /** Resolves when nothing is being saved and nothing waits for it. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // The caller, and whoever else is there, goes first.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (const [key, save] of this.#waiting) {
      await save();
      this.#waiting.delete(key);
    }
    this.#running = undefined;
  }

  async #saveQuietly<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
    streamId: StreamId,
  ): Promise<void> {
    const { name, fingerprint } = aggregate;
    try {
      await this.save(aggregate, streamId);
      this.#pausedUntil.delete(fingerprint);
    } catch (error) {
      // Said once, until one could be saved again.
      if (!this.#pausedUntil.has(fingerprint))
        this.#logger.error({ aggregate: name, streamId, error }, 'a snapshot could not be saved');
      this.#pausedUntil.set(fingerprint, this.#clock.now() + PAUSE_MS);
    }
  }

  #storeFor({ name, snapshots }: Pick<Aggregate, 'name' | 'snapshots'>): SnapshotStore {
    if (snapshots === undefined)
      throw new MortarError('MORTAR_OPTIONS_INVALID', {
        rule: 'Snapshots are saved of aggregates that have a policy for them, also those by hand.',
        expected: `snapshots among the options of aggregate ${name}, such as {}`,
        got: describeValue(snapshots),
      });
    if (this.#snapshots !== undefined) return this.#snapshots;
    throw new MortarError('MORTAR_STORE_MISSING', {
      rule: 'Snapshots are kept in a store.',
      expected: 'a store that keeps snapshots',
      got: 'none',
    });
  }
}

function isDue({ snapshots }: Pick<Aggregate, 'snapshots'>, effort: LoadEffort): boolean {
  const { everyEvents = Number.POSITIVE_INFINITY, afterMs = Number.POSITIVE_INFINITY } = snapshots ?? {};
  if (effort.foldedEvents === 0) return false;
  return effort.foldedEvents >= everyEvents || effort.foldMs >= afterMs;
}
