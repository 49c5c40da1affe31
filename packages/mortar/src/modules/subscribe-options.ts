import type { BatchOptions, SubscribeOptions } from '../bus/index.js';
import type { StartFrom } from '../delivery/index.js';

/** What counts only in an app with a store: without one, they change nothing, but for `within`, which is a fault. */
export interface LogSubscribeOptions {
  /**
   * Which events the subscription gets when the store first hears of it: those published from then on (`now`, unless said),
   * all there are, or those after a position. Later it goes on where it was.
   */
  readonly from?: StartFrom;
  /** Whether events of a key wait while one before them is a dead letter; `hold` unless said. */
  readonly onDead?: 'hold' | 'continue';
  /** What becomes of an event that this code can't read: `deadLetter` unless said; or its key waits for newer code. */
  readonly onUnreadable?: 'deadLetter' | 'hold';
  /** Into how many parts processes share the subscription, from 1 to 256; fixed when the store first hears of it. */
  readonly partitions?: number;
}

/**
 * How a module's subscription handles what it gets; the module itself is known. In an app with a store, 16 deliveries of a
 * subscription run at once unless said, and `queue` counts for nothing, since what waits, waits in the log. Unless `retry` is said, an
 * event is attempted as often as `delivery.retry` of the app says: ten times over some minutes; in one without a store, three times within a second.
 */
export interface ModuleSubscribeOptions
  extends Omit<SubscribeOptions, 'module' | 'sends'>,
    LogSubscribeOptions {
  /**
   * Handles an event of the module's own, in an app with a store, while the unit of work that publishes it is collected: what
   * the handler does is committed with it, and what it throws keeps all of it from happening. It is not retried by itself.
   */
  readonly within?: 'transaction';
}

/** The same where the handler takes several events at once. What it does for them is committed together. */
export interface ModuleBatchOptions
  extends Omit<SubscribeOptions, 'module' | 'sends' | 'concurrency'>,
    LogSubscribeOptions {
  readonly batch: BatchOptions;
}
