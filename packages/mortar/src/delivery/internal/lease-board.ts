import type { LeaseName } from '../delivery-store.js';
import type { LeaseRenewalPlace } from '../lease-renewal.js';

/** What a thread is started with. */
export interface LeaseThreadStart extends LeaseRenewalPlace {
  readonly shared: SharedArrayBuffer;
  readonly owner: string;
  readonly ttlMs: number;
}

/** What a thread is told: the leases to keep from now on, or to end. */
export type ToLeaseThread =
  | { readonly kind: 'keep'; readonly leases: readonly LeaseName[] }
  | { readonly kind: 'end' };

/** What a thread tells: that renewing fails, once until it succeeds. */
export interface FromLeaseThread {
  readonly kind: 'failed';
  readonly reason: string;
}

const TURNED_AT = 0;
const RENEWALS = 1;
const NS_A_MS = 1_000_000n;

/** What an event loop and its thread write for each other to read, without waiting. */
export class LeaseBoard {
  readonly shared: SharedArrayBuffer;
  readonly #cells: BigInt64Array;

  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT)) {
    this.shared = shared;
    this.#cells = new BigInt64Array(shared);
  }

  /** When the loop has last turned, by `threadsNow`. */
  get turnedAt(): number {
    return Number(Atomics.load(this.#cells, TURNED_AT));
  }

  /** The loop turns now. */
  turn(): void {
    Atomics.store(this.#cells, TURNED_AT, BigInt(threadsNow()));
  }

  /** How often the thread has renewed, since this was asked last. */
  takeRenewals(): number {
    return Number(Atomics.exchange(this.#cells, RENEWALS, 0n));
  }

  /** The thread has renewed. */
  addRenewal(): void {
    Atomics.add(this.#cells, RENEWALS, 1n);
  }
}

/** Milliseconds, by a clock that all threads of a process have in common and nobody sets. */
export function threadsNow(): number {
  return Number(process.hrtime.bigint() / NS_A_MS);
}
