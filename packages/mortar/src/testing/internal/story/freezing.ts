/**
 * What a decider was given, kept from being changed. Objects are frozen where they are; so are Maps, Sets and Dates, whose
 * methods that change them are refused. Bytes can't be frozen, so they are compared.
 */
export interface Freezer {
  readonly seen: WeakSet<object>;
  /** Each with a copy from when it was given. */
  readonly bytes: [given: Uint8Array, copy: Uint8Array][];
  /** The errors that refused a change. */
  readonly refusals: WeakSet<object>;
}

/** A freezer that holds nothing yet. */
export function freezer(): Freezer {
  return { seen: new WeakSet(), bytes: [], refusals: new WeakSet() };
}

/** Freezes a value, and all that it holds. Getters are not called, and functions are left as they are. */
export function freeze(into: Freezer, value: unknown): void {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null || into.seen.has(next)) continue;
    into.seen.add(next);
    freezeOne(into, next, left);
  }
}

function freezeOne(into: Freezer, object: object, left: unknown[]): void {
  if (ArrayBuffer.isView(object)) {
    const given = new Uint8Array(object.buffer, object.byteOffset, object.byteLength);
    into.bytes.push([given, given.slice()]);
    return;
  }
  if (object instanceof Map) left.push(...object.keys(), ...object.values());
  if (object instanceof Set) left.push(...object.values());
  for (const method of changingMethodsOf(object)) refuse(into, object, method);
  for (const key of Reflect.ownKeys(object)) left.push(Object.getOwnPropertyDescriptor(object, key)?.value);
  Object.freeze(object);
}

function changingMethodsOf(object: object): readonly string[] {
  if (object instanceof Map) return ['set', 'delete', 'clear'];
  if (object instanceof Set) return ['add', 'delete', 'clear'];
  if (!(object instanceof Date)) return [];
  return Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith('set'));
}

/** Not enumerable, so that it is not seen where the object is compared. */
function refuse({ refusals }: Freezer, object: object, method: string): void {
  const value = (): never => {
    const error = new TypeError(`${method} was called of what is frozen`);
    refusals.add(error);
    throw error;
  };
  Reflect.defineProperty(object, method, { value });
}

/** Whether bytes that were given are not what they were. */
export function hasChanged({ bytes }: Freezer): boolean {
  return bytes.some(
    ([given, copy]) => given.length !== copy.length || given.some((byte, index) => byte !== copy[index]),
  );
}

/** How V8 refuses to change what is frozen. */
const REFUSED = /read only property|is not extensible|Cannot (delete|redefine) property/;

/** Whether an error came of an attempt to change what is frozen. */
export function isRefusal({ refusals }: Freezer, error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  if (refusals.has(error)) return true;
  try {
    return error instanceof TypeError && REFUSED.test(error.message);
  } catch {
    // A revoked proxy can be thrown too, and can't be asked what it is.
    return false;
  }
}
