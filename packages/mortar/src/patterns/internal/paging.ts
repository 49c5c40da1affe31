import { decode, encode } from '../../contracts/index.js';
import { checkKeys, checkOneOf, checkWholeNumber, describeValue, MortarError } from '../../errors/index.js';
import { type Comparable, compare, fieldOf, isComparable } from '../comparable.js';
import type { EntityId, Find, Sort } from '../repository.js';
import { checkSpecification } from '../specification.js';

/** Where an entity stands in an order: its sort keys, then its id, so that no two stand at one place. */
export interface Place {
  readonly keys: readonly Comparable[];
  readonly id: EntityId;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

/**
 * Checks what `find` was given, and fills in what was left out.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkedFind<T>(find: Find<T>): Find<T> & Required<Pick<Find<T>, 'sort' | 'limit'>> {
  checkKeys('find', find, ['where', 'sort', 'limit', 'after']);
  const { where, sort = [], limit = DEFAULT_LIMIT } = find;
  if (where !== undefined) checkSpecification(where);
  checkWholeNumber('limit', limit, 1, MAX_LIMIT);
  checkSort(sort);
  return { ...find, sort, limit };
}

/** The place of an entity. */
export function placeOf<T>(entity: T, id: EntityId, sort: readonly Sort<T>[]): Place {
  return { keys: sort.map(({ by }) => fieldOf(entity, by)), id };
}

/** Negative if `a` stands before `b`. */
export function comparePlaces<T>(a: Place, b: Place, sort: readonly Sort<T>[]): number {
  for (const [index, { direction }] of sort.entries()) {
    const order = compare(a.keys[index], b.keys[index]);
    if (order !== 0) return direction === 'descending' ? -order : order;
  }
  return compare(a.id, b.id);
}

/** A place as an opaque text. It names the order, so that it is not taken for a place in another. */
export function cursorOf<T>(place: Place, sort: readonly Sort<T>[]): string {
  const text = encode([orderOf(sort), place.keys.map((key) => key ?? null), place.id]);
  return Buffer.from(text).toString('base64url');
}

/**
 * The place that a cursor tells. It may come from anywhere, so nothing of it is taken on trust.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function placeAt<T>(cursor: unknown, sort: readonly Sort<T>[]): Place {
  const parts = partsOf(cursor);
  const [order, keys, id] = parts;
  const isKeys = Array.isArray(keys) && keys.length === sort.length && keys.every(isComparable);
  if (parts.length === 3 && isKeys && (typeof id === 'string' || typeof id === 'number')) {
    if (order === orderOf(sort)) return { keys, id };
  }
  throw badCursor(cursor);
}

function partsOf(cursor: unknown): readonly unknown[] {
  if (typeof cursor !== 'string') throw badCursor(cursor);
  try {
    const parts = decode(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch (cause) {
    throw badCursor(cursor, cause);
  }
}

function badCursor(cursor: unknown, cause?: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option after leads on from a page that was found in the same order.',
    expected: 'the next of such a page',
    got: describeValue(cursor),
    cause,
  });
}

function orderOf<T>(sort: readonly Sort<T>[]): string {
  return sort.map(({ by, direction }) => `${direction === 'descending' ? '-' : '+'}${by}`).join();
}

function checkSort<T>(sort: readonly Sort<T>[]): void {
  if (!Array.isArray(sort)) throw badSort('a list of { by, direction }', sort);
  const keys: readonly Sort<T>[] = sort;
  for (const key of keys) {
    checkKeys('sort', key, ['by', 'direction']);
    if (typeof key.by !== 'string') throw badSort('the name of a field after by', key.by);
    if (key.direction !== undefined) checkOneOf('direction', key.direction, ['ascending', 'descending']);
  }
}

function badSort(expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option sort names fields.',
    expected,
    got: describeValue(got),
  });
}
