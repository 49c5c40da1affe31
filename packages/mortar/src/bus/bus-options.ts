import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
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
  /** Keeps deliveries whose attempts are over. Without it they are logged as errors and reported as `lost`. */
  readonly deadLetters?: DeadLetterSink;
  /**
   * Hears of deliveries that die and of what handlers were refused. Without one, what is lost becomes a warning of the
   * process.
   */
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly middleware?: {
    readonly publish?: readonly PublishMiddleware[];
    readonly handle?: readonly HandleMiddleware[];
  };
  /** What is remembered of commands that were dispatched with an idempotency key. */
  readonly idempotency?: IdempotencyOptions;
  /** How long a chain of events may become in which each is published by a handler of the one before; 100 unless said. */
  readonly maxPublishDepth?: number;
}

/**
 * How many results are kept for their idempotency keys, and how long, in the memory of this process. A key that the bus
 * derives, for a command that the handler of an event dispatches, is kept with the event while its handlers are called,
 * and goes with it; only when an attempt fails is it kept here, for as long as the event may come again.
 */
export interface IdempotencyOptions {
  /**
   * How many keys of callers are kept, and as many derived ones beside them; 100,000 unless said. The one that was used least
   * recently goes first; keys of commands under way never go.
   */
  readonly maxKeys?: number;
  /** How long keys of callers are kept, a day unless said; derived ones as long, but an hour at most. */
  readonly ttlMs?: number;
}

const BUS_KEYS: readonly (keyof BusOptions)[] = [
  'concurrency',
  'queue',
  'deadLetters',
  'logger',
  'clock',
  'middleware',
  'idempotency',
  'maxPublishDepth',
];
const MAX_KEYS = 10_000_000;

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkBusOptions(options: BusOptions): void {
  checkKeys('a bus', options, BUS_KEYS);
  if (options.concurrency !== undefined) checkWholeNumber('concurrency', options.concurrency, 1, 1_000_000);
  if (options.maxPublishDepth !== undefined)
    checkWholeNumber('maxPublishDepth', options.maxPublishDepth, 1, 1_000_000);
  if (options.queue !== undefined) checkQueueOptions('queue', options.queue);
  if (options.deadLetters !== undefined) checkMethods('deadLetters', options.deadLetters, ['add']);
  if (options.clock !== undefined) checkMethods('clock', options.clock, ['now', 'after']);
  if (options.logger !== undefined) checkMethods('logger', options.logger, ['warn', 'error', 'child']);
  if (options.middleware !== undefined) checkMiddleware(options.middleware);
  if (options.idempotency !== undefined) checkIdempotency(options.idempotency);
}

function checkIdempotency(idempotency: IdempotencyOptions): void {
  checkKeys('idempotency', idempotency, ['maxKeys', 'ttlMs']);
  const { maxKeys, ttlMs } = idempotency;
  if (maxKeys !== undefined) checkWholeNumber('idempotency.maxKeys', maxKeys, 1, MAX_KEYS);
  if (ttlMs !== undefined) checkWholeNumber('idempotency.ttlMs', ttlMs, 1, MAX_DELAY_MS);
}

function checkMiddleware(middleware: NonNullable<BusOptions['middleware']>): void {
  checkKeys('middleware', middleware, ['publish', 'handle']);
  for (const chain of ['publish', 'handle'] as const) {
    const list: unknown = middleware[chain];
    if (list === undefined) continue;
    if (Array.isArray(list) && list.every((one) => typeof one === 'function')) continue;
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: `The option middleware.${chain} is a chain of functions.`,
      expected: 'an array of functions, the outermost first',
      got: describeValue(list),
    });
  }
}

function checkMethods(name: string, value: unknown, methods: readonly string[]): void {
  const isObject = typeof value === 'object' && value !== null;
  const missing = methods.filter((method) => !isObject || typeof Reflect.get(value, method) !== 'function');
  if (missing.length === 0) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `The option ${name} is an object that can be called.`,
    expected: `an object with the methods ${methods.join(', ')}`,
    got: isObject ? `an object without ${missing.join(', ')}` : describeValue(value),
  });
}

/** The time of the machine. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  after(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
});
