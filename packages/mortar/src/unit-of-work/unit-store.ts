import type { Unit, UnitOutcome } from './unit.js';

/** The result of a command that was kept under an idempotency key. */
export interface KnownResult {
  readonly digest: string;
  readonly result: string;
}

/**
 * The port to what commits together. Adapters implement it beside the EventStore; units and appends of a process share
 * transactions (group commit).
 */
export interface UnitStore {
  /**
   * The schema that the tables of the store lie in, as it may stand before a name in SQL; absent where names stand alone. Tables of
   * projections are made in it, and named with it, so that each store has its own whatever else is in the database.
   */
  readonly schema?: string;
  /**
   * Commits units in their order, each on its own: the failure of one does not keep the others from being committed, and
   * its `write` functions may run several times. Resolves when all have ended, what succeeded is on disk then. Never rejects.
   *
   * Errors of a unit: those of `EventStore.append`; what a `write` threw; `MORTAR_CONSTRAINT_VIOLATED`;
   * `MORTAR_WRITE_INVALID` for a `write` that awaits anything but its transaction; `MORTAR_WRITE_TIMEOUT`;
   * `MORTAR_IDEMPOTENCY_CONFLICT` when its key is kept with another digest, `MORTAR_COMMAND_REPEATED` with the same one;
   * `MORTAR_MESSAGE_HANDLED`; `MORTAR_COMMIT_UNKNOWN`; `MORTAR_INLINE_STALE`. That a unit is known already goes before all that its `write`
   * functions come to, also where another process has committed it at the same time.
   */
  commit(units: readonly Unit[]): Promise<readonly UnitOutcome[]>;
  /** The result kept under an idempotency key that is not over. */
  findResult(key: string): Promise<KnownResult | undefined>;
  /**
   * Removes kept results whose time is over, inbox rows and ids of units from before; answers with how many. A store may
   * leave some for the next call, but not all of them: 0 says that there are none.
   */
  cleanUp(before: { readonly inboxBefore: number }): Promise<number>;
}
