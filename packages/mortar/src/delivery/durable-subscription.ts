import type { FailureDecision } from '../bus/index.js';
import type { Priority } from '../contracts/index.js';
import type { LogEntry, RecordedEvent } from '../event-store/index.js';
import type { Unit } from '../unit-of-work/index.js';
import type { StartFrom } from './delivery-store.js';

/** One attempt to deliver: what the handler is called with. */
export interface DeliveryAttempt {
  readonly event: RecordedEvent;
  /** Which call of the handler for this event this is, from 1. */
  readonly attempt: number;
}

/** What a handler has done: to be committed with the progress. Without an id; the batch gives it one. */
export type Work = Omit<Unit, 'id'>;

/** A subscription to the durable log. */
export interface DurableSubscription {
  readonly name: string;
  /** Which types of events; all of them if absent. */
  readonly types: readonly string[] | undefined;
  readonly from: StartFrom;
  /** Fixed when the store first hears of the subscription; `DEFAULT_PARTITIONS` unless said. */
  readonly partitions?: number;
  /** How many deliveries may be under way at once. */
  readonly concurrency: number;
  /** Several deliveries, also of one key, in one call. Then `concurrency` is 1. */
  readonly batch: { readonly size: number; readonly withinMs: number } | undefined;
  /** Whether events of a key wait while one before them is a dead letter. */
  readonly onDead: 'hold' | 'continue';
  /** What becomes of an event that can't be read: it is a dead letter, or its key waits for newer code. */
  readonly onUnreadable: 'deadLetter' | 'hold';
  /** Reads an entry as the event is today. Throws what makes it unreadable. */
  readonly read: (entry: LogEntry) => RecordedEvent;
  /**
   * By what events are kept in order, and held together where one fails; `orderKeyOfEntry` unless said. It never throws, and
   * answers the same for the same event in every process. A subscription with one has one partition.
   */
  readonly orderKey?: (entry: LogEntry) => string;
  /**
   * Whether a key holds all the others too, while it is held itself: nothing new begins then, until its dead letter is over. Of a
   * subscription with `batch`; no key does unless said.
   */
  readonly holdsAll?: (orderKey: string) => boolean;
  /** In which lane an event waits; its own priority unless said. */
  readonly priorityOf?: (entry: LogEntry) => Priority;
  /** What happens after an attempt that failed. */
  readonly decide: (error: unknown, attempt: number) => FailureDecision;
  /**
   * Calls the handler once: for one delivery, or for those of a batch. Resolves with what it has done, nothing if there is
   * nothing to commit; rejects with its error. The signal is aborted when the answer does not count any more.
   */
  readonly attempt: (
    deliveries: readonly DeliveryAttempt[],
    signal: AbortSignal,
  ) => Promise<Work | undefined>;
}
