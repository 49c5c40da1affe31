import { MortarError } from '../errors/index.js';
import { Draft, type MemoryTable } from './internal/memory-table.js';
import { checkDeletion, MemoryRepository } from './memory-repository.js';
import {
  type ANY_VERSION,
  checkExpected,
  type EntityId,
  type ExpectedVersion,
  type Repository,
} from './repository.js';
import type { UnitOfWork } from './unit-of-work.js';

/**
 * A unit of work over repositories in memory.
 * @example
 * const unit = memoryUnitOfWork();
 * unit.save(orders, { ...order, status: 'paid' }, version);
 * unit.delete(carts, cartId, ANY_VERSION);
 * await unit.commit();
 */
export function memoryUnitOfWork(): UnitOfWork {
  return new MemoryUnitOfWork();
}

class MemoryUnitOfWork implements UnitOfWork {
  readonly #drafts = new Map<MemoryTable, Draft>();
  readonly #changes: (() => void)[] = [];
  #hasEnded = false;

  save<T, Id extends EntityId>(repository: Repository<T, Id>, entity: T, expected: ExpectedVersion): void {
    this.#checkOpen();
    const memory = ownRepository(repository);
    checkExpected(expected);
    const { id, text } = memory.encode(entity);
    const draft = this.#draftOf(memory);
    this.#changes.push(() => draft.put(id, text, expected));
  }

  delete<T, Id extends EntityId>(
    repository: Repository<T, Id>,
    id: Id,
    expected: number | typeof ANY_VERSION,
  ): void {
    this.#checkOpen();
    const memory = ownRepository(repository);
    checkDeletion(id, expected);
    const draft = this.#draftOf(memory);
    this.#changes.push(() => draft.remove(id, expected));
  }

  /** Atomic since nothing is awaited between the first look at a version and the last change. */
  async commit(): Promise<void> {
    this.#checkOpen();
    this.#hasEnded = true;
    for (const change of this.#changes) change();
    for (const draft of this.#drafts.values()) draft.apply();
  }

  discard(): void {
    this.#hasEnded = true;
  }

  #draftOf<T, Id extends EntityId>(repository: MemoryRepository<T, Id>): Draft {
    const table = MemoryRepository.tableOf(repository);
    const present = this.#drafts.get(table);
    if (present !== undefined) return present;
    const draft = new Draft(table);
    this.#drafts.set(table, draft);
    return draft;
  }

  #checkOpen(): void {
    if (!this.#hasEnded) return;
    throw new MortarError('MORTAR_UNIT_OF_WORK_CLOSED', {
      rule: 'A unit of work ends with its commit or discard.',
      expected: 'a new unit of work',
      got: 'one that has ended',
    });
  }
}

function ownRepository<T, Id extends EntityId>(repository: Repository<T, Id>): MemoryRepository<T, Id> {
  if (repository instanceof MemoryRepository) return repository;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A unit of work in memory commits to repositories in memory alone; one for a store comes with the store’s adapter.',
    expected: 'a repository that memoryRepository made',
    got: 'another',
  });
}
