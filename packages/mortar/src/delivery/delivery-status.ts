import type { Position } from '../event-store/index.js';
import type { RecordedError } from './dead-letter-store.js';

/** How a subscription stands in this process: plain data. */
export interface SubscriptionStatus {
  readonly name: string;
  /**
   * `paused` by an operator or its policy; `out` while what its handler needs does not answer; `waiting` while other
   * processes have the leases of all its partitions; `halted` by `error`, until the process starts again.
   */
  readonly state: 'running' | 'waiting' | 'paused' | 'out' | 'halted' | 'stopped';
  /** Why it is halted. */
  readonly error?: RecordedError;
  readonly partitions: number;
  /** The partitions that this process delivers. */
  readonly held: readonly number[];
  /** The least place of these partitions; nothing where it has none. */
  readonly low: Position | undefined;
  /**
   * Positions between there and the head of the log: no fewer than the events that are yet to be accounted for. Where it has
   * no partition, those of all partitions, as the store has them.
   */
  readonly lagEvents: number;
  /** Keys that wait for a retry, and those that wait for their dead letter. */
  readonly heldKeys: { readonly retrying: number; readonly dead: number };
  /** Calls of the handler under way. */
  readonly calls: number;
  /** Deliveries that were read and wait for their turn. */
  readonly waiting: number;
  /** Deliveries that have ended and are not committed. */
  readonly committing: number;
  readonly failuresInRow: number;
}

/** How the deliveries of this process stand. */
export interface DeliveriesStatus {
  readonly owner: string;
  readonly head: Position;
  readonly subscriptions: readonly SubscriptionStatus[];
}
