/// <reference lib="esnext.disposable" preserve="true" />

import { type AppPorts, appPortsOf } from './app/app-ports.js';
import { Lifecycle } from './app/lifecycle.js';
import { loadSettings } from './app/load-settings.js';
import { ModuleRuntime } from './app/module-runtime.js';
import { registerModule } from './app/registration.js';
import { checkIdentity, type Identity, type Sender, type SenderAs, senderOf } from './app/sender.js';
import { serviceFaults } from './app/service-faults.js';
import {
  type BusOptions,
  createMessageBus,
  type DrainOptions,
  type DrainReport,
  type EventBus,
  type HandlerRegistry,
  type Invalidation,
  type MessageBus,
  systemClock,
} from './bus/index.js';
import { type Container, createContainer, isDependency } from './container/index.js';
import type { Clock } from './contracts/index.js';
import { type DeadLetterStore, DeadLetters } from './delivery/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from './errors/index.js';
import type { Logger } from './logging/logger.js';
import { MemoryDeadLetterStore } from './memory/index.js';
import {
  type Canvas,
  canvasOf,
  containerOf,
  type Module,
  moduleFaults,
  type Override,
  type ServiceBuilder,
  startOrderOf,
} from './modules/index.js';
import { type HealthReport, runHealthChecks } from './patterns/index.js';
import type { PortAuthorizer, Ports, RequestTransport } from './ports/index.js';

export type { Identity, PublishToApp, Sender, SenderAs } from './app/sender.js';
export { type SignalOptions, stopOnSignals } from './app/signals.js';

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
  /** In memory unless another is given. */
  readonly deadLetters?: DeadLetterStore;
  /** Limits, queue, middleware and clock of the app's bus. */
  readonly bus?: Omit<BusOptions, 'logger' | 'deadLetters'>;
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

/** Modules at work. */
export interface App extends Sender, AsyncDisposable {
  /**
   * Makes the services of each module and calls its hooks, those first that others depend on, and begins to accept. If
   * one fails, those that had started are stopped, and the app may be started anew.
   * @throws MortarError `MORTAR_APP_STATE`; `MORTAR_START_FAILED`, which says which module and why
   */
  start(): Promise<void>;
  /**
   * Accepts nothing more, finishes what it has accepted, then stops the modules in reverse and disposes of their
   * services. May be called more than once, and before `start`.
   * @throws MortarError `MORTAR_STOP_FAILED` with everything that went wrong; all is stopped nevertheless
   */
  stop(options?: DrainOptions): Promise<DrainReport>;
  /**
   * The verbs of the app on behalf of someone.
   * @example
   * await app.as({ actor: 'user:ada', tenant: 'acme' }).dispatch(PlaceOrder, { items: ['book'] });
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_ENVELOPE_INVALID`
   */
  as(identity: Identity): SenderAs;
  /** How well the app and its modules are. Never rejects. */
  health(): Promise<HealthReport>;
  /** The canvas: its modules and what passes between them. `canvasMarkdown` writes it down. */
  describe(): Canvas;
  /** What was counted: of services by module, of calls of ports, of cached queries. */
  stats(): AppStats;
  /** Makes cached answers of queries invalid, by query or by tags. Throws as `RequestBus.invalidate` does. */
  invalidate(invalidation: Invalidation): void;
  readonly deadLetters: DeadLetters;
  /** Who handles what. */
  readonly handlers: HandlerRegistry;
}

/** What an app has counted so far, as plain data. */
export interface AppStats {
  readonly containers: readonly ReturnType<Container['stats']>[];
  readonly ports: ReturnType<Ports['stats']>;
  readonly caches: ReturnType<MessageBus['requests']['cacheStats']>;
}

const OPTION_KEYS = [
  'modules',
  'shared',
  'overrides',
  'env',
  'logger',
  'deadLetters',
  'bus',
  'transport',
  'authorize',
  'hookTimeoutMs',
];
const DEFAULT_HOOK_TIMEOUT_MS = 30_000;

