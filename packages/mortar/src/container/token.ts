import { describeValue, MortarError } from '../errors/index.js';

/**
 * Names what has no class of its own: a token, a port, or a marked dependency. Compared by identity.
 * Anything of this shape is a dependency; `kind` says what it is.
 */
export interface Key<T> {
  readonly kind: string;
  readonly name: string;
  /** Carries the type alone; never there at run time. */
  readonly service?: T;
}

/** Names a service that has no class of its own, or of which there are several. Compared by identity. */
export interface Token<T> extends Key<T> {
  readonly kind: 'token';
}

/** A dependency with a mark: all of several, at first use, or nothing where nothing is bound. */
export interface Marked<T> extends Key<T> {
  readonly kind: 'all' | 'lazy' | 'optional';
  readonly of: AnyDependency;
}

/** Makes a token. Two tokens of one name are two tokens. */
export function token<T>(name: string): Token<T> {
  return Object.freeze({ kind: 'token', name });
}

/** What a service is asked for by: its class, a token, a port, or a marked one of these. Classes of the same shape are told apart by identity. */
export type Dependency<T> = Key<T> | (abstract new (...args: never) => T);

/** Any dependency. */
export type AnyDependency = Dependency<unknown>;

/** The dependencies of a constructor's parameters, each of the parameter's type and in its place. */
export type DependenciesOf<A extends readonly unknown[]> = { readonly [K in keyof A]: Dependency<A[K]> };

/**
 * Every service bound under a key, in the order of binding; an empty list where there is none.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function all<T>(of: Dependency<T>): Marked<readonly T[]> {
  if (isKey(of)) return Object.freeze({ kind: 'all', name: `all of ${nameOf(of)}`, of });
  throw notDependency('all is of what is bound.', 'a class, a token or a port', of);
}

/**
 * A function that resolves the service when it is first called, and keeps it. Two services may need each other if one
 * of them is lazy. It belongs to the scope or the container of the service that was given it, and ends with it.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function lazy<T>(of: Dependency<T>): Marked<() => T> {
  if (isDependency(of)) return Object.freeze({ kind: 'lazy', name: `lazy ${nameOf(of)}`, of });
  throw notDependency('lazy is of a dependency.', DEPENDENCY, of);
}

/**
 * The service, or `undefined` where nothing is bound.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function optional<T>(of: Dependency<T>): Marked<T | undefined> {
  if (isDependency(of)) return Object.freeze({ kind: 'optional', name: `optional ${nameOf(of)}`, of });
  throw notDependency('optional is of a dependency.', DEPENDENCY, of);
}

/** What a dependency is, for messages. */
export const DEPENDENCY = 'a class, a token, a port, or all, lazy or optional of one';

/** Whether a value is what services are bound under: a class, a token or a port. */
export function isKey(value: unknown): value is AnyDependency {
  if (typeof value === 'function') return true;
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false;
  return value.kind === 'token' || value.kind === 'port';
}

/** Whether a dependency has a mark. */
export function isMarked(dependency: AnyDependency): dependency is Marked<unknown> {
  if (typeof dependency === 'function') return false;
  return dependency.kind === 'all' || dependency.kind === 'lazy' || dependency.kind === 'optional';
}

/** Whether a value can be asked for: a class, or an object of a kind that a container knows. */
export function isDependency(value: unknown): value is AnyDependency {
  let inner = value;
  for (let marks = 0; marks <= MAX_MARKS; marks += 1) {
    if (isKey(inner)) return true;
    if (typeof inner !== 'object' || inner === null || !('kind' in inner) || !('of' in inner)) return false;
    if (inner.kind === 'all') return isKey(inner.of);
    if (inner.kind !== 'lazy' && inner.kind !== 'optional') return false;
    inner = inner.of;
  }
  return false;
}

/** More marks than this about one another mean nothing any more. */
const MAX_MARKS = 8;

function notDependency(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule, expected, got: describeValue(got) });
}

/** What a dependency resolves to. */
export type Resolved<D> =
  D extends Key<infer T> ? T : D extends abstract new (...args: never) => infer T ? T : never;

/** What a list of dependencies resolves to. */
export type ResolvedAll<D extends readonly AnyDependency[]> = { -readonly [K in keyof D]: Resolved<D[K]> };

/** The name of a dependency, for messages. */
export function nameOf(dependency: AnyDependency): string {
  const name: unknown = dependency?.name;
  if (typeof name === 'string' && name !== '') return name;
  return typeof dependency === 'function' ? 'an unnamed class' : describeValue(dependency);
}
