import type { DeadDelivery, DeadLetterSink, DeadReason } from '../bus/index.js';
import type { Envelope } from '../contracts/index.js';
import type { ErrorCategory, ErrorCode } from '../errors/index.js';
import type { EncodedEvent, LogEntry } from '../event-store/index.js';
import type { FailedAttempt } from './delivery-store.js';

/**
 * Where a dead letter stands. `dead` waits for an operator. `replaying` is claimed by one replay. `replayed` and
 * `discarded` are over, and kept until retention removes them.
 */
export type DeadLetterState = 'dead' | 'replaying' | 'replayed' | 'discarded';

/** An error as it is kept: plain data. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly category: ErrorCategory;
  readonly code: ErrorCode | undefined;
  readonly stack: string | undefined;
}

/** A delivery whose attempts are over, and what has become of it. Times are in milliseconds since the Unix epoch. */
export interface DeadLetter {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly subscription: string;
  readonly envelope: Envelope;
  readonly reason: DeadReason;
  /** Calls of the handler up to its last death, over every replay in vain. */
  readonly attempts: number;
  readonly error: RecordedError;
  /** The same for errors of one kind, whatever ids and numbers their messages have. */
  readonly fingerprint: string;
  /** How often it was replayed in vain. */
  readonly replays: number;
  readonly firstDeadAt: number;
  readonly lastDeadAt: number;
  /** When it was replayed or discarded. */
  readonly endedAt: number | undefined;
  /** Who discarded it, and why; or the id of the event that was replayed with other data. */
  readonly note: string | undefined;
}

/** Which dead letters. All that is given must hold. */
export interface DeadLetterFilter {
  /** `dead` unless said. */
  readonly state?: DeadLetterState;
  readonly subscription?: string;
  /** The event's type. */
  readonly type?: string;
  readonly module?: string;
  readonly key?: string;
  readonly correlationId?: string;
  readonly tenant?: string;
  readonly reason?: DeadReason;
  readonly category?: ErrorCategory;
  readonly fingerprint?: string;
  /** Last dead at or after. */
  readonly from?: number;
  /** Last dead before. */
  readonly to?: number;
}

/** Which part of a list: after the letter with this id, at most so many (100 unless said, 10,000 at most). */
export interface DeadLetterPage {
  readonly after?: string;
  readonly limit?: number;
}

/** Dead letters of one error. */
export interface DeadLetterGroup {
  readonly fingerprint: string;
  readonly count: number;
  readonly subscriptions: readonly string[];
  readonly types: readonly string[];
  /** Of the latest. */
  readonly error: RecordedError;
  readonly firstDeadAt: number;
  readonly lastDeadAt: number;
}

/** How many dead letters there are. */
export interface DeadLetterStatistics {
  readonly byState: Readonly<Record<DeadLetterState, number>>;
  /** Of those that are dead. */
  readonly bySubscription: Readonly<Record<string, number>>;
  readonly byType: Readonly<Record<string, number>>;
  readonly byCategory: Readonly<Record<string, number>>;
  /** When the oldest that is dead last died. */
  readonly oldestDeadAt: number | undefined;
}

/**
 * The port to where dead letters are kept. Every method is atomic, and safe to call from several processes where the
 * store is shared. Letters are listed in the order of their ids, which is that of their first death.
 */
export interface DeadLetterStore extends DeadLetterSink {
  /**
   * Keeps a dead delivery and answers with its letter's id. One letter is kept for an event and a subscription: a
   * delivery that died again updates it and puts it back to `dead`. If it was `replaying`, the attempts are added and
   * the replay is counted; if it was over, the attempts are added; if it was `dead`, the delivery may be the same
   * one, so adding it twice changes no more than adding it once.
   * @throws MortarError `MORTAR_QUEUE_FULL` if the store is bounded and full of letters that are not over
   */
  add(dead: DeadDelivery): Promise<string>;
  get(id: string): Promise<DeadLetter | undefined>;
  /** @throws MortarError `MORTAR_OPTIONS_INVALID` for a limit out of bounds */
  list(filter?: DeadLetterFilter, page?: DeadLetterPage): Promise<readonly DeadLetter[]>;
  /** By error, the largest group first. */
  groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]>;
  statistics(): Promise<DeadLetterStatistics>;
  /**
   * Changes the state of a letter if it is still as expected, and answers with it; of several callers, one succeeds.
   * @throws MortarError `MORTAR_DEAD_LETTER_MISSING`, `MORTAR_DEAD_LETTER_STATE`
   */
  change(id: string, from: DeadLetterState, to: DeadLetterState, note?: string): Promise<DeadLetter>;
  /** Removes letters in one of these states that last changed before a time; answers with how many. */
  purge(before: number, states: readonly DeadLetterState[]): Promise<number>;
}

/** What a batch of deliveries changes about dead letters. */
export type LetterChange =
  | {
      readonly kind: 'dead';
      /** The delivery's place in the log, and its payload's bytes, decodable or not. */
      readonly entry: LogEntry;
      readonly reason: DeadReason;
      readonly attempts: number;
      readonly failures: readonly FailedAttempt[];
      /** What was delivered in place of the entry's data, if it was edited. */
      readonly edited: EncodedEvent | undefined;
    }
  | { readonly kind: 'replayed'; readonly letterId: string };
