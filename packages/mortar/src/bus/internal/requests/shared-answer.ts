/** An answer that several callers get, in a form in which none can spoil it for the others. */
export interface SharedAnswer {
  /**
   * Plain data is copied once and frozen, and all get the same. What else can be copied is copied for each. The rest is
   * given as it is: nothing that is kept should be of this kind.
   */
  readonly kind: 'frozen' | 'copied' | 'opaque';
  readonly value: unknown;
}

type Kind = SharedAnswer['kind'];

/** Data that `structuredClone` copies without loss. Subclasses would come back as something else. */
const COPIED: ReadonlySet<unknown> = new Set([
  Date.prototype,
  Map.prototype,
  Set.prototype,
  Uint8Array.prototype,
]);
/** No data is deeper, as the codec has it; this is a cycle or will be one in effect. */
const MAX_DEPTH = 512;

/** Prepares a handler's answer for several callers. The handler may go on to change its own. */
export function shareAnswer(value: unknown): SharedAnswer {
  const kind = kindOf(value, 0, new Map());
  if (kind === 'frozen') return { kind, value: frozenCopy(value, new Map()) };
  return { kind, value: kind === 'copied' ? structuredClone(value) : value };
}

/** What one of the callers gets. */
export function takeAnswer({ kind, value }: SharedAnswer): unknown {
  return kind === 'copied' ? structuredClone(value) : value;
}

/** What the only one gets who asked: a copy of its own, which may be changed. */
export function copyAnswer({ kind, value }: SharedAnswer): unknown {
  return kind === 'opaque' ? value : structuredClone(value);
}

/** What is known of the objects of an answer: each is looked at once, however many refer to it. */
type KnownKinds = Map<object, Kind>;

function kindOf(value: unknown, depth: number, known: KnownKinds): Kind {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? 'opaque' : 'frozen';
  const present = known.get(value);
  if (present !== undefined) return present;
  // Until it is known: what comes back to itself is a cycle.
  known.set(value, 'opaque');
  const kind = depth >= MAX_DEPTH ? 'opaque' : kindOfObject(value, depth, known);
  known.set(value, kind);
  return kind;
}

function kindOfObject(value: object, depth: number, known: KnownKinds): Kind {
  if (isPlain(value)) return worst(Object.values(value), depth, known);
  if (!COPIED.has(Object.getPrototypeOf(value))) return 'opaque';
  if (value instanceof Uint8Array) return 'copied';
  if (Reflect.ownKeys(value).length > 0) return 'opaque';
  if (value instanceof Map) return atLeastCopied(worst([...value.keys(), ...value.values()], depth, known));
  return value instanceof Set ? atLeastCopied(worst([...value], depth, known)) : 'copied';
}

/** An array or an object literal, with nothing on it but values: what is hidden or computed would be lost by a copy. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return prototype === Array.prototype && isDense(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Reflect.ownKeys(value).every((key) => {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    return typeof key === 'string' && property?.enumerable === true && 'value' in property;
  });
}

/** Whether an array has its elements and its length, and nothing else. Indices come first among its keys. */
function isDense(array: readonly unknown[]): boolean {
  const keys = Reflect.ownKeys(array);
  const last = array.length - 1;
  return keys.length === array.length + 1 && (last < 0 || keys[last] === String(last));
}

function worst(parts: readonly unknown[], depth: number, known: KnownKinds): Kind {
  let found: Kind = 'frozen';
  for (const part of parts) {
    const kind = kindOf(part, depth + 1, known);
    if (kind === 'opaque') return kind;
    if (kind === 'copied') found = kind;
  }
  return found;
}

function atLeastCopied(kind: Kind): Kind {
  return kind === 'opaque' ? kind : 'copied';
}

/** What is referred to twice is copied once. */
function frozenCopy(value: unknown, copies: Map<object, object>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const copy = copies.get(value) ?? Object.freeze(copyOf(value, copies));
  copies.set(value, copy);
  return copy;
}

function copyOf(value: object, copies: Map<object, object>): object {
  if (Array.isArray(value)) return value.map((part) => frozenCopy(part, copies));
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [
    key,
    frozenCopy(part, copies),
  ]);
  // fromEntries defines `__proto__` as a property like any other, where an assignment would set the prototype.
  return Object.fromEntries(entries);
}
