import { Secret } from '../../contracts/index.js';

/**
 * A deeply frozen copy of plain objects and arrays, in which the value at each secret path is wrapped in a `Secret`.
 * Instances of classes (a `URL`, a `Date`) are kept as they are.
 */
export function frozenCopy(
  value: unknown,
  secretPaths: ReadonlySet<string>,
  path: readonly string[] = [],
): unknown {
  if (value !== undefined && secretPaths.has(pathKey(path))) return new Secret(frozenCopy(value, NONE));
  if (Array.isArray(value)) return Object.freeze(value.map((item) => frozenCopy(item, NONE)));
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    return [key, frozenCopy(inner, secretPaths, [...path, key])] as const;
  });
  // Defines own properties, so a key `__proto__` stays a key.
  return Object.freeze(Object.fromEntries(entries));
}

/** A path as one string, unlike that of every other path. */
export function pathKey(path: readonly string[]): string {
  return JSON.stringify(path);
}

/** The value at a path of plain objects, or undefined. */
export function valueAt(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (!isPlainObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}

/** Whether a value is an object without a class of its own. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

const NONE: ReadonlySet<string> = new Set();
