/// <reference lib="esnext.disposable" preserve="true" />
import type { Awaitable } from './binding.js';
import type { AnyDependency, Resolved, ResolvedAll } from './token.js';

/** What services are asked of: a container, or one of its scopes. */
export interface Resolver {
  /**
   * The service. What is not made yet is made, with all that it needs.
   * @throws MortarError `MORTAR_BINDING_FAILED` with what a constructor or a factory threw as its cause: the service is
   * not made, and is tried anew when it is next asked for; `MORTAR_BINDING_MISSING`, `MORTAR_BINDING_DUPLICATE`,
   * `MORTAR_BINDING_CYCLE`, `MORTAR_BINDING_CAPTIVE`, `MORTAR_BINDING_ASYNC`, `MORTAR_SCOPE_MISSING` with every fault of
   * what it needs as an issue; `MORTAR_CONTAINER_STATE` after the end; `MORTAR_OPTIONS_INVALID`
   */
  resolve<D extends AnyDependency>(dependency: D): Resolved<D>;
  /** The services of a list, in its order. Throws as `resolve` does. */
  resolveAll<const D extends readonly AnyDependency[]>(dependencies: D): ResolvedAll<D>;
  /**
   * As `resolve`, and awaits asynchronous factories. What several ask for at once is made once; when that fails, all of
   * them fail, and the next one tries anew. What is needed is made one after the other, in the order of the lists. Only
   * what asynchronous factories answer with is awaited: a service that has a `then` itself is handed on as it is, to what
   * depends on it and in lists.
   * @throws MortarError as `resolve` does; `MORTAR_BINDING_FAILED` for a service with a `then`, which a promise can't give
   */
  resolveAsync<D extends AnyDependency>(dependency: D): Promise<Resolved<D>>;
  /** The services of a list, made one after the other in its order. */
  resolveAllAsync<const D extends readonly AnyDependency[]>(dependencies: D): Promise<ResolvedAll<D>>;
}

/** Where scoped services live: one message, one request. It keeps what was made in it until it is closed. */
export interface Scope extends Resolver, AsyncDisposable {
  /** What `openScope` was given. */
  readonly context: unknown;
  /**
   * Disposes of what was made in this scope, dependents first; answers with a promise only where something is to be
   * awaited. What is still being made is awaited and then disposed of, and whoever waits for it is refused. A second
   * call has the outcome of the first. One by a disposal of the scope itself is answered at once, since it would wait for
   * itself; but only if that disposal has not awaited anything before: later it must not be awaited there.
   * @throws MortarError `MORTAR_DISPOSAL_FAILED` with every failure as an issue, after all were tried
   */
  close(): Awaitable<void>;
}

/** A scope that was not closed and that nothing refers to any more. */
export interface ScopeLeak {
  /** The stack of the call that opened it. */
  readonly openedAt: string;
  /** The name of its container. */
  readonly container: string | undefined;
}
