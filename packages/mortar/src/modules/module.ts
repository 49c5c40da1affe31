import type { Awaitable, EventContext, RequestContext, SubscribeOptions } from '../bus/index.js';
import type { AnyDependency, Binding, DependenciesOf, Dependency, ResolvedAll } from '../container/index.js';
import {
  type CommandContract,
  checkModuleName,
  type EventContract,
  type QueryContract,
  type ReturnOf,
} from '../contracts/index.js';
import { recordModule } from './internal/module-recorder.js';

/** A command that the module owns. */
type OwnCommand<N extends string> = CommandContract<`${N}.${string}`>;

/** A query that the module owns. */
type OwnQuery<N extends string> = QueryContract<`${N}.${string}`>;

/** The events of a subscription: one contract, or several. */
type Selected<S> = S extends EventContract
  ? S
  : S extends readonly (infer C extends EventContract)[]
    ? C
    : never;

/** What a module may say about itself. `N` is its name, whose messages it owns. */
export interface ModuleBuilder<N extends string> {
  /**
   * Binds a class of which there is one, made when it is first needed. The dependency list has the types of the
   * constructor's parameters, in their order.
   */
  singleton<A extends readonly unknown[], T>(
    service: new (...args: A) => T,
    ...dependencies: A extends readonly [] ? [] | [DependenciesOf<A>] : [DependenciesOf<A>]
  ): void;
  /** Binds something that is already there. */
  value<T>(service: Dependency<T>, value: NoInfer<T>): void;
  /** Handles a command of this module. */
  handle<C extends OwnCommand<N>>(
    command: C,
    handler: (context: RequestContext<C, N>) => Awaitable<ReturnOf<C>>,
  ): void;
  handle<C extends OwnCommand<N>, const D extends readonly AnyDependency[]>(
    command: C,
    dependencies: D,
    handler: (context: RequestContext<C, N>, ...services: ResolvedAll<D>) => Awaitable<ReturnOf<C>>,
  ): void;
  /** Answers a query of this module. */
  answer<C extends OwnQuery<N>>(
    query: C,
    handler: (context: RequestContext<C, N>) => Awaitable<ReturnOf<C>>,
  ): void;
  answer<C extends OwnQuery<N>, const D extends readonly AnyDependency[]>(
    query: C,
    dependencies: D,
    handler: (context: RequestContext<C, N>, ...services: ResolvedAll<D>) => Awaitable<ReturnOf<C>>,
  ): void;
  /**
   * Handles an event of any module, after it was published. Its subscription is named `<module>/<event>`; a second
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
}

/** How a module's subscription handles what it gets; the module itself is known. */
export type ModuleSubscribeOptions = Omit<SubscribeOptions, 'module'>;

/** A bounded context: what it binds, handles and answers, as data. */
export interface Module<N extends string = string> {
  readonly name: N;
  readonly bindings: readonly Binding[];
  readonly handlers: readonly ModuleHandler[];
  readonly subscriptions: readonly ModuleSubscription[];
}

/** A handler and the services it is given after its context. */
interface WithServices {
  readonly dependencies: readonly AnyDependency[];
  readonly handler: (context: never, ...services: never) => unknown;
}

/** The handler of a command or query. */
export interface ModuleHandler extends WithServices {
  readonly contract: CommandContract | QueryContract;
}

/** The handler of an event, or of several. */
export interface ModuleSubscription extends WithServices {
  readonly name: string;
  readonly events: readonly EventContract[];
  readonly options: ModuleSubscribeOptions;
}

/**
 * Defines a module. The function runs at once and records what it says; nothing is made or started before the app is.
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_MODULE_INVALID`, `MORTAR_NOT_OWNER`, `MORTAR_HANDLER_DUPLICATE`,
 * `MORTAR_OPTIONS_INVALID`
 */
export function defineModule<const N extends string>(
  name: N,
  register: (module: ModuleBuilder<NoInfer<N>>) => void,
): Module<N> {
  checkModuleName(name);
  return recordModule(name, register);
}
