import type { ANY_VERSION, EntityId, ExpectedVersion, Repository } from './repository.js';

/**
 * Collects changes over several repositories, and commits them together or not at all. One unit for one piece of work: it
 * ends with `commit` or `discard`. Reads see nothing of it before the commit.
 *
 * Where entities are kept in a store, the unit comes with the store's adapter. `memoryUnitOfWork` is the one for
 * `memoryRepository`. Each takes the repositories of its own store alone, and refuses others with `MORTAR_OPTIONS_INVALID`.
 */
export interface UnitOfWork {
  /**
   * Registers a save. The entity is copied at once: what becomes of it afterwards does not count.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_UNIT_OF_WORK_CLOSED`; as `save` of a repository for what is
   * not plain data
   */
  save<T, Id extends EntityId>(
    repository: Repository<T, Id>,
    entity: NoInfer<T>,
    expected: ExpectedVersion,
  ): void;
  /**
   * Registers a deletion.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_UNIT_OF_WORK_CLOSED`
   */
  delete<T, Id extends EntityId>(
    repository: Repository<T, Id>,
    id: NoInfer<Id>,
    expected: number | typeof ANY_VERSION,
  ): void;
  /**
   * Makes all changes in one moment, in the order of their registration, each on top of those before. If one conflicts,
   * none is made. Either way the unit has ended: for another attempt, read again and make a new one.
   * @throws MortarError `MORTAR_VERSION_CONFLICT`, `MORTAR_UNIT_OF_WORK_CLOSED`
   */
  commit(): Promise<void>;
  /** Ends the unit without a change; once it has ended, this does nothing. */
  discard(): void;
}
