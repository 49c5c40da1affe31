import type { DrainOptions, DurableBus, MadeEvent, Outcome, Published } from '../../bus/index.js';
import type { Clock } from '../../contracts/index.js';
import { Deliveries } from '../../delivery/deliveries.js';
import { type DurableSubscription, type OpenStore, type Schedule, Schedules } from '../../delivery/index.js';
import { MortarError } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import type { AppStore } from './app-store.js';
import { standIn } from './stand-in.js';

/** What makes an app durable. */
export interface DurabilityParts {
  readonly store: AppStore;
  readonly bus: DurableBus;
  readonly subscriptions: readonly DurableSubscription[];
  readonly schedules: readonly Schedule[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The store of an app and the deliveries from its log, from the start to the stop. */
export class Durability {
  readonly #parts: DurabilityParts;
  #deliveries: Deliveries | undefined;
  #ending: Promise<unknown> = Promise.resolve();

  constructor(parts: DurabilityParts) {
    this.#parts = parts;
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
    const { store, subscriptions, clock, logger, schedules } = this.#parts;
    if (published.length > 0) await this.publisher.publishAll(published);
    this.#deliveries = new Deliveries({
      store: this.#observed(store.current),
      subscriptions,
      clock,
      logger,
      schedules: new Schedules(schedules),
    });
    await this.#deliveries.start();
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
          bus.settled(typesOf.get(batch.subscription) ?? []);
          return outcome;
        },
      }),
    });
  }

  /** Resolves with the outcomes of an event's subscriptions in this app, when they have come to one. */
  async whenHandled({ envelope, position }: Published, signal: AbortSignal): Promise<readonly Outcome[]> {
    const names = this.#parts.subscriptions
      .filter(({ types }) => types === undefined || types.includes(envelope.type))
      .map(({ name }) => name);
    return this.deliveries.whenHandled({ id: envelope.id, position }, names, signal);
  }

  /** From now on nothing is delivered that has not begun. What has begun may end and is committed. */
  stop(options: DrainOptions): void {
    // Its failure is told where it is awaited.
    this.#ending = this.#deliveries?.stop(options) ?? this.#ending;
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
    const closeNow = async (): Promise<void> => {
      try {
        await ending;
      } finally {
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
