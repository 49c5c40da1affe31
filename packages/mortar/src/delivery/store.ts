/// <reference lib="esnext.disposable" preserve="true" />
import type { EventStore, SnapshotStore } from '../event-store/index.js';
import type { Logger } from '../logging/logger.js';
import type { DocumentStore, ProjectionStore } from '../read-models/index.js';
import type { UnitStore } from '../unit-of-work/index.js';
import type { DurableDeadLetterStore } from './dead-letter-store.js';
import type { DeliveryStore } from './delivery-store.js';

/** What a store is given by the app that opens it. */
export interface StoreSurroundings {
  readonly logger: Logger;
}

/** One step that brings the tables of a store up to date. */
export interface Migration {
  /** From 1, without a gap. */
  readonly id: number;
  readonly name: string;
  readonly sql: string;
}

/** What opening a store would change. */
export interface MigrationPlan {
  /** The last migration that the database has; 0 for an empty one. */
  readonly current: number;
  /** The last one that the code knows. */
  readonly target: number;
  /** Those that would be applied, in their order. */
  readonly pending: readonly Migration[];
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
  /** What `open` would change about the tables. Changes nothing. Rejects as `open` does. */
  plan(): Promise<MigrationPlan>;
}

/** A store at work: all of its ports, over one database. */
export interface OpenStore extends AsyncDisposable {
  readonly kind: string;
  readonly events: EventStore;
  readonly units: UnitStore;
  readonly deliveries: DeliveryStore;
  readonly deadLetters: DurableDeadLetterStore;
  readonly snapshots: SnapshotStore;
  readonly documents: DocumentStore;
  readonly projections: ProjectionStore;
  /** Whether the store answers and takes writes. Rejects with the reason if it does not. */
  check(): Promise<void>;
  /** Waits for what is under way, and closes. May be called more than once. */
  close(): Promise<void>;
}
