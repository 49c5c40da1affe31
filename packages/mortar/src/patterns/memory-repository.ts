import { decode, encode } from '../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../errors/index.js';
import { Draft, MemoryTable, type Row } from './internal/memory-table.js';
import { checkedFind, comparePlaces, cursorOf, type Place, placeAt, placeOf } from './internal/paging.js';
import {
  type ANY_VERSION,
  checkEntityId,
  checkExpected,
  type EntityChange,
  type EntityId,
  type EntityPage,
  type ExpectedVersion,
  type Find,
  NEW_ENTITY,
  type Repository,
  type Sort,
  type Stored,
} from './repository.js';
import { checkSpecification, type Specification } from './specification.js';

/** What `memoryRepository` takes. */
export interface MemoryRepositoryOptions<T, Id extends EntityId> {
  /** The id of an entity; pure. */
  readonly idOf: (entity: T) => Id;
  /** What it holds from the start. */
  readonly initial?: readonly T[];
}

/**
 * Entities in memory, as many as it is given: lost with the process. `find` and `count` look at every entity, so it suits
 * tests and small sets.
 * @example
 * const orders = memoryRepository({ idOf: (order: Order) => order.id });
 * const version = await orders.save(order, NEW_ENTITY);
 * await orders.save({ ...order, status: 'paid' }, version);
 * @throws MortarError `MORTAR_OPTIONS_INVALID`, and as `save` for what it holds from the start
 */
export function memoryRepository<T, Id extends EntityId = string>(
  options: MemoryRepositoryOptions<T, Id>,
): Repository<T, Id> {
  return new MemoryRepository(options);
}

/** An entity on its way into a table. */
export interface EncodedEntity {
  readonly id: EntityId;
  readonly text: string;
}

/** The implementation, by which a unit of work in memory knows its own repositories. */
export class MemoryRepository<T, Id extends EntityId> implements Repository<T, Id> {
  readonly #table = new MemoryTable();
  readonly #idOf: (entity: T) => Id;

  constructor(options: MemoryRepositoryOptions<T, Id>) {
    checkKeys('memoryRepository', options, ['idOf', 'initial']);
    if (typeof options.idOf !== 'function')
      throw invalid('knows its entities by their ids', 'a function idOf', options.idOf);
    this.#idOf = options.idOf;
    this.#put((options.initial ?? []).map((entity) => ({ entity, expected: NEW_ENTITY })));
  }

  /** What a unit of work writes to. */
  static tableOf<T, Id extends EntityId>(repository: MemoryRepository<T, Id>): MemoryTable {
    return repository.#table;
  }

  async get(id: Id): Promise<Stored<T> | undefined> {
    checkEntityId(id);
    const row = this.#table.get(id);
    return row === undefined ? undefined : this.#read(row);
  }

  async exists(id: Id): Promise<boolean> {
    checkEntityId(id);
    return this.#table.get(id) !== undefined;
  }

  async find(find: Find<T> = {}): Promise<EntityPage<T>> {
    const { where, sort, limit, after } = checkedFind(find);
    const from = after === undefined ? undefined : placeAt(after, sort);
    const found = this.#matching(where)
      .map((row) => this.#found(row, sort))
      .filter(({ place }) => from === undefined || comparePlaces(place, from, sort) > 0)
      .sort((a, b) => comparePlaces(a.place, b.place, sort));
    const last = found[limit - 1];
    const items = found.slice(0, limit).map(({ stored }) => stored);
    return last === undefined || found.length === limit
      ? { items }
      : { items, next: cursorOf(last.place, sort) };
  }

  async count(where?: Specification<T>): Promise<number> {
    if (where !== undefined) checkSpecification(where);
    return this.#matching(where).length;
  }

  async save(entity: T, expected: ExpectedVersion): Promise<number> {
    const [version = 0] = this.#put([{ entity, expected }]);
    return version;
  }

  async saveAll(changes: readonly EntityChange<T>[]): Promise<readonly number[]> {
    if (!Array.isArray(changes)) throw invalid('saves several entities', 'a list of changes', changes);
    return this.#put(changes);
  }

  async delete(id: Id, expected: number | typeof ANY_VERSION): Promise<boolean> {
    checkDeletion(id, expected);
    const draft = new Draft(this.#table);
    const wasThere = draft.remove(id, expected);
    draft.apply();
    return wasThere;
  }

  /**
   * The entity as it is kept.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_CODEC_UNSUPPORTED`, `MORTAR_CODEC_TOO_DEEP`, `MORTAR_CODEC_TOO_LARGE`
   */
  encode(entity: T): EncodedEntity {
    if (typeof entity !== 'object' || entity === null) throw invalid('holds entities', 'an object', entity);
    const id = this.#idOf(entity);
    checkEntityId(id);
    return { id, text: encode(entity) };
  }

  /** Everything is checked before anything is changed, and nothing is awaited in between. */
  #put(changes: readonly EntityChange<T>[]): readonly number[] {
    const seen = new Set<EntityId>();
    const encoded = changes.map((change) => {
      checkKeys('a change', change, ['entity', 'expected']);
      checkExpected(change.expected);
      const entity = this.encode(change.entity);
      if (seen.has(entity.id)) throw invalid('saves an entity once at a time', 'each id once', entity.id);
      seen.add(entity.id);
      return { ...entity, expected: change.expected };
    });
    const draft = new Draft(this.#table);
    const versions = encoded.map(({ id, text, expected }) => draft.put(id, text, expected));
    draft.apply();
    return versions;
  }

  /** A predicate is code that might change what it is given, so it gets a copy of its own. */
  #matching(where: Specification<T> | undefined): readonly Row[] {
    const rows = [...this.#table.rows()];
    return where === undefined ? rows : rows.filter((row) => where.isSatisfiedBy(this.#read(row).entity));
  }

  #found(row: Row, sort: readonly Sort<T>[]): { stored: Stored<T>; place: Place } {
    const stored = this.#read(row);
    return { stored, place: placeOf(stored.entity, row.id, sort) };
  }

  /** What `encode` wrote of a `T` reads as one. */
  #read({ text, version }: Row): Stored<T> {
    return { entity: decode(text) as T, version };
  }
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkDeletion(id: unknown, expected: unknown): void {
  checkEntityId(id);
  checkExpected(expected);
  if (expected === NEW_ENTITY) throw invalid('deletes what is there', 'a version or ANY_VERSION', expected);
}

function invalid(rule: string, expected: string, got: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `A repository ${rule}.`,
    expected,
    got: describeValue(got),
  });
}
