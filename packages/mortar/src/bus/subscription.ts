/// <reference lib="esnext.disposable" preserve="true" />
import { checkModuleName, type EventContract } from '../contracts/index.js';
import {
  checkKeys,
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from '../errors/index.js';
import type { Guard } from '../resilience/guard.js';
import { checkRetryPolicy, type RetryPolicy } from './failure-policy.js';
import { checkSends, type Sends } from './sends.js';

/** Which events: one contract, several, or a pattern such as `data-quality.*`; `**` for all. */
export type Selector = EventContract | readonly EventContract[] | string;

/** What happens when more waits than a queue should hold. */
export type WhenFull =
  /** The producer is held back. Twice the size is the end: beyond it, events are refused. */
  | 'wait'
  /** What comes is refused. */
  | 'reject'
  /** The newest of the lowest lane gives way, if it is of lower priority than what comes; else what comes is refused. */
  | 'dropLowest';

/** The bound of a queue. */
export interface QueueOptions {
  /** How many may wait; 10,000 unless said. */
  readonly maxSize?: number;
  /** `wait` unless said. */
  readonly whenFull?: WhenFull;
}

/** How a subscription handles what it gets. */
export interface SubscribeOptions {
  /** Unique on a bus. Without one, the subscription is named by what it listens to and its number. */
  readonly name?: string;
  /** The module the handler belongs to: it may then publish that module's events only. */
  readonly module?: string;
  /** How many of its deliveries may run at once; no limit unless said. */
  readonly concurrency?: number;
  /** The bound of what waits for this subscription. */
  readonly queue?: QueueOptions;
  /** One attempt unless said. */
  readonly retry?: RetryPolicy;
  /** How long one attempt may take; no limit unless said. Then its signal is aborted and the attempt has failed. */
  readonly timeoutMs?: number;
  /** Circuit breaker, bulkhead, fallback: from `mortar/resilience`, the outermost first. */
  readonly guards?: readonly Guard[];
  /** What the handler sends. Where it says so, it may send nothing else. */
  readonly sends?: Sends;
}

/** A subscription whose handler takes several events at once. */
export interface BatchSubscribeOptions extends SubscribeOptions {
  readonly batch: BatchOptions;
}

/** When a batch is full: at so many events, or so long after its first. */
export interface BatchOptions {
  readonly size: number;
  readonly withinMs: number;
}

/** A subscription whose handler runs in a worker thread. */
export interface ThreadSubscribeOptions extends SubscribeOptions {
  readonly runOn: 'thread';
  /** The exported function of the handler's module; `handle` unless said. */
  readonly export?: string;
}

/** A registered handler. Disposing of it ends the registration; what it was given before is still handled. */
export interface Subscription extends Disposable {
  readonly name: string;
  /** The names of its events, or its pattern. */
  readonly events: readonly string[];
  readonly options: Readonly<AnySubscribeOptions>;
  readonly isClosed: boolean;
}

/** Every option a subscription may have. */
export type AnySubscribeOptions = SubscribeOptions &
  Partial<Pick<BatchSubscribeOptions, 'batch'>> &
  Partial<Pick<ThreadSubscribeOptions, 'runOn' | 'export'>>;

const OPTION_KEYS = [
  'name',
  'module',
  'concurrency',
  'queue',
  'retry',
  'timeoutMs',
  'guards',
  'sends',
  'batch',
  'runOn',
  'export',
];
const WHEN_FULL: readonly WhenFull[] = ['wait', 'reject', 'dropLowest'];
const MAX_COUNT = 10_000_000;
const MAX_SUBSCRIPTION_NAME = 200;

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkSubscribeOptions(options: AnySubscribeOptions): void {
  checkKeys('subscribe', options, OPTION_KEYS);
  if (options.name !== undefined) checkSubscriptionName(options.name);
  if (options.module !== undefined) checkModuleName(options.module);
  if (options.concurrency !== undefined) checkWholeNumber('concurrency', options.concurrency, 1, MAX_COUNT);
  if (options.timeoutMs !== undefined) checkWholeNumber('timeoutMs', options.timeoutMs, 1, MAX_DELAY_MS);
  if (options.queue !== undefined) checkQueueOptions('queue', options.queue);
  if (options.retry !== undefined) checkRetryPolicy(options.retry);
  if (options.guards !== undefined) checkGuards(options.guards);
  if (options.sends !== undefined) checkSends(options.sends);
  if (options.runOn !== undefined) checkOneOf('runOn', options.runOn, ['thread']);
  if (options.export !== undefined) checkExport(options);
  if (options.batch !== undefined) checkBatch(options);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkQueueOptions(name: string, queue: QueueOptions): void {
  checkKeys(name, queue, ['maxSize', 'whenFull']);
  if (queue.maxSize !== undefined) checkWholeNumber(`${name}.maxSize`, queue.maxSize, 1, MAX_COUNT);
  if (queue.whenFull !== undefined) checkOneOf(`${name}.whenFull`, queue.whenFull, WHEN_FULL);
}

/**
 * A `#` is left to the names that the bus makes up, so that no two are alike.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkSubscriptionName(name: unknown): void {
  const isWord = (text: unknown): boolean => typeof text === 'string' && /^[\w./:@$-]+$/.test(text);
  if (typeof name === 'string' && name.length <= MAX_SUBSCRIPTION_NAME && name.split(' ').every(isWord))
    return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The name of a subscription stands in dead letters and logs.',
    expected: `1 to ${MAX_SUBSCRIPTION_NAME} letters, digits, dashes, dots, slashes or inner blanks`,
    got: describeValue(name),
  });
}

function checkGuards(guards: unknown): void {
  if (Array.isArray(guards) && guards.every((guard) => typeof guard?.execute === 'function')) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The guards of a subscription wrap each call of its handler.',
    expected: 'an array of guards, as mortar/resilience makes them',
    got: describeValue(guards),
  });
}

function checkExport({ runOn, export: name }: AnySubscribeOptions): void {
  if (runOn === 'thread' && typeof name === 'string' && name !== '') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option export names a function of a module that runs on a thread.',
    expected: "the name of an export, beside runOn: 'thread'",
    got: runOn === 'thread' ? describeValue(name) : 'no runOn',
  });
}

function checkBatch({ batch, concurrency, runOn }: AnySubscribeOptions): void {
  checkKeys('batch', batch, ['size', 'withinMs']);
  checkWholeNumber('batch.size', batch?.size, 1, 100_000);
  checkWholeNumber('batch.withinMs', batch?.withinMs, 0, MAX_DELAY_MS);
  if (concurrency === undefined && runOn === undefined) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'Batches are handled one after the other, on the main thread, so that the order of each key holds.',
    expected: 'batch without concurrency or runOn',
    got: concurrency === undefined ? 'batch with runOn' : 'batch with concurrency',
  });
}
