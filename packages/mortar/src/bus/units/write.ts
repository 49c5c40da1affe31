import type { EventContract } from '../../contracts/index.js';
import type { MortarError } from '../../errors/index.js';
import type { PublishOptions } from '../handler.js';

declare const answered: unique symbol;

/** What a `write` may do beside its transaction. */
export interface WriteUnit<Owner extends string = string> {
  /**
   * Publishes an event in the same transaction. Where the `write` runs again, what it published before does not count. Not
   * for events that are handled `within: 'transaction'`.
   * @throws MortarError as `publish` of the context; `MORTAR_WRITE_INVALID` once the `write` has ended
   */
  publish<In>(
    event: EventContract<`${Owner}.${string}`, unknown, In>,
    data: NoInfer<In>,
    options?: PublishOptions,
  ): void;
}

/** How a `write` may end otherwise. */
export interface WriteOptions {
  /**
   * Says what a violated constraint means, whose name is in `details.constraint`: an error to throw in place of this one, or
   * what `fail` makes of a failure of the command. With nothing, the error stays as it is.
   */
  readonly onConflict?: (conflict: MortarError) => unknown;
}

/** What `commit` answers with, for the handler to return: its result is made inside the transaction. */
export interface OnCommit<Answer = unknown> {
  readonly [answered]: Answer;
}
