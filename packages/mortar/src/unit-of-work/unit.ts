import type { Append, AppendCondition, AppendResult, EncodedEvent } from '../event-store/index.js';
import type { Write } from './transaction.js';

/** What commits together or not at all: data, but for its `write` functions. */
export interface Unit {
  /** UUIDv7. A commit whose outcome is unknown is looked up by it, and repeating it with the same id is safe. */
  readonly id: string;
  /** Run in order inside the transaction, before anything else of the unit. 1,000 at most, 5 s together. */
  readonly writes: readonly Write[];
  readonly appends: readonly Append[];
  readonly condition?: AppendCondition;
  /** Keeps the result of a command under its idempotency key. */
  readonly keep?: KeptResult;
  /** Events to be appended later. */
  readonly schedule?: readonly ScheduledEvent[];
  /** The names of scheduled events that are no longer wanted. */
  readonly unschedule?: readonly string[];
  /** A message that must be handled once. The unit is refused with `MORTAR_MESSAGE_HANDLED` if it was. */
  readonly inbox?: { readonly subscription: string; readonly messageId: string };
}

/** The result of a command, for those who repeat it. */
export interface KeptResult {
  readonly key: string;
  /** Stands for the command's data: a repeat with another one is a conflict. */
  readonly digest: string;
  /** Called in the transaction after the `write` functions have run: their results may be the result of the command. */
  readonly result: () => string;
  /** In milliseconds since the Unix epoch. */
  readonly expiresAt: number;
}

/** An event that waits for its time. */
export interface ScheduledEvent {
  /** The event's id, or a name of the caller's own: of one name, the last counts. */
  readonly name: string;
  /** Milliseconds since the Unix epoch. */
  readonly dueAt: number;
  readonly event: EncodedEvent;
}

/** What a committed unit has come to. */
export interface CommitResult {
  readonly append: AppendResult;
  /** What each of its `write` functions has answered with. */
  readonly written: readonly unknown[];
}

/** How the commit of one unit among several has ended. */
export type UnitOutcome =
  | { readonly ok: true; readonly result: CommitResult }
  | { readonly ok: false; readonly error: unknown };
