import assert from 'node:assert/strict';
import type { ErrorCode } from '../../../errors/index.js';
import { NEW_ENTITY, type Repository, type Stored } from '../../../patterns/index.js';

/** The entity of the cases. */
export interface Specimen {
  readonly id: string;
  readonly kind: string;
  readonly weight: number;
  readonly isRare: boolean;
  readonly note?: string | null;
  readonly foundAt?: Date;
  readonly serial?: bigint;
  /** Data that is nested and may be changed, to find out whether it is shared. */
  readonly places: { name: string; depths: number[] }[];
  /** Anything, to find out what is carried and what is refused. */
  readonly more?: unknown;
}

/** What a repository may leave out. */
export type RepositoryFeature =
  /** Specifications by code, as `specification` makes them. */
  | 'predicates'
  /** A version that an id had before its deletion never comes again. */
  | 'versions after deletion'
  /** What JSON has no form for comes back as it was: Date, bigint, Map, Set, Uint8Array, -0. */
  | 'data beyond JSON';

/** The repository that a case is run on. */
export type Subject = Repository<Specimen, string>;

/** A case before it has a repository of its own. */
export interface SubjectCase {
  readonly name: string;
  readonly needs?: RepositoryFeature;
  readonly run: (repository: Subject) => Promise<void>;
}

/** An entity in which only the id, and what is said, differs from others. */
export function specimen(id: string, parts: Partial<Omit<Specimen, 'id'>> = {}): Specimen {
  return {
    id,
    kind: 'moth',
    weight: 1,
    isRare: false,
    places: [{ name: 'cave', depths: [1, 2] }],
    ...parts,
  };
}

/** Saves new entities, one after the other. */
export async function fill(repository: Subject, entities: readonly Specimen[]): Promise<void> {
  for (const entity of entities) await repository.save(entity, NEW_ENTITY);
}

/** Asserts that an entity is there, and answers with it. */
export async function held(repository: Subject, id: string): Promise<Stored<Specimen>> {
  const stored = await repository.get(id);
  assert.ok(stored !== undefined, `${id} is there`);
  return stored;
}

/** The ids of a page. */
export function idsOf(items: readonly Stored<Specimen>[]): readonly string[] {
  return items.map(({ entity }) => entity.id);
}

/** Asserts that a promise rejects with an error of this code. */
export async function refuses(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, { name: 'MortarError', code });
}
