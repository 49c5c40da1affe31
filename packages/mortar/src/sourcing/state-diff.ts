import { encode, formatPath } from '../contracts/index.js';
import { describeValue } from '../errors/index.js';

/** One place where two states differ. */
export interface StateChange {
  /** Such as `items[2].price`; empty for the whole. A key of a Map stands as one of an object does, a member of a Set as itself. */
  readonly path: string;
  /** Absent where there was nothing. */
  readonly before?: unknown;
  /** Absent where there is nothing any more. */
  readonly after?: unknown;
}

const MAX_NAME = 60;

type Path = readonly (string | number)[];

/**
 * Where two states differ, at the innermost places that tell it. Knows all that the codec carries: Dates and bytes are compared by
 * what they hold, Maps by key, Sets by member, whatever the order. What has become another kind of thing is one change.
 */
export function changesBetween(before: unknown, after: unknown): readonly StateChange[] {
  return [...changes([], before, after, new Map())];
}

/** The pairs that are being compared: in a cycle, one comes to a pair again, and there is nothing new to tell. */
type Seen = Map<object, Set<object>>;

function* changes(path: Path, before: unknown, after: unknown, seen: Seen): Generator<StateChange> {
  if (isSame(before, after)) return;
  const partsBefore = partsOf(before);
  const partsAfter = partsOf(after);
  const isDivisible =
    partsBefore !== undefined && partsAfter !== undefined && isObject(before) && isObject(after);
  if (!isDivisible || partsBefore.kind !== partsAfter.kind) {
    yield { path: formatPath(path), before, after };
    return;
  }
  const compared = seen.get(before) ?? new Set();
  if (compared.has(after)) return;
  seen.set(before, compared.add(after));
  yield* partChanges(path, partsBefore.parts, partsAfter.parts, seen);
  compared.delete(after);
}

interface Part {
  readonly name: string | number;
  readonly value: unknown;
}

/** By what tells parts apart. */
type Parts = ReadonlyMap<unknown, Part>;

function* partChanges(path: Path, before: Parts, after: Parts, seen: Seen): Generator<StateChange> {
  for (const [key, { name, value }] of before) {
    const now = after.get(key);
    if (now === undefined) yield { path: formatPath([...path, name]), before: value };
    else yield* changes([...path, name], value, now.value, seen);
  }
  for (const [key, { name, value }] of after)
    if (!before.has(key)) yield { path: formatPath([...path, name]), after: value };
}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (one instanceof Date && other instanceof Date) return Object.is(one.getTime(), other.getTime());
  if (!(one instanceof Uint8Array && other instanceof Uint8Array)) return false;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** What a container consists of; nothing for what is compared as a whole. */
function partsOf(value: unknown): { readonly kind: string; readonly parts: Parts } | undefined {
  if (!isObject(value) || value instanceof Date || value instanceof Uint8Array) return undefined;
  if (Array.isArray(value))
    return { kind: 'array', parts: new Map(value.map((one, index) => [index, { name: index, value: one }])) };
  if (value instanceof Map)
    return {
      kind: 'map',
      parts: new Map([...value].map(([key, one]) => [identityOf(key), { name: nameOf(key), value: one }])),
    };
  if (value instanceof Set)
    return {
      kind: 'set',
      parts: new Map([...value].map((one) => [identityOf(one), { name: nameOf(one), value: one }])),
    };
  return {
    kind: 'object',
    parts: new Map(Object.entries(value).map(([key, one]) => [key, { name: key, value: one }])),
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Of keys and members: two of equal content are the same one. */
function identityOf(key: unknown): unknown {
  return textOf(key) ?? key;
}

function nameOf(key: unknown): string | number {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' && Number.isSafeInteger(key)) return key;
  return textOf(key)?.slice(0, MAX_NAME) ?? describeValue(key);
}

function textOf(value: unknown): string | undefined {
  try {
    return encode(value);
  } catch {
    return undefined;
  }
}
