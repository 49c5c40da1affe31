import { checkWholeNumber, defuse, describeValue, MortarError } from '../errors/index.js';
import type { ComparableKey } from './comparable.js';
import type { Specification } from './specification.js';

/** What an entity may be known by: a text of one character or more, or a whole number. */
export type EntityId = string | number;

/** Expects that the repository does not hold the entity yet. */
export const NEW_ENTITY: 'new' = 'new';

/** Expects nothing: the last one to write wins. */
export const ANY_VERSION: 'any' = 'any';

/** The version that an entity must be in for a change to be made: one that was read, or a named constant. */
export type ExpectedVersion = number | typeof NEW_ENTITY | typeof ANY_VERSION;

/** An entity as it was read: a copy, and the version that a save of it should expect. */
export interface Stored<T> {
  readonly entity: T;
  /** A whole number from 1. */
  readonly version: number;
}

/** One save of several. */
export interface EntityChange<T> {
  readonly entity: T;
  readonly expected: ExpectedVersion;
}

/** One key of an order. */
export interface Sort<T> {
  readonly by: ComparableKey<T>;
  /** `ascending` unless said. */
  readonly direction?: 'ascending' | 'descending';
}

/** Which entities, in which order, and which part of them. */
export interface Find<T> {
  /** All, unless said. */
  readonly where?: Specification<T>;
  /** The first key counts most. Entities that are equal in every key are in the order of their ids, as are all without a key. */
  readonly sort?: readonly Sort<T>[];
  /** At most so many, from 1 to 10,000; 100 unless said. */
  readonly limit?: number;
  /** `next` of the page before, which was found by the same `where` and `sort`. */
  readonly after?: string;
}

/** A part of what was found. */
export interface EntityPage<T> {
  readonly items: readonly Stored<T>[];
  /** Leads to the page after this one; absent at the end. An opaque text that may stand in a URL; it tells sort keys and id. */
  readonly next?: string;
}

/**
 * The port to where the entities of one kind are kept. Safe to call at once from many places, and from several processes
 * where the store is shared. What is saved and what is read are copies: nobody reaches into the store.
 *
 * Entities are plain data, as `encode` of `mortar/contracts` carries it. Every method rejects with
 * `MORTAR_OPTIONS_INVALID` for malformed arguments, before it does anything.
 */
export interface Repository<T, Id extends EntityId = string> {
  /** Sees every save that was acknowledged before the call. */
  get(id: Id): Promise<Stored<T> | undefined>;
  exists(id: Id): Promise<boolean>;
  /**
   * One page, of one moment. Pages go on after the last entity seen, by its sort keys and id, not by a number of rows:
   * an entity that is there all the while, and whose sort keys stay, is found once and only once, whatever else is
   * written between two pages.
   */
  find(find?: Find<T>): Promise<EntityPage<T>>;
  count(where?: Specification<T>): Promise<number>;
  /**
   * Saves one entity, atomically, and answers with its new version, which is greater than every version that this id
   * ever had, also before a deletion. Of several saves that expect one version, one succeeds. A repeated save conflicts.
   * @throws MortarError `MORTAR_VERSION_CONFLICT`; `MORTAR_CODEC_UNSUPPORTED`, `MORTAR_CODEC_TOO_DEEP` and
   * `MORTAR_CODEC_TOO_LARGE` for what is not plain data. Then nothing has changed
   */
  save(entity: T, expected: ExpectedVersion): Promise<number>;
  /**
   * Saves all or none, in one moment, and answers with the new versions in the order of the changes. An entity may occur
   * once.
   * @throws MortarError as `save`
   */
  saveAll(changes: readonly EntityChange<T>[]): Promise<readonly number[]>;
  /**
   * Deletes one entity, atomically, and answers whether it was there. With `ANY_VERSION` it may be repeated.
   * @throws MortarError `MORTAR_VERSION_CONFLICT` for an entity in another version, or one that is not there
   */
  delete(id: Id, expected: number | typeof ANY_VERSION): Promise<boolean>;
}

/**
 * The entity with this id.
 * @throws MortarError `MORTAR_ENTITY_MISSING`
 */
export async function getOrThrow<T, Id extends EntityId>(
  repository: Repository<T, Id>,
  id: Id,
): Promise<Stored<T>> {
  const found = await repository.get(id);
  if (found !== undefined) return found;
  throw new MortarError('MORTAR_ENTITY_MISSING', {
    rule: 'Only an entity that a repository holds can be got.',
    expected: 'the id of one that was saved and not deleted',
    got: describeValue(id),
  });
}

/**
 * What every implementation asks before a change, so that all of them answer alike. `actual` is the version that is
 * there, undefined where there is none.
 * @throws MortarError `MORTAR_VERSION_CONFLICT`
 */
export function checkVersion(id: EntityId, expected: ExpectedVersion, actual: number | undefined): void {
  if (expected === ANY_VERSION || expected === actual) return;
  if (expected === NEW_ENTITY && actual === undefined) return;
  throw new MortarError('MORTAR_VERSION_CONFLICT', {
    rule: `A change of entity ${describeValue(id)} is made to the version that it expects.`,
    expected: expected === NEW_ENTITY ? 'no such entity' : `version ${expected}`,
    got: actual === undefined ? 'no such entity' : `version ${actual}`,
  });
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkExpected(expected: unknown): asserts expected is ExpectedVersion {
  if (expected === ANY_VERSION || expected === NEW_ENTITY) return;
  checkWholeNumber('expected', expected, 1, Number.MAX_SAFE_INTEGER);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkEntityId(id: unknown): asserts id is EntityId {
  if (typeof id === 'number' ? Number.isSafeInteger(id) : typeof id === 'string' && id !== '') return;
  defuse(id);
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'An entity is known by its id.',
    expected: 'a text of one character or more, or a whole number',
    got: describeValue(id),
  });
}
