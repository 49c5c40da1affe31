import { type BusOptions, createDurableBus, type DurableBus } from '../../bus/index.js';
import type { Clock, EventContract } from '../../contracts/index.js';
import type { DurableDeadLetterStore, DurableSubscription, Schedule, Store } from '../../delivery/index.js';
import { EventLog } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import type { ModuleProjection } from '../../modules/index.js';
import type { AppDeliveryOptions, AppProjectionOptions } from '../app-options.js';
import { AppStore } from './app-store.js';
import { Durability } from './durability.js';
import { late } from './late.js';

/** What an app with a store has in place of a bus of its own. */
export interface DurableParts {
  readonly bus: DurableBus;
  readonly store: AppStore;
  readonly log: EventLog;
  readonly deadLetters: DurableDeadLetterStore;
  /** Joins them with the subscriptions, when these are known. */
  readonly durabilityOf: (subscriptions: readonly DurableSubscription[]) => Durability;
}

/** What they are made with. */
export interface DurableSurroundings {
  readonly bus: BusOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The contract of a type of events, of which a loaded module speaks. */
  readonly contractOf: (type: string) => EventContract | undefined;
  readonly schedules: readonly Schedule[];
  readonly projections: readonly ModuleProjection[];
  readonly projecting: AppProjectionOptions;
  readonly delivering: AppDeliveryOptions;
}

/** Nothing is opened yet. */
export function durablePartsOf(store: Store, surroundings: DurableSurroundings): DurableParts {
  const { bus: options, clock, logger, contractOf, projections } = surroundings;
  const appStore = new AppStore(store, logger, projections);
  const bus = createDurableBus({ ...options, logger }, appStore);
  return {
    bus,
    store: appStore,
    log: new EventLog({ events: late(() => appStore.current.events), contractOf, clock }),
    deadLetters: late(() => appStore.current.deadLetters),
    durabilityOf: (subscriptions) => new Durability({ ...surroundings, store: appStore, bus, subscriptions }),
  };
}
