import { decode, encode } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import {
  ANY_VERSION,
  type Comparable,
  checkEntityId,
  checkExpected,
  checkVersion,
  compare,
  type EntityChange,
  type EntityPage,
  type ExpectedVersion,
  type FieldCondition,
  type Find,
  memoryRepository,
  NEW_ENTITY,
  type Repository,
  type Specification,
  type SpecificationDescription,
  type Stored,
} from '../../../src/patterns/index.js';
import type { Specimen } from '../../../src/testing/conformance/repository.js';

interface Row {
  readonly version: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** One after the other, each over several turns, as a store on a disk would. */
class Lock {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      return work();
    });
    this.#last = next.catch(() => undefined);
    return next;
  }
}

/**
 * A repository as an adapter would be written: asynchronous, with a lock, and specifications translated from their
 * description alone. Predicates, which are code, are refused. Checks of `find` are those of the one in memory.
 */
export class TranslatingRepository implements Repository<Specimen> {
  readonly #rows = new Map<string, Row>();
  readonly #lock = new Lock();
  readonly #arguments = memoryRepository({ idOf: ({ id }: Specimen) => id });
  #lastVersion = 0;

  async get(id: string): Promise<Stored<Specimen> | undefined> {
    checkEntityId(id);
    return this.#lock.run(async () => {
      const row = this.#rows.get(id);
      return row === undefined ? undefined : this.#stored(row);
    });
  }

  async exists(id: string): Promise<boolean> {
    return (await this.get(id)) !== undefined;
  }

  async find(find: Find<Specimen> = {}): Promise<EntityPage<Specimen>> {
    await this.#arguments.find(find);
    return this.#lock.run(async () => {
      const { where, ...rest } = find;
      const found = this.#found(where);
      // The order and the pages are those of a copy in memory, with the versions of the rows.
      const copy = memoryRepository({
        idOf: ({ id }: Specimen) => id,
        initial: found.map(({ entity }) => entity),
      });
      const page = await copy.find(rest);
      const versions = new Map(found.map(({ entity, version }) => [entity.id, version]));
      const items = page.items.map(({ entity }) => ({ entity, version: versions.get(entity.id) ?? 0 }));
      return { ...page, items };
    });
  }

  async count(where?: Specification<Specimen>): Promise<number> {
    await this.#arguments.count(where);
    return this.#lock.run(async () => this.#found(where).length);
  }

  async save(entity: Specimen, expected: ExpectedVersion): Promise<number> {
    const [version = 0] = await this.saveAll([{ entity, expected }]);
    return version;
  }

  async saveAll(changes: readonly EntityChange<Specimen>[]): Promise<readonly number[]> {
    const copies = await this.#checked(changes);
    return this.#lock.run(async () => {
      for (const { entity, expected } of copies)
        checkVersion(entity.id, expected, this.#rows.get(entity.id)?.version);
      return copies.map(({ entity }) => {
        this.#lastVersion += 1;
        this.#rows.set(entity.id, { version: this.#lastVersion, fields: { ...entity } });
        return this.#lastVersion;
      });
    });
  }

  async delete(id: string, expected: number | typeof ANY_VERSION): Promise<boolean> {
    checkEntityId(id);
    checkExpected(expected);
    if (Object.is(expected, NEW_ENTITY)) throw refused('a version or ANY_VERSION', 'new');
    return this.#lock.run(async () => {
      checkVersion(id, expected, this.#rows.get(id)?.version);
      return this.#rows.delete(id);
    });
  }

  /** Copies are made before the first await, so that what the caller does next does not count. */
  async #checked(changes: readonly EntityChange<Specimen>[]): Promise<readonly EntityChange<Specimen>[]> {
    if (!Array.isArray(changes)) throw refused('a list of changes', 'none');
    const list: readonly EntityChange<Specimen>[] = changes;
    for (const change of list) checkExpected(change?.expected);
    const probe = memoryRepository({ idOf: ({ id }: Specimen) => id });
    await probe.saveAll(list.map((change) => ({ ...change, expected: ANY_VERSION })));
    const copies = (await probe.find({ limit: 10_000 })).items.map(({ entity }) => entity);
    return list.map(({ entity: { id }, expected }) => ({
      entity: copies.find((copy) => copy.id === id) ?? missing(),
      expected,
    }));
  }

  #found(where: Specification<Specimen> | undefined): readonly Stored<Specimen>[] {
    const rows = [...this.#rows.values()];
    const description = where?.describe();
    const met = description === undefined ? rows : rows.filter(({ fields }) => holds(description, fields));
    return met.map((row) => this.#stored(row));
  }

  #stored({ version, fields }: Row): Stored<Specimen> {
    return { entity: Object(decode(encode(fields))), version };
  }
}

function missing(): never {
  throw new Error('a copy is missing');
}

function refused(expected: string, got: string): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', { rule: 'A translating repository.', expected, got });
}

function holds(description: SpecificationDescription, fields: Row['fields']): boolean {
  switch (description.kind) {
    case 'where':
      return description.conditions.every((condition) => meets(condition, fields));
    case 'and':
      return description.parts.every((part) => holds(part, fields));
    case 'or':
      return description.parts.some((part) => holds(part, fields));
    case 'not':
      return !holds(description.part, fields);
    case 'predicate':
      throw refused('a specification by data', `the predicate ${description.name}`);
  }
}

/** As SQL would say it: `field = value`, `field IS NULL`, `field < value`, `left(field, n) = value`. */
function meets({ field, operator, value }: FieldCondition, fields: Row['fields']): boolean {
  const found = Object.hasOwn(fields, field) ? fields[field] : undefined;
  const isNull = found === undefined || found === null;
  if (operator === 'in') return Object(value).some((one: Comparable) => isEqual(found, one));
  if (operator === 'eq') return isEqual(found, Object.is(value, undefined) ? null : value);
  if (isNull || typeof found !== typeof value) return false;
  if (operator === 'startsWith') return String(found).slice(0, String(value).length) === value;
  const order = compare(comparableOf(found), comparableOf(value));
  return { lt: order < 0, lte: order <= 0, gt: order > 0, gte: order >= 0 }[operator];
}

function isEqual(found: unknown, value: unknown): boolean {
  if (value === null) return found === undefined || found === null;
  if (found instanceof Date && value instanceof Date) return found.getTime() === value.getTime();
  return found === value;
}

function comparableOf(value: unknown): Comparable {
  if (value instanceof Date || typeof value === 'string' || typeof value === 'bigint') return value;
  return typeof value === 'boolean' ? value : Number(value);
}
