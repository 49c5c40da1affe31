import { describeValue } from '../errors/index.js';

/** Names a service that has no class of its own, or of which there are several. Compared by identity. */
export interface Token<T> {
  readonly kind: 'token';
  readonly name: string;
  /** Carries the type alone; never there at run time. */
  readonly service?: T;
}

/** Makes a token. Two tokens of one name are two tokens. */
export function token<T>(name: string): Token<T> {
  return Object.freeze({ kind: 'token', name });
}

/** What a service is asked for by: its class, or a token. Classes of the same shape are told apart by identity. */
export type Dependency<T> = Token<T> | (abstract new (...args: never) => T);

/** Any dependency. */
export type AnyDependency = Dependency<unknown>;

/** The dependencies of a constructor's parameters, each of the parameter's type and in its place. */
export type DependenciesOf<A extends readonly unknown[]> = { readonly [K in keyof A]: Dependency<A[K]> };

/** What a dependency resolves to. */
export type Resolved<D> =
  D extends Token<infer T> ? T : D extends abstract new (...args: never) => infer T ? T : never;

/** What a list of dependencies resolves to. */
export type ResolvedAll<D extends readonly AnyDependency[]> = { -readonly [K in keyof D]: Resolved<D[K]> };

/** The name of a dependency, for messages. */
export function nameOf(dependency: AnyDependency): string {
  const name: unknown = dependency?.name;
  if (typeof name === 'string' && name !== '') return name;
  return typeof dependency === 'function' ? 'an unnamed class' : describeValue(dependency);
}
