import { describeValue, type MortarError } from '../../../errors/index.js';
import { fromBase64, toBase64 } from '../base64.js';
import { hasLoneSurrogate } from '../text.js';
import { codecError, type WalkPath } from './path.js';

/**
 * A copy of an inspected value as plain JSON: what JSON cannot say becomes an object with one key that starts with `$`,
 * and the user's own objects of that form get one more `$`.
 */
export function tag(value: unknown): unknown {
  switch (typeof value) {
    case 'bigint':
      return { $bigint: value.toString() };
    case 'undefined':
      return { $undefined: true };
    case 'number':
      return Object.is(value, -0) ? { $number: '-0' } : value;
    case 'object':
      return value === null ? null : tagObject(value);
    default:
      return value;
  }
}

function tagObject(value: object): unknown {
  if (Array.isArray(value)) return value.map(tag);
  // The methods of the classes themselves, since those of the value may be the user's own.
  if (value instanceof Date) return { $date: Date.prototype.toISOString.call(value) };
  if (value instanceof Uint8Array) return { $bytes: toBase64(value) };
  if (value instanceof Map)
    return { $map: Array.from(Map.prototype.entries.call(value), (pair) => pair.map(tag)) };
  if (value instanceof Set) return { $set: Array.from(Set.prototype.values.call(value), tag) };
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, tag(item)]);
  // fromEntries defines `__proto__` as a property like any other, where an assignment would set the prototype.
  return Object.fromEntries(looksLikeTag(value) ? entries.map(([key, item]) => [`$${key}`, item]) : entries);
}

function looksLikeTag(value: object): boolean {
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0]?.startsWith('$') === true;
}

/**
 * Whether `revive` would leave a parsed tree as it is, if its strings are beyond suspicion: no tags, nothing too deep, every
 * number within range. Most data is so, and this is the faster walk.
 */
export function isPlain(tree: unknown, maxDepth: number): boolean {
  if (typeof tree === 'number') return Number.isFinite(tree);
  return typeof tree !== 'object' || tree === null || isPlainContainer(tree, maxDepth);
}

function isPlainContainer(container: object, depthLeft: number): boolean {
  if (depthLeft === 0) return false;
  if (Array.isArray(container)) {
    for (const item of container) if (!isPlain(item, depthLeft - 1)) return false;
    return true;
  }
  let count = 0;
  let hasDollar = false;
  // What is inherited can only make the answer no.
  for (const key in container) {
    count += 1;
    if (key.charCodeAt(0) === DOLLAR) hasDollar = true;
    if (!isPlain((container as Record<string, unknown>)[key], depthLeft - 1)) return false;
  }
  return count !== 1 || !hasDollar;
}

const DOLLAR = 36;

interface Revival {
  readonly maxDepth: number;
  /** Whether strings may hold what the codec refuses. */
  readonly isSuspicious: boolean;
  readonly path: WalkPath;
}

/**
 * Turns the tags of a parsed tree back, in place where it can.
 * @throws MortarError `MORTAR_CODEC_CORRUPT`, `MORTAR_CODEC_TOO_DEEP`
 */
export function revive(tree: unknown, maxDepth: number, isSuspicious: boolean): unknown {
  return reviveValue({ maxDepth, isSuspicious, path: [] }, tree, 0);
}

function reviveValue(revival: Revival, value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      if (revival.isSuspicious) checkText(revival, value, depth);
      return value;
    case 'number':
      if (!Number.isFinite(value)) throw corrupt(revival, depth, 'a number within range', String(value));
      return value;
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return reviveElements(revival, value, depth);
      return reviveObject(revival, value as Record<string, unknown>, depth);
    default:
      return value;
  }
}

function reviveElements(revival: Revival, elements: unknown[], depth: number): unknown[] {
  checkDepth(revival, depth);
  for (let index = 0; index < elements.length; index += 1) {
    const element = elements[index];
    revival.path[depth] = index;
    const revived = reviveValue(revival, element, depth + 1);
    if (revived !== element) elements[index] = revived;
  }
  return elements;
}

function reviveObject(revival: Revival, value: Record<string, unknown>, depth: number): unknown {
  const keys = Object.keys(value);
  const [first] = keys;
  if (keys.length === 1 && first?.startsWith('$')) return reviveTag(revival, first, value[first], depth);
  checkDepth(revival, depth);
  for (const key of keys) {
    const item = value[key];
    revival.path[depth] = key;
    if (revival.isSuspicious) checkText(revival, key, depth + 1);
    const revived = reviveValue(revival, item, depth + 1);
    if (revived !== item) define(value, key, revived);
  }
  return value;
}

