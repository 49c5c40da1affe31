import type {
  Awaitable,
  CommandOptions,
  EventContext,
  HandlerReturn,
  MessageContext,
  PublishOptions,
  QueryOptions,
  RequestContext,
} from '../bus/index.js';
import type { Config, Settings } from '../config/index.js';
import type {
  AnyDependency,
  DependenciesOf,
  Dependency,
  FactoryOptions,
  ResolvedAll,
  Token,
} from '../container/index.js';
import type {
  CommandContract,
  Contract,
  EventContract,
  InputOf,
  PortContract,
  QueryContract,
  Schema,
  SchemaInput,
  SchemaOutput,
} from '../contracts/index.js';
import type { Logger } from '../logging/logger.js';
import type { HealthResult } from '../patterns/index.js';
import type { PortImplementation, PortPolicy } from '../ports/index.js';
import type { AnyProjection } from '../projections/index.js';
import type { ModuleHealthOptions } from './module.js';
import type { ScheduleTimes } from './schedule.js';
import type { ModuleBatchOptions, ModuleSubscribeOptions } from './subscribe-options.js';

/** A command that the module owns. */
type OwnCommand<N extends string> = CommandContract<`${N}.${string}`>;

/** A query that the module owns. */
type OwnQuery<N extends string> = QueryContract<`${N}.${string}`>;

/** An event that the module owns. */
type OwnEvent<N extends string> = EventContract<`${N}.${string}`>;

/** A port that the module owns. */
type OwnPort<N extends string> = PortContract<`${N}.${string}`>;

/** The events of a subscription: one contract, or several. */
type Selected<S> = S extends EventContract
  ? S
  : S extends readonly (infer C extends EventContract)[]
    ? C
    : never;

/** What a hook at the start gets. What it publishes is sent when the whole app has started. */
export interface StartContext<Owner extends string = string>
  extends Pick<MessageContext<Owner>, 'signal' | 'logger' | 'dispatch' | 'ask'> {
  publish<In>(
    event: EventContract<`${Owner}.${string}`, unknown, In>,
    data: NoInfer<In>,
    options?: PublishOptions,
  ): Promise<void>;
}

