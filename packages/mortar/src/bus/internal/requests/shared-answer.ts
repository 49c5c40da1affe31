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
  const kind = kindOf(value, 0);
  if (kind === 'frozen') return { kind, value: frozenCopy(value) };
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

function kindOf(value: unknown, depth: number): Kind {
  if (typeof value !== 'object' || value === null)
    return typeof value === 'function' || typeof value === 'symbol' ? 'opaque' : 'frozen';
  if (depth >= MAX_DEPTH) return 'opaque';
  if (isPlain(value)) return worst(Object.values(value), depth);
  if (!COPIED.has(Object.getPrototypeOf(value))) return 'opaque';
  if (value instanceof Map) return atLeastCopied(worst([...value.keys(), ...value.values()], depth));
  return value instanceof Set ? atLeastCopied(worst([...value], depth)) : 'copied';
}

/** An array or an object literal, with nothing on it but values: what is hidden or computed would be lost by a copy. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return prototype === Array.prototype;
  if (prototype !== Object.prototype && prototype !== null) return false;
  return Reflect.ownKeys(value).every((key) => {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    return typeof key === 'string' && property?.enumerable === true && 'value' in property;
  });
}

function worst(parts: readonly unknown[], depth: number): Kind {
  let found: Kind = 'frozen';
  for (const part of parts) {
    const kind = kindOf(part, depth + 1);
    if (kind === 'opaque') return kind;
    if (kind === 'copied') found = kind;
  }
  return found;
}

function atLeastCopied(kind: Kind): Kind {
  return kind === 'opaque' ? kind : 'copied';
}

function frozenCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy));
  const entries = Object.entries(value).map(([key, part]): [string, unknown] => [key, frozenCopy(part)]);
  // fromEntries defines `__proto__` as a property like any other, where an assignment would set the prototype.
  return Object.freeze(Object.fromEntries(entries));
}
