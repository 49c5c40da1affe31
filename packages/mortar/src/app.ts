import {
  createMessageBus,
  type DrainOptions,
  type DrainReport,
  type HandlerRegistry,
  type MessageBus,
  type Outcome,
  type RequestOptions,
  type RetryPolicy,
} from './bus/index.js';
import { type AnyDependency, Container, type Root } from './container/index.js';
import type { CommandContract, EnvelopeOptions, EventContract, QueryContract } from './contracts/index.js';
import { type DeadLetterStore, DeadLetters } from './delivery/index.js';
import { MortarError } from './errors/index.js';
import type { Logger } from './logging/logger.js';
import { MemoryDeadLetterStore } from './memory/index.js';
import type { Module, ModuleHandler, ModuleSubscription } from './modules/index.js';

/** What an app is made of. */
export interface AppOptions {
  readonly modules: readonly Module[];
  /** Lines of JSON on stderr from `warn` up, unless another is given. */
  readonly logger?: Logger;
  /** In memory unless another is given. */
  readonly deadLetters?: DeadLetterStore;
}

/** How `publish` answers. */
export interface PublishToApp extends EnvelopeOptions {
  /** Resolve only when every handler has finished, with the outcomes. */
  readonly wait?: 'handled';
}

/** Modules at work. */
export interface App extends AsyncDisposable {
  /** Makes every service and begins to accept. */
  start(): Promise<void>;
  /** Accepts nothing more, finishes what it has accepted, and ends. */
  stop(options?: DrainOptions): Promise<DrainReport>;
  /** Resolves with the result, when the command's handler has finished and its events are accepted. */
  dispatch<In, Result>(
    command: CommandContract<string, unknown, In, Result>,
    data: NoInfer<In>,
    options?: RequestOptions,
  ): Promise<Result>;
  /** Resolves with the answer. */
  ask<In, Result>(
    query: QueryContract<string, unknown, In, Result>,
    data: NoInfer<In>,
    options?: RequestOptions,
  ): Promise<Result>;
  /** Resolves when the event is accepted; with `wait: 'handled'`, when every handler has finished, with the outcomes. */
  publish<In>(
    event: EventContract<string, unknown, In>,
    data: NoInfer<In>,
    options?: PublishToApp,
  ): Promise<readonly Outcome[]>;
  readonly deadLetters: DeadLetters;
  /** Who handles what. */
  readonly handlers: HandlerRegistry;
}

/** Deliveries to modules are attempted three times unless their subscription says otherwise. */
const DEFAULT_RETRY: RetryPolicy = {
  attempts: 3,
  backoff: { kind: 'exponential', delayMs: 100, maxDelayMs: 10_000 },
};
const NO_OUTCOMES: readonly Outcome[] = Object.freeze([]);

/**
 * Joins modules into an app. All is kept in memory: what has not been handled when the process ends is lost.
 * @throws MortarError `MORTAR_BINDING_MISSING`, `MORTAR_BINDING_CYCLE`, `MORTAR_BINDING_DUPLICATE`,
 * `MORTAR_HANDLER_DUPLICATE`, `MORTAR_MODULE_INVALID`
 */
export async function createApp(options: AppOptions): Promise<App> {
  const {
    modules,
    deadLetters: store = new MemoryDeadLetterStore(),
    logger = await defaultLogger(),
  } = options;
  checkNames(modules);
  const container = containerOf(modules);
  const bus = createMessageBus({ logger, deadLetters: store });
  for (const module of modules) register(module, bus, container);
  return assemble(modules, bus, container, store);
}

