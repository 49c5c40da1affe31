import type { Position } from '../../../event-store/index.js';
import { type Lease, type LeaseName, WINDOW_POSITIONS } from '../../delivery-store.js';
import { Window } from './window.js';

/** How often a lease must have been taken without progress before its deliveries are run one by one. */
const SUSPICIOUS = 2;

/**
 * A partition of a subscription, from the taking of its lease to its end. `leaving` begins nothing more, and is released
 * when what has begun is committed. `lost` has no say any more: whatever comes of its deliveries counts for nothing.
 */
export class Partition {
  readonly lease: LeaseName;
  readonly window: Window;
  state: 'active' | 'leaving' | 'lost' = 'active';
  /** Deliveries that have begun and are not committed. */
  underWay = 0;
  /** When its place was last committed, by the pulse. */
  settledAt: number;
  readonly #carefulTo: Position | undefined;
  readonly #abort = new AbortController();

  constructor(lease: Lease, now: number) {
    const { subscription, partition, token, low, unclean } = lease;
    this.lease = { subscription, partition, token };
    this.window = new Window(lease);
    this.settledAt = now;
    this.#carefulTo = unclean >= SUSPICIOUS ? ((low + WINDOW_POSITIONS) as Position) : undefined;
  }

  get number(): number {
    return this.lease.partition;
  }

  /** Aborted when what its handlers do does not count any more. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether the delivery at this position may be what killed the process before. */
  isSuspect(position: Position): boolean {
    return this.#carefulTo !== undefined && position <= this.#carefulTo;
  }

  /** Whether the window has room for a position. */
  admits(position: Position): boolean {
    return position <= this.window.low + WINDOW_POSITIONS;
  }

  lose(reason: unknown): void {
    this.state = 'lost';
    this.#abort.abort(reason);
  }

  /** Gives its handlers up, while what they did before still counts. */
  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }
}
