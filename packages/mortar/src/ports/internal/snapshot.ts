/** No data is deeper, as the codec has it. */
const MAX_DEPTH = 512;

/**
 * A copy of data, which its owner may go on to change: of arrays, plain objects, Dates, Maps, Sets and bytes, as deep as
 * they go. What else there is, such as an instance of a class, stays as it is.
 */
export function snapshotOf(value: unknown): unknown {
  return copyOf(value, { depth: 0, known: new Map() });
}

interface Walk {
  readonly depth: number;
  /** What has a copy already, so that cycles end. */
  readonly known: Map<object, object>;
}

function copyOf(value: unknown, { depth, known }: Walk): unknown {
  if (typeof value !== 'object' || value === null || depth >= MAX_DEPTH) return value;
  const present = known.get(value);
  if (present !== undefined) return present;
  const made = emptyOf(value);
  if (made === undefined) return value;
  known.set(value, made);
  fill(made, value, { depth: depth + 1, known });
  return made;
}

/** What a copy begins with; undefined for what is not copied. */
function emptyOf(value: object): object | undefined {
  switch (Object.getPrototypeOf(value)) {
    case Array.prototype:
      return [];
    case Object.prototype:
    case null:
      return isReadable(value) ? {} : undefined;
    case Date.prototype:
      return new Date(value as Date);
    case Uint8Array.prototype:
      return (value as Uint8Array).slice();
    case Map.prototype:
      return new Map();
    case Set.prototype:
      return new Set();
    default:
      return undefined;
  }
}

function fill(made: object, value: object, walk: Walk): void {
  if (Array.isArray(made) && Array.isArray(value)) {
    made.length = value.length;
    // Skips holes, which stay holes.
    value.forEach((part: unknown, index) => {
      made[index] = copyOf(part, walk);
    });
  } else if (made instanceof Map && value instanceof Map) {
    for (const [key, part] of value) made.set(copyOf(key, walk), copyOf(part, walk));
  } else if (made instanceof Set && value instanceof Set) {
    for (const part of value) made.add(copyOf(part, walk));
  } else if (!(made instanceof Date || made instanceof Uint8Array)) {
    for (const [key, part] of Object.entries(value))
      define(made as Record<string, unknown>, key, copyOf(part, walk));
  }
}

/** An assignment to `__proto__` would set the prototype. */
function define(made: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') made[key] = value;
  else Reflect.defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Nothing is computed or hidden, which a copy would lose. */
function isReadable(value: object): boolean {
  return Reflect.ownKeys(value).every((key) => {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    return typeof key === 'string' && property?.enumerable === true && 'value' in property;
  });
}
