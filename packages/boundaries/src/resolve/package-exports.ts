import { isJsonObject, type Json, type JsonObject } from '../files/json.js';

/** What the `exports` or `imports` of a package.json lead to: paths from its folder, the first that applies first. */
export type ExportTargets =
  | { readonly kind: 'paths'; readonly paths: readonly string[] }
  /** It says that there is nothing to be had. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'missing' };

/** The conditions that apply: a set of their names, or a test of them. */
export type Conditions = Pick<ReadonlySet<string>, 'has'>;

/** Where it is not known which apply, each may. */
export const anyCondition: Conditions = { has: () => true };

const MAX_DEPTH = 20;

/**
 * Looks a subpath up, as Node does: `.` or `./sub` in `exports`, `#name` in `imports`. `conditions` are those that apply. All
 * targets that may be meant are given, since the first may be what a build makes, of which there is no source.
 */
export function lookUp(map: Json, subpath: string, conditions: Conditions): ExportTargets {
  const entries = isJsonObject(map) && Object.keys(map).some((key) => /^[.#]/.test(key)) ? map : { '.': map };
  const exact = Object.hasOwn(entries, subpath) && !subpath.includes('*') ? entries[subpath] : undefined;
  if (exact !== undefined) return targetsOf(exact, '', conditions);
  const pattern = bestPattern(Object.keys(entries), subpath);
  if (pattern === undefined) return { kind: 'missing' };
  return targetsOf(entries[pattern.key] ?? null, pattern.star, conditions);
}

/** The pattern with the longest part before its star wins, then the longest of all. */
function bestPattern(
  keys: readonly string[],
  subpath: string,
): { readonly key: string; readonly star: string } | undefined {
  let best: { readonly key: string; readonly star: string; readonly before: number } | undefined;
  for (const key of keys) {
    const star = key.indexOf('*');
    const isFolder = star < 0 && key.endsWith('/');
    if (star < 0 && !isFolder) continue;
    const before = isFolder ? key : key.slice(0, star);
    const after = isFolder ? '' : key.slice(star + 1);
    if (!subpath.startsWith(before) || !subpath.endsWith(after)) continue;
    if (subpath.length < before.length + after.length || (!isFolder && subpath === before)) continue;
    const isBetter =
      best === undefined ||
      before.length > best.before ||
      (before.length === best.before && key.length > best.key.length);
    if (!isBetter) continue;
    best = { key, star: subpath.slice(before.length, subpath.length - after.length), before: before.length };
  }
  return best;
}

function targetsOf(target: Json, star: string, conditions: Conditions): ExportTargets {
  const paths: string[] = [];
  const isClosed = collect(target, conditions, paths, 0);
  if (paths.length === 0) return { kind: isClosed ? 'closed' : 'missing' };
  return { kind: 'paths', paths: paths.map((path) => withStar(path, star)) };
}

function withStar(path: string, star: string): string {
  if (path.includes('*')) return path.replaceAll('*', () => star);
  return path.endsWith('/') ? path + star : path;
}

/** Whether it was closed by `null`. */
function collect(target: Json | undefined, conditions: Conditions, paths: string[], depth: number): boolean {
  if (target === null) return true;
  if (depth > MAX_DEPTH || target === undefined) return false;
  if (typeof target === 'string') paths.push(target);
  else if (Array.isArray(target)) {
    for (const one of target) collect(one, conditions, paths, depth + 1);
  } else if (isJsonObject(target)) return collectConditions(target, conditions, paths, depth);
  return false;
}

function collectConditions(
  target: JsonObject,
  conditions: Conditions,
  paths: string[],
  depth: number,
): boolean {
  for (const [condition, inner] of Object.entries(target)) {
    if (condition !== 'default' && !conditions.has(condition) && !condition.startsWith('types@')) continue;
    const before = paths.length;
    const isClosed = collect(inner, conditions, paths, depth + 1);
    if (isClosed && before === 0 && paths.length === 0) return true;
  }
  return false;
}
