import { isJsonObject, stringOf } from '../files/json.js';
import type { Manifest } from '../files/manifests.js';

/** The package that a specifier names, if it may name one, and what is meant in it. */
export function splitName(specifier: string): {
  readonly name: string | undefined;
  readonly subpath: string;
} {
  const match = /^((?:@[^/\s]+\/)?[^/\s@][^/\s]*)(?:\/(.*))?$/.exec(specifier);
  return { name: match?.[1], subpath: match?.[2] ?? '' };
}

/** Whether a package of npm may be called so. */
export function isPackageName(name: string): boolean {
  return /^(?:@[\w.~-]+\/)?[a-z0-9][\w.~-]*$/i.test(name);
}

/** What a package.json says of a dependency, whichever of its fields does. */
export function declaredAs(manifest: Manifest | undefined, name: string): string | undefined {
  const field = manifest?.dependencies[name];
  const declared = field === undefined ? undefined : manifest?.json[field];
  return isJsonObject(declared) ? stringOf(declared[name]) : undefined;
}
