import { checkRetryPolicy } from '../bus/failure-policy.js';
import type { BusOptions, RetryPolicy } from '../bus/index.js';
import { isDependency } from '../container/index.js';
import type { DeadLetterStore, Store } from '../delivery/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import type { Logger } from '../logging/logger.js';
import type { Module, Override, ServiceBuilder } from '../modules/index.js';
import type { PortAuthorizer, RequestTransport } from '../ports/index.js';

/** What may be said about the bus of an app; its logger and its dead letters are those of the app. */
export type AppBusOptions = Omit<BusOptions, 'logger' | 'deadLetters'>;

/** How read models are kept that follow the log. */
export interface AppProjectionOptions {
  /**
   * How long a generation is kept that is not read any more, and that no process has the code of, so that one can go back to it:
   * 3,600,000, an hour, unless said. It counts from when another one took its place.
   */
  readonly retiredMs?: number;
  /** How many events are folded in one transaction while one is caught up: 1 to 10,000; 5,000 unless said. */
  readonly pageEvents?: number;
}

/** How long what is over is kept, in milliseconds from then on; `Number.MAX_SAFE_INTEGER` is for ever. */
export interface AppRetentionOptions {
  /**
   * Dead letters that were replayed or discarded, and replays of many that are over: a minute at least; 7 days unless said. Those
   * that wait for somebody to decide stay.
   */
  readonly endedLettersMs?: number;
  /**
   * Ids of units of work, and of messages of other processes that were handled: an hour at least; 7 days unless said. By them a commit
   * is known whose answer was lost, so nothing is done twice.
   */
  readonly inboxMs?: number;
  /** What operators did: a minute at least; 365 days unless said. */
  readonly auditMs?: number;
}

/** How a process shares in the deliveries from the log. Processes of one store should say the same. */
export interface AppDeliveryOptions {
  /**
   * How long the leases of a process last when nothing renews them any more: 1,000 to 600,000; 6,000 unless said. So long after it was
   * killed, others take over what it delivered and folded. A shorter one has the store asked more often, three times in each life, and
   * is sooner lost by a process that stands still: what that has not committed is done again by another one.
   */
  readonly leaseMs?: number;
  /**
   * How often, and how far apart, deliveries are attempted to subscriptions that do not say it themselves: ten times unless said, with random pauses
   * of up to 100 ms, 300 ms, 900 ms and so on, up to five minutes; five minutes in all, on average. It is not for read models.
   */
  readonly retry?: RetryPolicy;
  /**
   * What is over is removed when the app starts and every ten minutes, and by `app.deliveries.cleanUp`; of several processes, the one
   * that keeps it for the shortest time decides. For how long results of commands with a key are kept is said by `bus.idempotency`, and of read models
   * that are not read any more by `projections.retiredMs`.
   */
  readonly retention?: AppRetentionOptions;
}

/** What an app is made of. */
export interface AppOptions {
  readonly modules: readonly Module[];
  /** Binds services that all modules share, such as a pool of connections. What a module binds itself wins. */
  readonly shared?: (services: ServiceBuilder) => void;
  /** Something else in place of services of the modules, for tests; made with `override`. */
  readonly overrides?: readonly Override[];
  /** Where the settings of modules are read from; `process.env` unless said. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Lines of JSON on stderr from `warn` up, unless another is given. */
  readonly logger?: Logger;
  /**
   * Where all that is published and done is kept, such as `sqlite('shop.db')`: what `publish` has acknowledged survives the end
   * of the process. Without one, all is kept in memory. Opened by the start, closed by the stop.
   */
  readonly store?: Store;
  /** In memory unless another is given. Not beside a store, which keeps its own. */
  readonly deadLetters?: DeadLetterStore;
  /**
   * Limits, queue, middleware and clock of the app's bus. Over a store, events wait in the log: `queue` and `concurrency` count
   * for nothing there, and each subscription has a `concurrency` of its own.
   */
  readonly bus?: AppBusOptions;
  /** How its read models are kept. Means nothing without a store. */
  readonly projections?: AppProjectionOptions;
  /** How events are delivered from the log, and for how long it is kept what became of them. Means nothing without a store. */
  readonly delivery?: AppDeliveryOptions;
  /**
   * The way to ports that are implemented in another process, and from there to those that are implemented here. Whoever
   * made it closes it.
   */
  readonly transport?: RequestTransport;
  /** Says whether an actor has a permission that a port's method wants. Without it, no such method can be called. */
  readonly authorize?: PortAuthorizer;
  /** How long a hook, or the making or the disposal of one module's services, may take; 30,000 unless said. */
  readonly hookTimeoutMs?: number;
}

const OPTION_KEYS = [
  'modules',
  'shared',
  'overrides',
  'env',
  'logger',
  'store',
  'deadLetters',
  'bus',
  'projections',
  'delivery',
  'transport',
  'authorize',
  'hookTimeoutMs',
];
/** What every module has, so that something of another version is refused with a reason. */
const MODULE_LISTS = [
  'bindings',
  'handlers',
  'subscriptions',
  'implementations',
  'uses',
  'schedules',
  'hooks',
  'healthChecks',
  'settings',
  'exposes',
  'startsAfter',
] as const satisfies readonly (keyof Module)[];
const BUS_KEYS = [
  'concurrency',
  'queue',
  'clock',
  'middleware',
  'maxPublishDepth',
  'idempotency',
] as const satisfies readonly (keyof AppBusOptions)[];

