import type { Append, AppendCondition, AppendResult, EncodedEvent } from '../event-store/index.js';
import type { DocumentChange } from '../read-models/index.js';
import type { ProjectionTransaction, Write } from './transaction.js';
import type { UnplacedEntry } from './unplaced-entry.js';

/** What commits together or not at all: data, but for its `write` functions. */
export interface Unit {
  /**
   * UUIDv7. A unit that was committed and comes again changes nothing: it is known by the ids of its events, then its
   * append is a repeated one; else by its kept result or its inbox row; else by this id, until inbox rows of its age are
   * cleaned up. A store need not keep the id where something else of the unit is known.
   */
  readonly id: string;
  /**
   * Run in order inside the transaction, before anything else of the unit is changed; see `WriteGuard`. 1,000 at most,
   * 5 s together. Not run where the unit is known already.
   */
  readonly writes: readonly Write[];
  /** Read when the `write` functions have run, and not before: they may publish, so that it grows while they run. */
  readonly appends: readonly Append[];
  readonly condition?: AppendCondition;
  /** Idempotency keys whose kept results are of no more use once this is committed: they may be removed with it. */
  readonly forget?: readonly string[];
  /** Keeps the result of a command under its idempotency key. */
  readonly keep?: KeptResult;
  /** Events to be appended later. Comes after `unschedule` and `fired`. */
  readonly schedule?: readonly ScheduledEvent[];
  /** The names of scheduled events that are no longer wanted. */
  readonly unschedule?: readonly string[];
  /** Scheduled events whose time has come: each is no longer scheduled, unless another one is by now under its name. */
  readonly fired?: readonly { readonly name: string; readonly eventId: string }[];
  /**
   * Documents of read models that are put or removed, in this order: after the `write` functions, and before `project`. Those
   * of a collection that is gone are passed over. 10,000 at most.
   */
  readonly documents?: readonly DocumentChange[];
  /**
   * Brings inline projections on: called in the transaction, with the events of `appends` in their order, when their versions
   * are known and no other append to their streams can come between, and before their positions are drawn. So whoever locks
   * a document first has the smaller positions. Not called where there are no events, or the append is refused or a repeated
   * one. May run several times, as `write` functions do; held to their rules, and has the time that they have left. What it
   * throws fails the unit.
   */
  readonly project?: (tx: ProjectionTransaction, events: readonly UnplacedEntry[]) => Promise<void>;
  /**
   * Of which inline projections the caller knows: the epoch that `ProjectionStore.inlines` has told; 0 unless said, which stands
   * for none. A unit with events is refused with `MORTAR_INLINE_STALE` where that is another one by now.
   */
  readonly inlineEpoch?: number;
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
  /** `isRepeated` where the unit was committed before. */
  readonly append: AppendResult;
  /** What each of its `write` functions has answered with; nothing where the unit was committed before. */
  readonly written: readonly unknown[];
}

/** How the commit of one unit among several has ended. */
export type UnitOutcome =
  | { readonly ok: true; readonly result: CommitResult }
  | { readonly ok: false; readonly error: unknown };