/**
 * Joins modules into an app, and checks the whole of it: nothing is made before all is right. All is kept in memory:
 * what has not been handled when the process ends is lost.
 * @throws MortarError `MORTAR_GRAPH_INVALID` with every fault at once; `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export async function createApp(options: AppOptions): Promise<App> {
  checkOptions(options);
  const logger = options.logger ?? (await defaultLogger());
  const parts = await partsOf(options, logger);
  verify(options, parts);
  for (const runtime of parts.runtimes) registerModule(runtime, parts.bus);
  return assemble(options, parts, logger);
}

/** What an app is put together from. */
interface AppParts {
  readonly bus: MessageBus;
  readonly ports: Ports;
  readonly serve: AppPorts['serve'];
  readonly clock: Clock;
  readonly store: DeadLetterStore;
  /** In the order in which they start. */
  readonly runtimes: readonly ModuleRuntime[];
  readonly shared: SharedServices;
  readonly settings: ReturnType<typeof loadSettings>;
}

async function partsOf(options: AppOptions, logger: Logger): Promise<AppParts> {
  const { modules, bus: busOptions, transport, authorize } = options;
  const { deadLetters: store = new MemoryDeadLetterStore() } = options;
  const clock = busOptions?.clock ?? systemClock;
  const bus = createMessageBus({ ...busOptions, logger, deadLetters: store });
  const { ports, serve } = await appPortsOf({ modules, bus, logger, clock, transport, authorize });
  const shared = new SharedServices(options.shared);
  const settings = loadSettings(modules, options.env ?? process.env);
  const surroundings = {
    settings: settings.values,
    overrides: options.overrides ?? [],
    clientOf: (port, module, context) =>
      ports.client(port, context === undefined ? { module } : { module, context, signal: context.signal }),
  } satisfies Omit<Parameters<typeof containerOf>[1], 'shared'>;
  const runtimes = startOrderOf(modules).modules.map(
    (module) =>
      new ModuleRuntime(
        module,
        () => containerOf(module, { ...surroundings, shared: shared.container }),
        logger,
      ),
  );
  return { bus, ports, serve, clock, store, runtimes, shared, settings };
}

/** Everything that is wrong, of every kind, at once. */
function verify(
  { modules, transport, authorize, overrides = [] }: AppOptions,
  { runtimes, settings, shared }: AppParts,
): void {
  const hasTransport = transport !== undefined;
  const hasAuthorizer = authorize !== undefined;
  const issues = [
    ...moduleFaults(modules, { hasTransport, hasAuthorizer, overrides }),
    ...settings.faults,
    ...serviceFaults(shared.container, runtimes),
  ];
  if (issues.length === 0) return;
  throw new MortarError('MORTAR_GRAPH_INVALID', {
    rule: 'The modules of an app fit together.',
    expected: 'no fault',
    got: issues.map(({ path, message }) => `${path}: ${message}`).join('; '),
    issues,
  });
}

function assemble(options: AppOptions, parts: AppParts, logger: Logger): App {
  const { modules, hookTimeoutMs = DEFAULT_HOOK_TIMEOUT_MS } = options;
  const { bus, ports, serve, clock, runtimes, shared, store } = parts;
  const lifecycle = new Lifecycle({
    bus,
    serve,
    runtimes,
    clock,
    logger,
    hookTimeoutMs,
    shared: () => shared.container,
    renew: () => {
      shared.renew();
      for (const runtime of runtimes) runtime.renew();
    },
  });
  const senderParts = { bus, ports, lifecycle, clock, modules: new Set(modules.map(({ name }) => name)) };
  return {
    ...senderOf(senderParts),
    deadLetters: deadLettersOf(modules, bus, store, lifecycle),
    handlers: bus.handlers,
    start: () => lifecycle.start(),
    stop: (drainOptions) => lifecycle.stop(drainOptions),
    as(identity) {
      checkIdentity(identity);
      return senderOf(senderParts, { ...identity });
    },
    health: () => runHealthChecks(runtimes.flatMap(healthChecksOf), { clock }),
    invalidate: (invalidation) => bus.requests.invalidate(invalidation),
    describe: () => canvasOf(modules),
    stats: () => ({
      containers: [shared.container, ...runtimes.map(({ container }) => container)].map((one) => one.stats()),
      ports: ports.stats(),
      caches: bus.requests.cacheStats(),
    }),
    async [Symbol.asyncDispose]() {
      await lifecycle.stop();
    },
  };
}