/** What a hook at the stop gets: nothing is sent any more. */
export interface StopContext {
  /** Aborted when the hook's time is up. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** What a health check gets. */
export interface HealthContext {
  /** Aborted when the check's time is up. */
  readonly signal: AbortSignal;
}

/** The methods of a port, each with the services after its context. */
export type PortMethodsWith<P extends PortContract, N extends string, S extends readonly unknown[]> = {
  readonly [K in keyof PortImplementation<P, N>]: PortImplementation<P, N>[K] extends (
    context: infer C,
  ) => infer R
    ? (context: C, ...services: S) => R
    : never;
};

/** What a module may say about itself. `N` is its name, whose messages and ports it owns. */
export interface ModuleBuilder<N extends string> extends ServiceBuilder {
  /** The module's name. */
  readonly name: N;
  /** Handles a command of this module. */
  handle<C extends OwnCommand<N>>(
    command: C,
    handler: (context: RequestContext<C, N>) => Awaitable<HandlerReturn<C>>,
  ): void;
  handle<C extends OwnCommand<N>, const D extends readonly AnyDependency[]>(
    command: C,
    dependencies: D,
    handler: (context: RequestContext<C, N>, ...services: ResolvedAll<D>) => Awaitable<HandlerReturn<C>>,
  ): void;
  handle<C extends OwnCommand<N>, const D extends readonly AnyDependency[]>(
    command: C,
    options: CommandOptions<NoInfer<C>>,
    dependencies: D,
    handler: (context: RequestContext<C, N>, ...services: ResolvedAll<D>) => Awaitable<HandlerReturn<C>>,
  ): void;
  handle<C extends OwnCommand<N>>(
    command: C,
    options: CommandOptions<NoInfer<C>>,
    handler: (context: RequestContext<C, N>) => Awaitable<HandlerReturn<C>>,
  ): void;
  /** Answers a query of this module. */
  answer<C extends OwnQuery<N>>(
    query: C,
    handler: (context: RequestContext<C, N>) => Awaitable<HandlerReturn<C>>,
  ): void;
  answer<C extends OwnQuery<N>, const D extends readonly AnyDependency[]>(
    query: C,
    dependencies: D,
    handler: (context: RequestContext<C, N>, ...services: ResolvedAll<D>) => Awaitable<HandlerReturn<C>>,
  ): void;
  answer<C extends OwnQuery<N>, const D extends readonly AnyDependency[]>(
    query: C,
    options: QueryOptions<NoInfer<C>>,
    dependencies: D,
    handler: (context: RequestContext<C, N>, ...services: ResolvedAll<D>) => Awaitable<HandlerReturn<C>>,
  ): void;
  answer<C extends OwnQuery<N>>(
    query: C,
    options: QueryOptions<NoInfer<C>>,
    handler: (context: RequestContext<C, N>) => Awaitable<HandlerReturn<C>>,
  ): void;
  /**
   * Handles an event of any module, after it was published; in an app with a store, after it was committed. Its subscription is named `<module>/<event>`; a second
   * one on the same event, or one on several events, needs a name of its own.
   */
  on<const S extends EventContract | readonly EventContract[]>(
    events: S,
    handler: (context: EventContext<Selected<S>, N>) => Awaitable<void>,
  ): void;
  on<const S extends EventContract | readonly EventContract[], const D extends readonly AnyDependency[]>(
    events: S,
    dependencies: D,
    handler: (context: EventContext<Selected<S>, N>, ...services: ResolvedAll<D>) => Awaitable<void>,
  ): void;
  /** The same with a handler that takes several events at once. Services of a message are those of the first of them. */
  on<const S extends EventContract | readonly EventContract[], const D extends readonly AnyDependency[]>(
    events: S,
    options: ModuleBatchOptions,
    dependencies: D,
    handler: (batch: readonly EventContext<Selected<S>, N>[], ...services: ResolvedAll<D>) => Awaitable<void>,
  ): void;
  on<const S extends EventContract | readonly EventContract[]>(
    events: S,
    options: ModuleBatchOptions,
    handler: (batch: readonly EventContext<Selected<S>, N>[]) => Awaitable<void>,
  ): void;
  on<const S extends EventContract | readonly EventContract[], const D extends readonly AnyDependency[]>(
    events: S,
    options: ModuleSubscribeOptions,
    dependencies: D,
    handler: (context: EventContext<Selected<S>, N>, ...services: ResolvedAll<D>) => Awaitable<void>,
  ): void;
  on<const S extends EventContract | readonly EventContract[]>(
    events: S,
    options: ModuleSubscribeOptions,
    handler: (context: EventContext<Selected<S>, N>) => Awaitable<void>,
  ): void;
  /** Does the work of a port of this module: a function for each method, or a service that has them as methods. */
  implement<P extends OwnPort<N>, const D extends readonly AnyDependency[]>(
    port: P,
    dependencies: D,
    methods: PortMethodsWith<NoInfer<P>, N, ResolvedAll<D>>,
  ): void;
  implement<P extends OwnPort<N>>(
    port: P,
    service: PortImplementation<NoInfer<P>, N> | Dependency<PortImplementation<NoInfer<P>, N>>,
  ): void;
  /** How this module guards its calls of a port. To call it, list the port as a dependency. */
  uses(port: PortContract, policy: PortPolicy): void;
  /**
   * Publishes an event of this module by the calendar, in an app with a store, whose clock it goes by: one event for each time,
   * however many processes there are. The expression has five fields, or six with seconds before them.
   * @example
   * module.schedule('morning', '0 9 * * 1-5', ReportDue, (dueAt) => ({ day: new Date(dueAt).toISOString() }));
   */
  schedule<E extends OwnEvent<N>>(
    name: string,
    cron: string,
    event: E,
    data: InputOf<NoInfer<E>> | ((dueAt: number) => InputOf<NoInfer<E>>),
    options?: ScheduleTimes,
  ): void;
  /**
   * Makes a read model of events of any module, in an app with a store; it is read by `readModel` of this module's handlers, and by `app.readModel`.
   * @example
   * module.project(ordersByDay);
   */
  project(projection: AnyProjection): void;
  /**
   * Runs when the app starts, after the services of this module are made and the modules it depends on have started.
   * It may send to modules that have started, see `startsAfter`; events are delivered when all have. If it throws, or asks
   * for the stop of the app, the app does not start.
   */
  onStart(hook: (context: StartContext<N>) => Awaitable<void>): void;
  onStart<const D extends readonly AnyDependency[]>(
    dependencies: D,
    hook: (context: StartContext<N>, ...services: ResolvedAll<D>) => Awaitable<void>,
  ): void;
  /**
   * Runs when the app stops and no handler runs any more, before the services of this module are disposed of. Nothing can be
   * sent or called any more, and it must not wait for the stop itself.
   */
  onStop(hook: (context: StopContext) => Awaitable<void>): void;
  onStop<const D extends readonly AnyDependency[]>(
    dependencies: D,
    hook: (context: StopContext, ...services: ResolvedAll<D>) => Awaitable<void>,
  ): void;
  /** Says how well the module is, whenever `app.health()` is asked. One that throws says that it is unhealthy. */
  health(name: string, check: (context: HealthContext) => Awaitable<HealthResult>): void;
  health<const D extends readonly AnyDependency[]>(
    name: string,
    dependencies: D,
    check: (context: HealthContext, ...services: ResolvedAll<D>) => Awaitable<HealthResult>,
  ): void;
  health<const D extends readonly AnyDependency[]>(
    name: string,
    options: ModuleHealthOptions,
    dependencies: D,
    check: (context: HealthContext, ...services: ResolvedAll<D>) => Awaitable<HealthResult>,
  ): void;
  health(
    name: string,
    options: ModuleHealthOptions,
    check: (context: HealthContext) => Awaitable<HealthResult>,
  ): void;
  /** Settings of this module, read from the environment when the app is made. The token injects them. */
  settings<S extends Schema, const M extends Settings<SchemaInput<S>>>(options: {
    readonly schema: S;
    readonly settings: M;
  }): Token<Config<SchemaOutput<S>, M>>;
  /** Its contracts, so that one that is not handled, answered or implemented is a fault, and the canvas shows all. */
  exposes(...contracts: readonly (OwnCommand<N> | OwnQuery<N> | OwnEvent<N> | OwnPort<N>)[]): void;
  /** All events that the module publishes; publishing another one is then an error. */
  publishes(...events: readonly OwnEvent<N>[]): void;
  /** All commands that the module dispatches; dispatching another one is then an error. */
  dispatches(...commands: readonly CommandContract[]): void;
  /** All queries that the module asks; asking another one is then an error. */
  asks(...queries: readonly QueryContract[]): void;
  /** Modules that are started before this one, beside those whose ports it needs at its start. */
  startsAfter(...modules: readonly string[]): void;
}

/** How services come to be. They are private to the module; other modules meet it in contracts alone. */
export interface ServiceBuilder {
  /**
   * Binds a class of which there is one, made at the start. The dependency list has the types of the constructor's
   * parameters, in their order.
   */
  singleton<A extends readonly unknown[], T>(
    service: new (...args: A) => T,
    ...dependencies: A extends readonly [] ? [] | [DependenciesOf<A>] : [DependenciesOf<A>]
  ): void;
  /** Binds a class that is made anew each time it is asked for. */
  transient<A extends readonly unknown[], T>(
    service: new (...args: A) => T,
    ...dependencies: A extends readonly [] ? [] | [DependenciesOf<A>] : [DependenciesOf<A>]
  ): void;
  /** Binds a class of which there is one for each message that is handled. */
  scoped<A extends readonly unknown[], T>(
    service: new (...args: A) => T,
    ...dependencies: A extends readonly [] ? [] | [DependenciesOf<A>] : [DependenciesOf<A>]
  ): void;
  /** Binds something that is already there. It is not disposed of. */
  value<T>(service: Dependency<T>, value: NoInfer<T>): void;
  /** Binds what a function makes; of which there is one, unless said. */
  factory<T, const D extends readonly AnyDependency[]>(
    service: Dependency<T>,
    dependencies: D,
    create: (...services: ResolvedAll<D>) => NoInfer<T>,
    options?: FactoryOptions<NoInfer<T>>,
  ): void;
  /** Binds what a function makes asynchronously; a singleton is awaited at the start. */
  asyncFactory<T, const D extends readonly AnyDependency[]>(
    service: Dependency<T>,
    dependencies: D,
    create: (...services: ResolvedAll<D>) => PromiseLike<NoInfer<T>>,
    options?: FactoryOptions<NoInfer<T>>,
  ): void;
}

/** Any contract that a module may expose. */
export type Exposed = Contract | PortContract;
