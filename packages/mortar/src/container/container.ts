/// <reference lib="esnext.disposable" preserve="true" />
import type { Issue } from '../errors/index.js';
import type { Awaitable, Binding, Root } from './binding.js';
import { ServiceContainer } from './internal/service-container.js';
import type { Resolver, Scope, ScopeLeak } from './scope.js';
import type { ContainerStats } from './stats.js';
import type { AnyDependency, DependenciesOf, Dependency, ResolvedAll } from './token.js';

/** What `createContainer` takes. */
export interface ContainerOptions {
  /** Stands in messages and reports. */
  readonly name?: string;
  /** Whether scopes that are never closed are looked for; unless said, where NODE_ENV is not `production`. */
  readonly isDevelopment?: boolean;
  /**
   * Called with a scope that was never closed, once it is found: when its memory is collected, in development. What it
   * throws, or rejects with, is ignored. Unless it is given, the process is warned, once of each place that opens such
   * scopes, and of no more than 20 places.
   */
  readonly onLeak?: (leak: ScopeLeak) => void;
}

/** How long what a factory makes lives. */
export type FactoryLifetime = 'singleton' | 'scoped' | 'transient';

/** What `factory` and `asyncFactory` take. */
export interface FactoryOptions<T> {
  /** `singleton` unless said. */
  readonly lifetime?: FactoryLifetime;
  /** Called in place of the service's own `Symbol.asyncDispose` or `Symbol.dispose`. */
  readonly dispose?: (service: T) => Awaitable<void>;
}

/** Binds a class. The list of dependencies has the types of the constructor's parameters, in their order. */
export type BindClass = <A extends readonly unknown[], T>(
  service: new (...args: A) => T,
  ...dependencies: A extends readonly [] ? [] | [DependenciesOf<A>] : [DependenciesOf<A>]
) => void;

/** The services of a list of dependencies, got ready for being resolved many times. */
export interface Prepared<R extends readonly unknown[] = readonly unknown[]> {
  /** Something scoped or contextual is among what they need, so that `resolve` is to be given a scope. */
  readonly needsScope: boolean;
  /** Something asynchronous is among what they need, so that `resolve` may answer with a promise. */
  readonly isAsync: boolean;
  /** Throws as the `resolve` of a container does, or rejects with it. */
  resolve(scope?: Scope): Awaitable<R>;
}

/**
 * Makes services of what they depend on. First all is bound, then it is resolved. What implements
 * `Symbol.asyncDispose` or `Symbol.dispose` and was made for a singleton or in a scope is disposed of with it; what is
 * transient and resolved straight from a container belongs to its caller. Whether there is anything to dispose of is asked
 * of the first instance of a class, and holds for all. What a factory makes is asked each time, for a `then` too, unless it
 * has the class of what that factory made before: a disposal or a `then` that is a property of the instance alone, and not
 * of its class, is missed then. `dispose` in the options is called in any case.
 */
export interface Container extends Resolver, AsyncDisposable {
  /**
   * Binds a service. A token may be bound several times, for `all`; a class or a port once, a second time is a fault.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`; `MORTAR_CONTAINER_STATE` once something was resolved
   */
  bind(binding: Binding): void;
  /** Binds a class of which there is one, made when it is first needed. Throws as `bind` does, as do all below. */
  readonly singleton: BindClass;
  /** Binds a class that is made anew for each that needs it. */
  readonly transient: BindClass;
  /** Binds a class of which there is one in each scope. */
  readonly scoped: BindClass;
  /** Binds what is already there. It is never disposed of. */
  value<T>(service: Dependency<T>, value: NoInfer<T>): void;
  /** Binds what a function makes of the services of a list. */
  factory<T, const D extends readonly AnyDependency[]>(
    service: Dependency<T>,
    dependencies: D,
    create: (...services: ResolvedAll<D>) => NoInfer<T>,
    options?: FactoryOptions<NoInfer<T>>,
  ): void;
  /**
   * Binds what an asynchronous function makes of the services of a list. Until it is made, only `resolveAsync` gives it.
   * The function must not await its own service, nor what needs it, from the container or a scope: before its first
   * `await` that is refused with `MORTAR_BINDING_CYCLE`, for what is made once; after it the two wait for each other, and
   * so does the end of the container. Nor must it await that end.
   */
  asyncFactory<T, const D extends readonly AnyDependency[]>(
    service: Dependency<T>,
    dependencies: D,
    create: (...services: ResolvedAll<D>) => PromiseLike<NoInfer<T>>,
    options?: FactoryOptions<NoInfer<T>>,
  ): void;
  /** Binds what is made of the context of the scope that it is asked for in, anew each time; of `undefined` outside of scopes and for singletons. */
  contextual<T>(service: Dependency<T>, create: (context: unknown) => NoInfer<T>): void;
  /** Everything that is wrong with the bindings and with what `roots` need. Makes nothing. */
  faults(roots?: readonly Root[]): readonly Issue[];
  /**
   * Checks, without making anything, that all that is bound, and all that `roots` need, can be made.
   * @throws MortarError `MORTAR_GRAPH_INVALID` with every fault as an issue
   */
  verify(roots?: readonly Root[]): void;
  /**
   * Finds out once what it takes to resolve a list, for handlers, which are called often. Throws as `resolve` does, but
   * makes nothing.
   */
  prepare<const D extends readonly AnyDependency[]>(dependencies: D): Prepared<ResolvedAll<D>>;
  /** Makes each singleton of this container that is not made yet, dependencies first, one after the other. Throws as `resolve` does. */
  makeSingletons(): Promise<void>;
  /**
   * Opens a scope. Whoever opens it closes it; a container does not know its scopes.
   * @throws MortarError `MORTAR_CONTAINER_STATE` after the end
   */
  openScope(context?: unknown): Scope;
  /**
   * A container that sees what is bound here; what it binds itself wins, for `all` too. Services that need something it
   * binds are made anew in it, all others are shared.
   */
  child(options?: ContainerOptions): Container;
  /** What was bound in this container itself, in order. */
  bindings(): readonly Binding[];
  /** What was counted. */
  stats(): ContainerStats;
  /**
   * Disposes of its children, then of all that was made here, dependents first. What is still being made is awaited and
   * then disposed of, and whoever waits for it is refused. A second call has the outcome of the first. One by a disposal
   * that this one waits for is answered at once, since it would wait for itself; but only if that disposal has not awaited
   * anything before: later it can't be told from others, and must not be awaited there.
   * @throws MortarError `MORTAR_DISPOSAL_FAILED` with every failure as an issue, after all were tried
   */
  dispose(): Promise<void>;
}

/**
 * Makes an empty container.
 * @example
 * const container = createContainer();
 * container.value(Currency, 'EUR');
 * container.singleton(PriceList, [Currency]);
 * container.verify();
 * const prices = container.resolve(PriceList);
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function createContainer(options: ContainerOptions = {}): Container {
  // The class is without types; the interface gives each dependency the type of its service.
  return new ServiceContainer(options) as Container;
}
