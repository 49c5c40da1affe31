import type { DrainOptions, DurableBus, MadeEvent, Outcome, Published } from '../../bus/index.js';
import type { Clock } from '../../contracts/index.js';
import { Deliveries } from '../../delivery/deliveries.js';
import { type DurableSubscription, type OpenStore, type Schedule, Schedules } from '../../delivery/index.js';
import { MAX_DELAY_MS, MortarError } from '../../errors/index.js';
import { orderKeyOf } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import type { ModuleProjection } from '../../modules/index.js';
import { standIn } from '../../projections/inline/stand-in.js';
import type { AppDeliveryOptions, AppProjectionOptions } from '../app-options.js';
import { AppProjections } from './app-projections.js';
import type { AppStore } from './app-store.js';

/** What makes an app durable. */
export interface DurabilityParts {
  readonly store: AppStore;
  readonly bus: DurableBus;
  readonly subscriptions: readonly DurableSubscription[];
  readonly schedules: readonly Schedule[];
  readonly projections: readonly ModuleProjection[];
  readonly projecting: AppProjectionOptions;
  readonly delivering: AppDeliveryOptions;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DEFAULT_STOP_MS = 30_000;
const COMMIT_MS = 5_000;

/** The store of an app and the deliveries from its log, from the start to the stop. */
export class Durability {
  readonly projections: AppProjections;
  readonly #parts: DurabilityParts;
  #deliveries: Deliveries | undefined;
  /** Those that are being stopped, or were. */
  #stopping: Deliveries | undefined;
  #ending: Promise<unknown> = Promise.resolve();
  /** Keeps the process alive, as a server that listens does. */
  #alive: NodeJS.Timeout | undefined;
  /** Those who wait until an event is handled. */
  readonly #waits = new Set<AbortController>();

  constructor(parts: DurabilityParts) {
    this.#parts = parts;
    this.projections = new AppProjections(parts);
    parts.store.generation = (name) => this.projections.read(name);
    parts.store.projected = (types) => {
      parts.bus.settled(types);
      this.projections.projected();
    };
  }

  get publisher(): DurableBus['publisher'] {
    return this.#parts.bus.publisher;
  }

  /** @throws MortarError `MORTAR_APP_STATE` before the start and after the stop */
  get deliveries(): Deliveries {
    if (this.#deliveries !== undefined) return this.#deliveries;
    throw new MortarError('MORTAR_APP_STATE', {
      rule: 'An app delivers events between its start and its stop.',
      expected: 'a started app',
      got: 'one that is not',
    });
  }

  /**
   * Opens the store, and makes the subscriptions known to it: those that begin with what is published from now on get what is
   * published while the app starts.
   */
  async open(): Promise<void> {
    const { store, subscriptions } = this.#parts;
    await store.open();
    const { deliveries } = store.current;
    for (const { name, from, partitions } of subscriptions) await deliveries.register(name, from, partitions);
  }

  /** Publishes what was published at the start, and begins to deliver. */
  async start(published: readonly MadeEvent[]): Promise<void> {
    const { store, subscriptions, clock, logger, schedules, delivering } = this.#parts;
    const { leaseMs, retention } = delivering;
    if (published.length > 0) await this.publisher.publishAll(published);
    const observed = this.#observed(store.current);
    const deliveries = new Deliveries({
      store: observed,
      subscriptions,
      clock,
      logger,
      schedules: new Schedules(schedules),
      ...(leaseMs === undefined ? {} : { leaseTtlMs: leaseMs }),
      ...(retention === undefined ? {} : { retention }),
    });
    // What waits for a retry or for its time is owed to somebody: the process ends by a stop, not by having nothing to do.
    if (subscriptions.length + schedules.length + this.projections.following > 0)
      this.#alive = setInterval(() => undefined, MAX_DELAY_MS);
    this.#deliveries = deliveries;
    await this.projections.prepare(observed, deliveries, () => store.refreshInlines());
    await deliveries.start();
    await this.projections.start();
  }

  /** The store, telling the caches of queries what has been handled. */
  #observed(store: OpenStore): OpenStore {
    const { bus, subscriptions } = this.#parts;
    const typesOf = new Map(subscriptions.map(({ name, types = [] }) => [name, types]));
    const { deliveries } = store;
    return standIn(store, {
      deliveries: standIn(deliveries, {
        commit: async (batch) => {
          const outcome = await deliveries.commit(batch);
          bus.settled(typesOf.get(batch.subscription) ?? this.projections.committed(batch.subscription));
          return outcome;
        },
      }),
    });
  }

  /**
   * Resolves with the outcomes of an event's subscriptions in this app, when they have come to one. Rejects with the reason of
   * the abort, which may be the stop of the app.
   */
  async whenHandled({ envelope, position }: Published, wait: AbortController): Promise<readonly Outcome[]> {
    const names = this.#parts.subscriptions
      .filter(({ types }) => types === undefined || types.includes(envelope.type))
      .map(({ name }) => name);
    this.#waits.add(wait);
    try {
      // What an app publishes is of no stream.
      const orderKey = orderKeyOf(envelope, undefined);
      return await this.deliveries.whenHandled({ id: envelope.id, position, orderKey }, names, wait.signal);
    } finally {
      this.#waits.delete(wait);
    }
  }

  /** As `Deliveries.idle`, once no projection is being caught up. */
  async idle(signal?: AbortSignal): Promise<void> {
    const { deliveries } = this;
    await this.projections.ready(signal);
    await deliveries.idle(signal);
  }

  /**
   * From now on nothing is delivered that has not begun. What has begun may end and is committed. It is the bus that gives up
   * handlers whose time is over, and counts them; the commits that follow have some time more.
   */
  stop({ timeoutMs = DEFAULT_STOP_MS }: DrainOptions): void {
    const withCommitsMs = Math.min(MAX_DELAY_MS, timeoutMs + COMMIT_MS);
    // The end of the first stop is waited for, whoever else asks: a second one of the deliveries has nothing to do.
    if (this.#deliveries === undefined || this.#stopping === this.#deliveries) return;
    this.#stopping = this.#deliveries;
    // Its failure is told where it is awaited.
    const stopping = [this.projections.stop(), this.#stopping.stop({ timeoutMs: withCommitsMs })];
    this.#ending = Promise.all(stopping);
    this.#ending.catch(() => undefined);
  }

  /**
   * Closes the store when what has begun is committed. Handlers that go on now wait for the stop of the app themselves, so they
   * are not waited for: the store is closed after them.
   */
  async close(): Promise<void> {
    const { bus, logger, store } = this.#parts;
    const { opened } = store;
    const ending = this.#ending;
    const alive = this.#alive;
    const closeNow = async (): Promise<void> => {
      try {
        await ending;
      } finally {
        for (const wait of this.#waits) wait.abort(notHandledYet());
        clearInterval(alive);
        await store.close(opened);
      }
    };
    this.#deliveries = undefined;
    if (bus.open === 0) return closeNow();
    const failed = (error: unknown): void =>
      logger.error({ error }, 'The store was not closed cleanly after the last handler');
    bus.events.idle().then(closeNow).catch(failed);
  }
}

/** The event is in the log, and will be handled. */
function notHandledYet(): MortarError {
  return new MortarError('MORTAR_BUS_STOPPED', {
    rule: 'An app that stops waits for no handlers but those that have begun.',
    expected: 'a running app until all handlers of the event have ended',
    got: 'one that has stopped; the event is committed and will be handled',
  });
}
