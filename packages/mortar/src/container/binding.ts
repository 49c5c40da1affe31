import type { AnyDependency } from './token.js';

/**
 * How long a service lives: `singleton` once in its container, `scoped` once in each scope, `transient` anew each time
 * it is asked for, `value` made elsewhere and never disposed of, `contextual` anew each time, of the context of the
 * scope it is asked for in (`undefined` outside of scopes and for singletons).
 */
export type Lifetime = 'singleton' | 'scoped' | 'transient' | 'value' | 'contextual';

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** How a service comes to be, as plain data. */
export interface Binding {
  readonly service: AnyDependency;
  readonly lifetime: Lifetime;
  readonly dependencies: readonly AnyDependency[];
  readonly how: How;
  /** Called in place of the service's own `Symbol.asyncDispose` or `Symbol.dispose`. */
  readonly dispose?: (service: never) => unknown;
  /** Who bound it, and where, for messages: `module shop`, or a place in the source. */
  readonly owner: string;
}

/** What makes the service of a binding. */
export type How =
  | { readonly kind: 'class'; readonly create: new (...resolved: readonly never[]) => unknown }
  | { readonly kind: 'factory'; readonly create: (...resolved: readonly never[]) => unknown }
  /** Its promise is awaited, so the service can be resolved synchronously only once it is made. */
  | {
      readonly kind: 'async-factory';
      readonly create: (...resolved: readonly never[]) => PromiseLike<unknown>;
    }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'context'; readonly create: (context: unknown) => unknown };

/** Who needs services without being one: a handler, a hook. */
export interface Root {
  readonly owner: string;
  readonly dependencies: readonly AnyDependency[];
  /** It can't wait, so nothing it needs may be asynchronous. */
  readonly isSync?: boolean;
  /** It is resolved outside of any scope, so it may need nothing scoped. */
  readonly isUnscoped?: boolean;
}