const PROJECTION_KEYS = [
  'retiredMs',
  'pageEvents',
] as const satisfies readonly (keyof AppProjectionOptions)[];
const MAX_PAGE_EVENTS = 10_000;

const DELIVERY_KEYS = [
  'leaseMs',
  'retry',
  'retention',
] as const satisfies readonly (keyof AppDeliveryOptions)[];
const MIN_LEASE_MS = 1_000;
const MAX_LEASE_MS = 600_000;
/** The shortest times that what is over is kept: whoever waits for it to be over looks again within them. */
const LEAST_KEPT_MS = {
  endedLettersMs: 60_000,
  inboxMs: 3_600_000,
  auditMs: 60_000,
} as const satisfies Required<AppRetentionOptions>;

const LOGGER_KEYS: readonly (keyof Logger)[] = ['trace', 'debug', 'info', 'warn', 'error', 'child'];

/** @throws MortarError `MORTAR_MODULE_INVALID` for what is no module, `MORTAR_OPTIONS_INVALID` */
export function checkAppOptions(options: AppOptions): void {
  checkKeys('createApp', options, OPTION_KEYS);
  const { modules, shared, overrides, authorize, hookTimeoutMs, bus, env, logger, store } = options;
  if (!Array.isArray(modules)) throw notModules('an array of them', modules);
  const wrong = modules.findIndex((module) => !isModule(module));
  if (wrong >= 0) throw notModules('what defineModule answers with', modules[wrong]);
  if (shared !== undefined && typeof shared !== 'function')
    throw invalid('The option shared binds services.', 'a function', shared);
  if (overrides !== undefined) checkOverrides(overrides);
  if (authorize !== undefined && typeof authorize !== 'function')
    throw invalid('The option authorize decides on permissions.', 'a function', authorize);
  if (env !== undefined && (typeof env !== 'object' || env === null))
    throw invalid('The option env is an environment.', 'an object of texts, as process.env', env);
  if (logger !== undefined) checkLogger(logger);
  if (store !== undefined) checkStore(store, options.deadLetters);
  if (bus !== undefined) checkKeys('the option bus', bus, BUS_KEYS);
  if (options.projections !== undefined) checkProjections(options.projections);
  if (options.delivery !== undefined) checkDelivery(options.delivery);
  if (hookTimeoutMs !== undefined) checkWholeNumber('hookTimeoutMs', hookTimeoutMs, 1, MAX_DELAY_MS);
}

function checkProjections(options: AppProjectionOptions): void {
  checkKeys('the option projections', options, PROJECTION_KEYS);
  const { retiredMs, pageEvents } = options;
  if (retiredMs !== undefined) checkWholeNumber('retiredMs', retiredMs, 0, Number.MAX_SAFE_INTEGER);
  if (pageEvents !== undefined) checkWholeNumber('pageEvents', pageEvents, 1, MAX_PAGE_EVENTS);
}

function checkDelivery(options: AppDeliveryOptions): void {
  checkKeys('the option delivery', options, DELIVERY_KEYS);
  const { leaseMs, retry, retention = {} } = options;
  if (leaseMs !== undefined) checkWholeNumber('leaseMs', leaseMs, MIN_LEASE_MS, MAX_LEASE_MS);
  if (retry !== undefined) checkRetryPolicy(retry);
  checkKeys('the option delivery.retention', retention, Object.keys(LEAST_KEPT_MS));
  for (const [name, leastMs] of Object.entries(LEAST_KEPT_MS)) {
    const keptMs: unknown = Reflect.get(retention, name);
    if (keptMs !== undefined) checkWholeNumber(name, keptMs, leastMs, Number.MAX_SAFE_INTEGER);
  }
}

function checkStore(store: unknown, deadLetters: unknown): void {
  const isObject = typeof store === 'object' && store !== null;
  const isStore = isObject && ['open', 'plan'].every((key) => typeof Reflect.get(store, key) === 'function');
  if (!isStore) {
    throw invalid(
      'The option store says where everything is kept.',
      "what sqlite('shop.db'), postgres(url) or memory() answers with",
      store,
    );
  }
  if (deadLetters !== undefined)
    throw invalid('A store keeps its own dead letters.', 'no option deadLetters beside store', deadLetters);
}

function checkLogger(logger: unknown): void {
  const isObject = typeof logger === 'object' && logger !== null;
  if (isObject && LOGGER_KEYS.every((key) => typeof Reflect.get(logger, key) === 'function')) return;
  throw invalid('The option logger is a logger.', `an object with methods ${LOGGER_KEYS.join(', ')}`, logger);
}

function checkOverrides(overrides: unknown): void {
  const expected = 'an array of what override answers with';
  if (!Array.isArray(overrides)) throw invalid('The option overrides is a list.', expected, overrides);
  const wrong = overrides.findIndex((one) => !isDependency(one?.service) || !('value' in one));
  if (wrong >= 0) throw invalid('The option overrides is a list.', expected, overrides[wrong]);
}

function isModule(value: unknown): value is Module {
  if (typeof value !== 'object' || value === null || !('name' in value)) return false;
  return MODULE_LISTS.every((list) => Array.isArray(Reflect.get(value, list)));
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}

function notModules(expected: string, got: unknown): MortarError {
  const rule = 'An app is made of modules.';
  return new MortarError('MORTAR_MODULE_INVALID', { rule, expected, got: describeValue(got) });
}