/** Sets an own property, whatever its name. */
function define(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function reviveTag(revival: Revival, name: string, content: unknown, depth: number): unknown {
  if (name.startsWith('$$')) return reviveEscaped(revival, name, content, depth);
  if (name === '$map') return reviveMap(revival, content, depth);
  if (name === '$set') return reviveSet(revival, content, depth);
  const scalar = scalars.get(name);
  if (scalar === undefined)
    throw corrupt(revival, depth, `one of the tags ${TAG_NAMES}`, `the tag ${describeValue(name)}`);
  const value = scalar.read(content);
  if (value === MALFORMED)
    throw corrupt(revival, depth, `${scalar.expected} in ${name}`, describeValue(content));
  return value;
}

function reviveEscaped(revival: Revival, name: string, content: unknown, depth: number): object {
  checkDepth(revival, depth);
  const key = name.slice(1);
  revival.path[depth] = key;
  if (revival.isSuspicious) checkText(revival, key, depth + 1);
  return { [key]: reviveValue(revival, content, depth + 1) };
}

function reviveMap(revival: Revival, content: unknown, depth: number): Map<unknown, unknown> {
  checkDepth(revival, depth);
  if (!Array.isArray(content))
    throw corrupt(revival, depth, 'an array of pairs in $map', describeValue(content));
  const map = new Map<unknown, unknown>();
  content.forEach((pair: unknown, index) => {
    revival.path[depth] = index;
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw corrupt(revival, depth + 1, 'a pair of key and value', describeValue(pair));
    }
    const key = reviveValue(revival, pair[0], depth + 1);
    if (map.has(key)) throw corrupt(revival, depth + 1, 'each key once', describeValue(key));
    if (typeof key === 'string') revival.path[depth] = key;
    map.set(key, reviveValue(revival, pair[1], depth + 1));
  });
  return map;
}

function reviveSet(revival: Revival, content: unknown, depth: number): Set<unknown> {
  checkDepth(revival, depth);
  if (!Array.isArray(content)) throw corrupt(revival, depth, 'an array in $set', describeValue(content));
  const set = new Set<unknown>();
  content.forEach((item: unknown, index) => {
    revival.path[depth] = index;
    const member = reviveValue(revival, item, depth + 1);
    if (set.has(member)) throw corrupt(revival, depth + 1, 'each member once', describeValue(member));
    set.add(member);
  });
  return set;
}

/** Says that a tag's content is not what `tag` writes; no payload can hold it. */
const MALFORMED: unique symbol = Symbol('malformed');

interface ScalarTag {
  readonly expected: string;
  /** The value that the content says, or `MALFORMED`. */
  readonly read: (content: unknown) => unknown;
}

/** Each accepts exactly the one form that `tag` writes. */
const scalars: ReadonlyMap<string, ScalarTag> = new Map([
  ['$bigint', { expected: 'a whole number as text', read: readBigint }],
  ['$date', { expected: 'a date such as "2026-01-31T12:00:00.000Z"', read: readDate }],
  ['$bytes', { expected: 'base64 with padding', read: readBytes }],
  ['$number', { expected: '"-0"', read: (content: unknown) => (content === '-0' ? -0 : MALFORMED) }],
  [
    '$undefined',
    { expected: 'true', read: (content: unknown) => (content === true ? undefined : MALFORMED) },
  ],
]);

const TAG_NAMES = [...scalars.keys(), '$map', '$set'].join(', ');

function readBigint(content: unknown): unknown {
  return typeof content === 'string' && /^(?:0|-?[1-9][0-9]*)$/.test(content) ? BigInt(content) : MALFORMED;
}

function readDate(content: unknown): unknown {
  if (typeof content !== 'string') return MALFORMED;
  const date = new Date(content);
  return !Number.isNaN(date.getTime()) && date.toISOString() === content ? date : MALFORMED;
}

function readBytes(content: unknown): unknown {
  return (typeof content === 'string' ? fromBase64(content) : undefined) ?? MALFORMED;
}

function checkDepth(revival: Revival, depth: number): void {
  if (depth < revival.maxDepth) return;
  throw codecError(
    'MORTAR_CODEC_TOO_DEEP',
    revival.path,
    depth,
    `at most ${revival.maxDepth} levels`,
    'more',
  );
}

function checkText(revival: Revival, text: string, depth: number): void {
  if (!text.includes('\0') && !hasLoneSurrogate(text)) return;
  throw corrupt(revival, depth, 'text without NUL and lone surrogates', describeValue(text));
}

function corrupt(revival: Revival, depth: number, expected: string, got: string): MortarError {
  return codecError('MORTAR_CODEC_CORRUPT', revival.path, depth, expected, got);
}
