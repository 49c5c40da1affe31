/// <reference lib="esnext.disposable" preserve="true" />
import { type AppOptions, checkAppOptions } from './app/app-options.js';
import { type AppPorts, appPortsOf } from './app/app-ports.js';
import { Lifecycle } from './app/lifecycle.js';
import { loadSettings } from './app/load-settings.js';
import { ModuleRuntime } from './app/module-runtime.js';
import { registerModule } from './app/registration.js';
import {
  checkIdentity,
  checkLoaded,
  type Identity,
  type Sender,
  type SenderAs,
  senderOf,
} from './app/sender.js';
import { serviceFaults } from './app/service-faults.js';
import { SharedServices } from './app/shared-services.js';
import type { AppStore } from './app/store/app-store.js';
import type { Durability } from './app/store/durability.js';
import type { DurableParticulars } from './app/store/durable-app.js';
import type { DurableParts } from './app/store/durable-parts.js';
import { scheduleFaults } from './app/store/schedule-faults.js';
import {
  createMessageBus,
  type DrainOptions,
  type DrainReport,
  type EventBus,
  type HandlerRegistry,
  type Invalidation,
  type MessageBus,
  systemClock,
} from './bus/index.js';
import type { Container } from './container/index.js';
import type { Clock, EventContract } from './contracts/index.js';
import { type DeadLetterStore, DeadLetters, type Schedule, type Store } from './delivery/index.js';
import { type Issue, MortarError } from './errors/index.js';
import { guardedLogger } from './logging/guarded-logger.js';
import type { Logger } from './logging/logger.js';
import { MemoryDeadLetterStore } from './memory/index.js';
import {
  type Canvas,
  canvasOf,
  containerOf,
  type Module,
  moduleFaults,
  startOrderOf,
} from './modules/index.js';
import { type HealthCheck, type HealthReport, runHealthChecks } from './patterns/index.js';
import type { Ports } from './ports/index.js';

export type {
  AppBusOptions,
  AppDeliveryOptions,
  AppOptions,
  AppProjectionOptions,
  AppRetentionOptions,
} from './app/app-options.js';
export type { Identity, Sender, SenderAs, WaitForHandlers } from './app/sender.js';
export { type SignalOptions, stopOnSignals } from './app/signals.js';

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
  /** How well the app and its modules are; modules are asked between the start and the stop. Never rejects. */
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

/** An app with a store. */
export interface DurableApp extends App, DurableParticulars {}

const DEFAULT_HOOK_TIMEOUT_MS = 30_000;

/**
 * Joins modules into an app, and checks the whole of it: nothing is made before all is right. Without the option `store`, all
 * is kept in memory: what has not been handled when the process ends is lost.
 * @throws MortarError `MORTAR_GRAPH_INVALID` with every fault at once; `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function createApp(options: AppOptions & { readonly store: Store }): Promise<DurableApp>;
export function createApp(options: AppOptions): Promise<App>;
export async function createApp(given: AppOptions): Promise<App> {
  checkAppOptions(given);
  // The caller may go on to change its own list.
  const options = { ...given, modules: [...given.modules] };
  const logger = guardedLogger(options.logger ?? (await defaultLogger()));
  const parts = await partsOf(options, logger);
  verify(options, parts, await scheduleFaults(options.modules));
  const subscriptions = parts.runtimes.flatMap((runtime) =>
    registerModule(runtime, parts.bus, options.delivery),
  );
  const durability = parts.durable?.durabilityOf(subscriptions);
  return assemble(options, parts, durability, logger);
}

/** What an app is put together from. */
interface AppParts {
  readonly bus: MessageBus;
  readonly ports: Ports;
  readonly serve: AppPorts['serve'];
  readonly portFaults: AppPorts['faults'];
  readonly clock: Clock;
  /** Of an app with a store. */
  readonly durable: DurableParts | undefined;
  /** Of an app without one. */
  readonly deadLetters: DeadLetterStore;
  /** In the order in which they start. */
  readonly runtimes: readonly ModuleRuntime[];
  readonly shared: SharedServices;
  readonly settings: ReturnType<typeof loadSettings>;
}

async function partsOf(options: AppOptions, logger: Logger): Promise<AppParts> {
  const { modules, bus: busOptions, transport, authorize } = options;
  const { deadLetters = new MemoryDeadLetterStore() } = options;
  const clock = busOptions?.clock ?? systemClock;
  const durable = await durablePartsFor(options, clock, logger);
  const bus = durable?.bus ?? createMessageBus({ ...busOptions, logger, deadLetters });
  const { ports, serve, faults } = await appPortsOf({ modules, bus, logger, clock, transport, authorize });
  const shared = new SharedServices(options);
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
  return { bus, durable, ports, serve, portFaults: faults, clock, deadLetters, runtimes, shared, settings };
}

/** Loaded here, so that an app in memory does without it. */
async function durablePartsFor(
  { modules, store, bus = {}, projections: projecting = {}, delivery: delivering = {} }: AppOptions,
  clock: Clock,
  logger: Logger,
): Promise<DurableParts | undefined> {
  if (store === undefined) return undefined;
  const { durablePartsOf } = await import('./app/store/durable-parts.js');
  const contracts = contractsOf(modules);
  const schedules = modules.flatMap((module) =>
    module.schedules.map(({ place: _, ...schedule }): Schedule => schedule),
  );
  const contractOf = (type: string): EventContract | undefined => contracts.get(type);
  const projections = modules.flatMap((module) => module.projections);
  const surroundings = { bus, clock, logger, contractOf, schedules, projections, projecting, delivering };
  return durablePartsOf(store, surroundings);
}

