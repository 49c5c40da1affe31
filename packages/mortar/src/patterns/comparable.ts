/** What every store can put in order. `null` and `undefined` are the same: nothing. */
export type Comparable = string | number | bigint | boolean | Date | null | undefined;

/** The fields of `T` that hold something comparable. */
export type ComparableKey<T> = {
  [K in keyof T & string]-?: T[K] extends Comparable ? K : never;
}[keyof T & string];

/** Whether a value can be put in order; NaN and invalid dates can't. */
export function isComparable(value: unknown): value is Comparable {
  if (value === null || value === undefined) return true;
  if (value instanceof Date) return !Number.isNaN(value.getTime());
  if (typeof value === 'number') return !Number.isNaN(value);
  return typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean';
}

/** A field of an entity, if it is the entity's own and comparable; else nothing. */
export function fieldOf(entity: unknown, field: string): Comparable {
  if (typeof entity !== 'object' || entity === null) return undefined;
  const value: unknown = Object.getOwnPropertyDescriptor(entity, field)?.value;
  return isComparable(value) ? value : undefined;
}

/**
 * Negative if `a` comes first, positive if `b` does, 0 if neither. Nothing comes first, then booleans, numbers, bigints,
 * dates, texts. Texts are in the order of their code points, which is that of their bytes in UTF-8: SQLite's `BINARY`
 * and PostgreSQL's `C` collation have the same.
 */
export function compare(a: Comparable, b: Comparable): number {
  const byKind = kindOf(a) - kindOf(b);
  if (byKind !== 0) return byKind;
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const left = a instanceof Date ? a.getTime() : (a ?? 0);
  const right = b instanceof Date ? b.getTime() : (b ?? 0);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** Whether two values are of one kind, so that it means something that one is less than the other. */
export function isSameKind(a: Comparable, b: Comparable): boolean {
  return kindOf(a) === kindOf(b);
}

/** A copy that nobody else can change. */
export function copyOf<V extends Comparable>(value: V): V | Date {
  return value instanceof Date ? new Date(value) : value;
}

/** In order; the only objects are dates. */
const KINDS: readonly string[] = ['boolean', 'number', 'bigint', 'object', 'string'];

function kindOf(value: Comparable): number {
  if (value === null || value === undefined) return 0;
  return KINDS.indexOf(typeof value) + 1;
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index += 1) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return codePointOrder(left) - codePointOrder(right);
  }
  return a.length - b.length;
}

/** Halves of surrogate pairs stand for code points above all others. */
function codePointOrder(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10_000 : unit;
}