function assemble(
  modules: readonly Module[],
  bus: MessageBus,
  container: Container,
  store: DeadLetterStore,
): App {
  let state: 'made' | 'started' | 'stopped' = 'made';
  const contracts = new Map(
    modules
      .flatMap(({ subscriptions }) => subscriptions.flatMap(({ events }) => events))
      .map((event) => [event.name, event]),
  );
  const checkStarted = (verb: string): void => {
    if (state === 'started') return;
    throw new MortarError('MORTAR_APP_STATE', {
      rule: `An app answers to ${verb} between its start and its stop.`,
      expected: 'a started app',
      got: state === 'made' ? 'one that has not been started' : 'one that has been stopped',
    });
  };
  return {
    deadLetters: new DeadLetters({ store, bus: bus.events, contractOf: (type) => contracts.get(type) }),
    handlers: bus.handlers,
    async start() {
      if (state !== 'made') checkStarted('start');
      for (const { bindings } of modules) for (const { service } of bindings) container.resolve(service);
      state = 'started';
    },
    async stop(drainOptions) {
      state = 'stopped';
      return bus.stop(drainOptions);
    },
    async dispatch(command, data, requestOptions) {
      checkStarted('dispatch');
      return bus.requests.dispatch(command, data, requestOptions);
    },
    async ask(query, data, requestOptions) {
      checkStarted('ask');
      return bus.requests.ask(query, data, requestOptions);
    },
    async publish(event, data, { wait, ...envelopeOptions } = {}) {
      checkStarted('publish');
      if (wait === 'handled') return bus.events.deliver(event, data, envelopeOptions);
      await bus.events.enqueue(event, data, envelopeOptions);
      return NO_OUTCOMES;
    },
    async [Symbol.asyncDispose]() {
      await bus.stop();
    },
  };
}

/** Verifies that every service and every handler can be given what it depends on. */
function containerOf(modules: readonly Module[]): Container {
  const container = new Container();
  for (const { bindings } of modules) for (const binding of bindings) container.bind(binding);
  container.verify(modules.flatMap(rootsOf));
  return container;
}

function rootsOf({ handlers, subscriptions }: Module): readonly Root[] {
  return [
    ...handlers.map(({ contract, dependencies }) => ({ owner: `handler of ${contract.name}`, dependencies })),
    ...subscriptions.map(({ name, dependencies }) => ({ owner: `subscription ${name}`, dependencies })),
  ];
}

function register(
  { name: module, handlers, subscriptions }: Module,
  bus: MessageBus,
  container: Container,
): void {
  for (const handler of handlers) registerHandler(module, handler, bus, container);
  for (const subscription of subscriptions) registerSubscription(module, subscription, bus, container);
}

function registerHandler(module: string, entry: ModuleHandler, bus: MessageBus, container: Container): void {
  const { contract, handler, dependencies } = entry;
  const options = { name: `${module}/${contract.name}`, module };
  if (contract.kind === 'command')
    bus.requests.handle(contract, withServices(handler, dependencies, container), options);
  else bus.requests.answer(contract, withServices(handler, dependencies, container), options);
}

function registerSubscription(
  module: string,
  { name, events, options, handler, dependencies }: ModuleSubscription,
  bus: MessageBus,
  container: Container,
): void {
  bus.events.subscribe(
    events,
    { retry: DEFAULT_RETRY, ...options, name, module },
    withServices(handler, dependencies, container),
  );
}

/** A handler that is given its services after its context. The types were checked where the module was defined. */
function withServices<C, R>(
  handler: ModuleHandler['handler'],
  dependencies: readonly AnyDependency[],
  container: Container,
): (context: C) => R {
  const call = handler as (context: C, ...services: readonly unknown[]) => R;
  if (dependencies.length === 0) return call;
  return (context) => call(context, ...container.resolveAll(dependencies));
}

function checkNames(modules: readonly Module[]): void {
  const names = new Set<string>();
  for (const { name } of modules) {
    if (names.has(name)) {
      throw new MortarError('MORTAR_MODULE_INVALID', {
        rule: 'The name of a module is unique in its app.',
        expected: `one module ${name}`,
        got: 'two',
      });
    }
    names.add(name);
  }
}

async function defaultLogger(): Promise<Logger> {
  const { createLogger } = await import('./logging/index.js');
  return createLogger({ level: 'warn' });
}