/** Everything that is wrong, of every kind, at once. */
function verify(
  { modules, transport, authorize, store, overrides = [] }: AppOptions,
  { runtimes, settings, shared, portFaults }: AppParts,
  otherFaults: readonly Issue[],
): void {
  const surroundings = {
    hasTransport: transport !== undefined,
    hasAuthorizer: authorize !== undefined,
    hasStore: store !== undefined,
    overrides,
    shared: shared.container.bindings(),
  };
  const issues = [
    ...moduleFaults(modules, surroundings),
    ...otherFaults,
    ...portFaults,
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

function assemble(
  options: AppOptions,
  parts: AppParts,
  durability: Durability | undefined,
  logger: Logger,
): App {
  const { modules, hookTimeoutMs = DEFAULT_HOOK_TIMEOUT_MS } = options;
  const { bus, durable, ports, serve, clock, runtimes, shared, deadLetters } = parts;
  const lifecycle = new Lifecycle({
    bus,
    durability,
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
  const names = new Set(modules.map(({ name }) => name));
  const senderParts = { bus, ports, lifecycle, clock, durability, modules: names };
  return {
    ...senderOf(senderParts),
    ...(durable === undefined || durability === undefined
      ? {}
      : particularsOf(durable, durability, (events) => {
          for (const event of events) checkLoaded(names, event);
        })),
    deadLetters: deadLettersOf(modules, bus, durable?.deadLetters ?? deadLetters, lifecycle),
    handlers: bus.handlers,
    start: () => lifecycle.start(),
    stop: (drainOptions) => lifecycle.stop(drainOptions),
    as(identity) {
      checkIdentity(identity);
      return senderOf(senderParts, { ...identity });
    },
    health: () => runHealthChecks(healthChecksOf(runtimes, lifecycle, durable?.store), { clock }),
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

/** The app itself, and what its modules check; services that are not there can't be asked how they are. */
function healthChecksOf(
  runtimes: readonly ModuleRuntime[],
  lifecycle: Lifecycle,
  store: AppStore | undefined,
): readonly HealthCheck[] {
  const app: HealthCheck = { name: 'app', check: () => lifecycle.health() };
  if (!lifecycle.isStarted) return [app];
  const stored: readonly HealthCheck[] =
    store === undefined ? [] : [{ name: 'store', check: () => store.health() }];
  return [app, ...stored, ...runtimes.flatMap(moduleChecksOf)];
}

function moduleChecksOf(runtime: ModuleRuntime): readonly HealthCheck[] {
  return runtime.module.healthChecks.map(({ name, options, handler, dependencies }) => ({
    ...options,
    name: `${runtime.module.name}/${name}`,
    check: runtime.handler(handler, dependencies),
  }));
}

function particularsOf(
  { log, store }: DurableParts,
  durability: Durability,
  checkLoadedAll: (events: Iterable<EventContract>) => void,
): DurableParticulars {
  return {
    log,
    readModel: store.readModels.reader,
    repository(aggregate) {
      checkLoadedAll(aggregate.events.values());
      return durability.publisher.repository(aggregate);
    },
    async decide(model, command, options) {
      checkLoadedAll(model.events.values());
      return durability.publisher.decideOn(model, command, options);
    },
    caughtUp: async ({ projection, ...options }) => durability.projections.caughtUp(projection, options),
    projections: {
      status: async () => durability.projections.operations.status(),
      rebuild: async (name, options) => durability.projections.operations.rebuild(name, options),
      cancel: async (name, options) => durability.projections.operations.cancel(name, options),
      resume: async (name, options) => durability.projections.operations.resume(name, options),
      pause: async (name, options) => durability.projections.operations.pause(name, options),
      activate: async (name, options) => durability.projections.operations.activate(name, options),
      reset: async (name, options) => durability.projections.operations.reset(name, options),
      remove: async (name, number, options) =>
        durability.projections.operations.remove(name, number, options),
    },
    deliveries: {
      status: async () => durability.deliveries.status(),
      pause: async (subscription, actor) => durability.deliveries.pause(subscription, actor),
      resume: async (subscription, actor) => durability.deliveries.resume(subscription, actor),
      cleanUp: async () => durability.deliveries.cleanUp(),
      forget: async (subscription, actor) => durability.deliveries.forget(subscription, actor),
      idle: async (signal) => durability.idle(signal),
    },
  };
}

/** Those of all events that the modules expose, publish or subscribe to. */
function contractsOf(modules: readonly Module[]): ReadonlyMap<string, EventContract> {
  const events = modules.flatMap(({ subscriptions, projections, sends, exposes }) => [
    ...exposes.filter((contract) => contract.kind === 'event'),
    ...(sends.publishes ?? []),
    ...subscriptions.flatMap((entry) => entry.events),
    ...projections.flatMap(({ projection }) => [...projection.events.values()]),
  ]);
  return new Map(events.map((event) => [event.name, event]));
}

function deadLettersOf(
  modules: readonly Module[],
  bus: MessageBus,
  store: DeadLetterStore,
  lifecycle: Lifecycle,
): DeadLetters {
  const contracts = contractsOf(modules);
  const redeliver: EventBus['redeliver'] = async (envelope, subscription) => {
    lifecycle.checkStarted('replay');
    return bus.events.redeliver(envelope, subscription);
  };
  return new DeadLetters({ store, bus: { redeliver }, contractOf: (type) => contracts.get(type) });
}

async function defaultLogger(): Promise<Logger> {
  const { createLogger } = await import('./logging/index.js');
  return createLogger({ level: 'warn' });
}