/** The services that all modules share; made anew when a start has failed. */
class SharedServices {
  readonly #bind: AppOptions['shared'];
  container: Container;

  constructor(bind: AppOptions['shared']) {
    this.#bind = bind;
    this.container = this.#make();
  }

  renew(): void {
    this.container = this.#make();
  }

  #make(): Container {
    const container = createContainer({ name: 'shared' });
    const answer: unknown = this.#bind?.(container);
    if (!(answer instanceof Promise)) return container;
    answer.catch(() => undefined);
    throw invalid('The option shared binds services at once.', 'a function that is not async', answer);
  }
}

function healthChecksOf(runtime: ModuleRuntime): Parameters<typeof runHealthChecks>[0] {
  return runtime.module.healthChecks.map(({ name, handler, dependencies }) => ({
    name: `${runtime.module.name}/${name}`,
    check: runtime.handler(handler, dependencies),
  }));
}

/** The contracts of what is subscribed to are those that dead letters can have. */
function deadLettersOf(
  modules: readonly Module[],
  bus: MessageBus,
  store: DeadLetterStore,
  lifecycle: Lifecycle,
): DeadLetters {
  const events = modules.flatMap(({ subscriptions }) => subscriptions.flatMap((entry) => entry.events));
  const contracts = new Map(events.map((event) => [event.name, event]));
  const redeliver: EventBus['redeliver'] = async (envelope, subscription) => {
    lifecycle.checkStarted('replay');
    return bus.events.redeliver(envelope, subscription);
  };
  return new DeadLetters({ store, bus: { redeliver }, contractOf: (type) => contracts.get(type) });
}

function checkOptions(options: AppOptions): void {
  checkKeys('createApp', options, OPTION_KEYS);
  const { modules, shared, overrides, authorize, hookTimeoutMs } = options;
  if (!Array.isArray(modules)) throw invalid('An app is made of modules.', 'an array of them', modules);
  const wrong = modules.findIndex((module) => !isModule(module));
  if (wrong >= 0)
    throw invalid('An app is made of modules.', 'what defineModule answers with', modules[wrong]);
  if (shared !== undefined && typeof shared !== 'function')
    throw invalid('The option shared binds services.', 'a function', shared);
  if (overrides !== undefined) checkOverrides(overrides);
  if (authorize !== undefined && typeof authorize !== 'function')
    throw invalid('The option authorize decides on permissions.', 'a function', authorize);
  if (hookTimeoutMs !== undefined) checkWholeNumber('hookTimeoutMs', hookTimeoutMs, 1, MAX_DELAY_MS);
}

function checkOverrides(overrides: unknown): void {
  const expected = 'an array of what override answers with';
  if (!Array.isArray(overrides)) throw invalid('The option overrides is a list.', expected, overrides);
  const wrong = overrides.findIndex((one) => !isDependency(one?.service) || !('value' in one));
  if (wrong >= 0) throw invalid('The option overrides is a list.', expected, overrides[wrong]);
}

function isModule(value: unknown): value is Module {
  return typeof value === 'object' && value !== null && 'bindings' in value && 'subscriptions' in value;
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_MODULE_INVALID', { rule, expected, got: describeValue(got) });
}

async function defaultLogger(): Promise<Logger> {
  const { createLogger } = await import('./logging/index.js');
  return createLogger({ level: 'warn' });
}
