import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber } from '../errors/index.js';
import type { Logger } from '../logging/logger.js';
import type { DeadLetterSink } from './dead-letter-sink.js';
import type { HandleMiddleware, PublishMiddleware } from './middleware/middleware.js';
import { checkQueueOptions, type QueueOptions } from './subscription.js';

/** What a bus is made of. */
export interface BusOptions {
  /**
   * How many handlers may run at once over all subscriptions; no limit unless said. A handler that awaits `deliver` on
   * its own bus holds its place meanwhile; `publish` of its context does not.
   */
  readonly concurrency?: number;
  /** The bound of what is enqueued. */
  readonly queue?: QueueOptions;
  /** Keeps deliveries whose attempts are over. Without it they are logged as errors and reported as `failed`. */
  readonly deadLetters?: DeadLetterSink;
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly middleware?: {
    readonly publish?: readonly PublishMiddleware[];
    readonly handle?: readonly HandleMiddleware[];
  };
  /** How long a chain of events may become in which each is published by a handler of the one before; 100 unless said. */
  readonly maxPublishDepth?: number;
}

const BUS_KEYS = ['concurrency', 'queue', 'deadLetters', 'logger', 'clock', 'middleware', 'maxPublishDepth'];

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkBusOptions(options: BusOptions): void {
  checkKeys('a bus', options, BUS_KEYS);
  if (options.concurrency !== undefined) checkWholeNumber('concurrency', options.concurrency, 1, 1_000_000);
  if (options.maxPublishDepth !== undefined)
    checkWholeNumber('maxPublishDepth', options.maxPublishDepth, 1, 1_000_000);
  if (options.queue !== undefined) checkQueueOptions('queue', options.queue);
  if (options.middleware !== undefined) checkKeys('middleware', options.middleware, ['publish', 'handle']);
}

/** The time of the machine. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  after(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
});
