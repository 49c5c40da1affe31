/// <reference lib="esnext.disposable" preserve="true" />
import type { EventStore } from '../event-store/index.js';
import type { Logger } from '../logging/logger.js';
import type { UnitStore } from '../unit-of-work/index.js';
import type { DeadLetterStore } from './dead-letter-store.js';
import type { DeliveryStore } from './delivery-store.js';

/** What a store is given by the app that opens it. */
export interface StoreSurroundings {
  readonly logger: Logger;
}

/** A durable store as an adapter describes it: `sqlite('shop.db')`, `postgres(url)`, `memory()`. Opens nothing by itself. */
export interface Store {
  /** `sqlite`, `postgres`, `memory`. */
  readonly kind: string;
  /**
   * Opens the store and brings its tables up to date, under a lock.
   * @throws MortarError `MORTAR_STORE_VERSION` for a database program that is too old, or tables that are newer than the
   * code; `MORTAR_MIGRATION_FAILED`; `MORTAR_STORE_UNAVAILABLE`
   */
  open(surroundings: StoreSurroundings): Promise<OpenStore>;
}

/** A store at work: all of its ports, over one database. */
export interface OpenStore extends AsyncDisposable {
  readonly kind: string;
  readonly events: EventStore;
  readonly units: UnitStore;
  readonly deliveries: DeliveryStore;
  readonly deadLetters: DeadLetterStore;
  /** Whether the store answers and takes writes. Rejects with the reason if it does not. */
  check(): Promise<void>;
  /** Waits for what is under way, and closes. May be called more than once. */
  close(): Promise<void>;
}
