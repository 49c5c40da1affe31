import type { LeaseName } from './delivery-store.js';

/** Prolongs leases over a connection of its own, in a thread. */
export interface LeaseRenewal {
  /**
   * Prolongs those of the leases that nobody has taken or released since, as `DeliveryStore.renew`, and what the owner has
   * announced.
   */
  renew(owner: string, leases: readonly LeaseName[], ttlMs: number): Promise<void>;
  close(): Promise<void>;
}

/** What the module of a `LeaseRenewalPlace` exports. */
export interface LeaseRenewalModule {
  /** Connects. Called when leases are to be renewed for the first time, and again after it has failed. */
  openLeaseRenewal(settings: unknown): Promise<LeaseRenewal>;
}

/** Where a thread finds how to renew the leases of a store. */
export interface LeaseRenewalPlace {
  /** The URL of a `LeaseRenewalModule`. */
  readonly module: string;
  /** For `openLeaseRenewal`: plain data, that can be handed to a thread. */
  readonly settings: unknown;
}
