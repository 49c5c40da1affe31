import type { Envelope } from '../contracts/index.js';
import type { Awaitable } from './handler.js';

/** Why a delivery was given up. */
export type DeadReason =
  /** Every attempt failed, or the policy allows none for such an error. */
  | 'failed'
  /** A full queue refused it. */
  | 'refused'
  /** A full queue gave it up for one of higher priority. */
  | 'dropped'
  /** The bus stopped before its turn came. */
  | 'stopped';

/** A delivery whose attempts are over. */
export interface DeadDelivery {
  readonly subscription: string;
  readonly envelope: Envelope;
  readonly reason: DeadReason;
  readonly attempts: number;
  /** Of the last attempt, or why there was none. */
  readonly error: unknown;
}

/** Where the bus puts deliveries whose attempts are over. */
export interface DeadLetterSink {
  /**
   * Keeps a dead delivery and answers with the id of its dead letter.
   * Adding one delivery (same event, same subscription) again replaces what was kept.
   */
  add(dead: DeadDelivery): Awaitable<string>;
}
