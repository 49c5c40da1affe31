/// <reference lib="esnext.disposable" preserve="true" />
import {
  type BusOptions,
  createMessageBus,
  type DrainOptions,
  type DrainReport,
  type EventBus,
  type HandlerRegistry,
  type MessageBus,
  type Outcome,
  type RequestOptions,
  type RetryPolicy,
  systemClock,
} from './bus/index.js';
import { type AnyDependency, Container, type Root } from './container/index.js';
import type {
  Clock,
  CommandContract,
  EnvelopeOptions,
  EventContract,
  QueryContract,
} from './contracts/index.js';
import { type DeadLetterStore, DeadLetters } from './delivery/index.js';
import {
  checkKeys,
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from './errors/index.js';
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
  /** Limits, queue, middleware and clock of the app's bus. */
  readonly bus?: Omit<BusOptions, 'logger' | 'deadLetters'>;
}

/** How `publish` answers. */
export interface PublishToApp extends EnvelopeOptions {
  /** Resolve only when every handler has finished, with the outcomes. */
  readonly wait?: 'handled';
  /** How long `wait` waits; no limit unless said. Then `MORTAR_WAIT_TIMEOUT` says so; the event is handled all the same. */
  readonly timeoutMs?: number;
}

/** Modules at work. */
export interface App extends AsyncDisposable {
  /**
   * Makes every service and begins to accept. Once; if a service can't be made, the app is as before, and may be
   * started anew.
   * @throws MortarError `MORTAR_APP_STATE`; `MORTAR_BINDING_FAILED` with what a constructor threw as its cause
   */
  start(): Promise<void>;
  /** Accepts nothing more, finishes what it has accepted, and ends. May be called more than once, and before `start`. */
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
 * `MORTAR_HANDLER_DUPLICATE`, `MORTAR_MODULE_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export async function createApp(options: AppOptions): Promise<App> {
  checkKeys('createApp', options, ['modules', 'logger', 'deadLetters', 'bus']);
  const {
    modules,
    deadLetters: store = new MemoryDeadLetterStore(),
    logger = await defaultLogger(),
  } = options;
  checkModules(modules);
  const container = containerOf(modules);
  const bus = createMessageBus({ ...options.bus, logger, deadLetters: store });
  for (const module of modules) register(module, bus, container);
  return assemble(modules, bus, container, store, options.bus?.clock ?? systemClock);
}

function assemble(
  modules: readonly Module[],
  bus: MessageBus,
  container: Container,
  store: DeadLetterStore,
  clock: Clock,
): App {
  const state = new AppState();
  const stop = (drainOptions?: DrainOptions): Promise<DrainReport> => {
    state.stop();
    return bus.stop(drainOptions);
  };
  return {
    deadLetters: deadLettersOf(modules, bus, store, state),
    handlers: bus.handlers,
    async start() {
      state.checkMade();
      for (const { bindings } of modules) for (const { service } of bindings) container.resolve(service);
      state.start();
    },
    stop,
    async dispatch(command, data, requestOptions) {
      state.checkStarted('dispatch');
      return bus.requests.dispatch(command, data, requestOptions);
    },
    async ask(query, data, requestOptions) {
      state.checkStarted('ask');
      return bus.requests.ask(query, data, requestOptions);
    },
    async publish(event, data, options) {
      const { wait, timeoutMs, ...envelopeOptions } = options ?? {};
      state.checkStarted('publish');
      if (wait !== undefined) checkOneOf('wait', wait, ['handled']);
      if (timeoutMs !== undefined) checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
      if (wait === 'handled') {
        const handled = bus.events.deliverInTurn(event, data, envelopeOptions);
        return timeoutMs === undefined ? handled : withinTime(handled, event.name, timeoutMs, clock);
      }
      await bus.events.enqueue(event, data, envelopeOptions);
      return NO_OUTCOMES;
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** Rejects when the time is up; the work goes on. */
function withinTime<T>(work: Promise<T>, name: string, timeoutMs: number, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => {
      reject(
        new MortarError('MORTAR_WAIT_TIMEOUT', {
          rule: 'A wait for the handlers of an event has an end.',
          expected: `all handlers of ${name} to finish within ${timeoutMs} ms`,
          got: 'some that are still at work; the event is accepted and will be handled',
        }),
      );
    });
    work.then(resolve, reject).finally(cancel);
  });
}

/** Where an app stands: its verbs work between its start and its stop. */
class AppState {
  #now: 'made' | 'started' | 'stopped' = 'made';

  start(): void {
    this.#now = 'started';
  }

  stop(): void {
    this.#now = 'stopped';
  }

  checkMade(): void {
    if (this.#now !== 'made') throw this.#wrong('An app is started once.', 'one that has not been started');
  }

  checkStarted(verb: string): void {
    if (this.#now !== 'started')
      throw this.#wrong(`An app answers to ${verb} between its start and its stop.`, 'a started app');
  }

  #wrong(rule: string, expected: string): MortarError {
    const got = this.#now === 'made' ? 'one that has not been started' : `one that has been ${this.#now}`;
    return new MortarError('MORTAR_APP_STATE', { rule, expected, got });
  }
}

/** The contracts of what is subscribed to are those that dead letters can have. */
function deadLettersOf(
  modules: readonly Module[],
  bus: MessageBus,
  store: DeadLetterStore,
  state: AppState,
): DeadLetters {
  const events = modules.flatMap(({ subscriptions }) => subscriptions.flatMap((entry) => entry.events));
  const contracts = new Map(events.map((event) => [event.name, event]));
  const redeliver: EventBus['redeliver'] = async (envelope, subscription) => {
    state.checkStarted('replay');
    return bus.events.redeliver(envelope, subscription);
  };
  return new DeadLetters({ store, bus: { redeliver }, contractOf: (type) => contracts.get(type) });
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
    { ...options, retry: options.retry ?? DEFAULT_RETRY, name, module },
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

function checkModules(modules: readonly Module[]): void {
  if (!Array.isArray(modules)) throw invalid('An app is made of modules.', 'an array of them', modules);
  const names = new Set<string>();
  for (const module of modules) {
    if (!isModule(module))
      throw invalid('An app is made of modules.', 'what defineModule answers with', module);
    if (names.has(module.name))
      throw invalid('The name of a module is unique in its app.', 'another name', module.name);
    names.add(module.name);
  }
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
