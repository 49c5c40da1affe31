import type { Position } from '../event-store/index.js';
import type { CommitResult, ScheduledEvent, Unit } from '../unit-of-work/index.js';
import type { LetterChange, RecordedError } from './dead-letter-store.js';
import type { LeaseRenewalPlace } from './lease-renewal.js';

/** From where a subscription gets events that it has never seen. Said once, when the store first hears of it. */
export type StartFrom = 'now' | 'beginning' | Position;

/** How far beyond `low` a position may be accounted for. */
export const WINDOW_POSITIONS = 4_096;

/** How many partitions a subscription has unless said. */
export const DEFAULT_PARTITIONS = 16;

/** A subscription as the store knows it. */
export interface SubscriptionInfo {
  readonly name: string;
  /** Fixed when the store first hears of it. 1 to 256. */
  readonly partitions: number;
  /**
   * Grows when somebody else than its processors has changed something of it: a letter that is to be replayed or was
   * discarded or purged, a pause.
   */
  readonly revision: number;
  /** Who has paused it and since when, if nothing is delivered. */
  readonly paused: { readonly actor: string | undefined; readonly at: number } | undefined;
}

/** A subscription, and the processes that would deliver it. */
export interface SubscriptionPresence extends SubscriptionInfo {
  /** Who has announced itself and is not out of time, sorted. */
  readonly owners: readonly string[];
}

/** The right to deliver one partition of a subscription, until it expires by the clock of the store. */
export interface Lease {
  readonly subscription: string;
  readonly partition: number;
  /**
   * Grows with every taking: a write under an older one changes nothing. Also where the subscription was forgotten and
   * made anew meanwhile: no token of a partition is ever given twice.
   */
  readonly token: number;
  /** Every position up to here is accounted for: its effects are committed, it was filtered out, or its key is held. */
  readonly low: Position;
  /** Positions above `low` that are accounted for, at most `WINDOW_POSITIONS` beyond it; ascending. */
  readonly ahead: readonly Position[];
  /**
   * How often the lease was taken since `low` has last grown, this time included, orderly ends left out. From 2 on,
   * something may kill the process.
   */
  readonly unclean: number;
}

/** What names a lease. */
export type LeaseName = Pick<Lease, 'subscription' | 'partition' | 'token'>;

/** One attempt that failed. */
export interface FailedAttempt {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly error: RecordedError;
}

/**
 * A key of which a delivery has not succeeded; those after it wait. Its tail, the events of the key from `first` on up to
 * `last`, is read again from the log.
 */
export interface HeldKey {
  readonly partition: number;
  readonly orderKey: string;
  /** The delivery that comes next. */
  readonly first: Position;
  /** The last event of the key that is accounted for in that it waits here. */
  readonly last: Position;
  /**
   * `retrying` is due at `dueAt`. `running` was recorded before the call of the handler, which `attempts` counts: found by
   * another process, it says that the one before has ended meanwhile. `dead` waits for its dead letter to end.
   */
  readonly state: 'retrying' | 'running' | 'dead';
  /** Calls of the handler for `first`. */
  readonly attempts: number;
  /** Milliseconds since the Unix epoch. */
  readonly dueAt: number;
  /** The last of the failed attempts for `first`, 20 at most. */
  readonly failures: readonly FailedAttempt[];
}

/** How far a partition has come, with a batch. */
export interface Progress extends LeaseName {
  readonly low: Position;
  readonly ahead: readonly Position[];
}

/** What names a held key within a subscription. */
export type HeldKeyName = Pick<HeldKey, 'partition' | 'orderKey'>;

/** Everything that changes when deliveries of one subscription have ended; all of it or nothing. */
export interface DeliveryBatch {
  readonly subscription: string;
  /** Of every partition that anything of the batch belongs to. Where `low` grows, `unclean` becomes 0. */
  readonly progress: readonly Progress[];
  /** What the handlers did. */
  readonly units: readonly Unit[];
  /** Put in place of what is kept of the key, if it is. At most one of a key. */
  readonly hold: readonly HeldKey[];
  /** Keys that flow again. Not an error for one that is not held. */
  readonly release: readonly HeldKeyName[];
  /** Dead letters that come, or have been replayed. */
  readonly letters: readonly LetterChange[];
}

/** How the commit of a batch has ended. */
export type BatchOutcome =
  | {
      readonly ok: true;
      /** Of each unit, in their order. */
      readonly results: readonly CommitResult[];
    }
  | {
      /** Nothing of the batch has happened, since a unit failed: with an error as of `UnitStore.commit`. */
      readonly ok: false;
      /** Its id; undefined if it is not known which of them it was. */
      readonly unit: string | undefined;
      readonly error: unknown;
    };

/** How far a subscription has come. */
export interface CheckpointInfo {
  readonly subscription: string;
  readonly partition: number;
  readonly low: Position;
  readonly ahead: readonly Position[];
  /** Who has taken the lease last, unless it was released. */
  readonly owner: string | undefined;
  /** Whether the lease is in force now. */
  readonly isLeased: boolean;
  /** For how much longer it is, by the clock of the store; 0 where it is not. Absent where the store does not tell. */
  readonly leasedForMs?: number;
  readonly unclean: number;
  readonly heldKeys: number;
}

/** Scheduled events that are due by the store's clock, the earliest first, and when the first of the others is. */
export interface DueEvents {
  readonly events: readonly ScheduledEvent[];
  readonly nextAt: number | undefined;
}

/**
 * The port to what delivery keeps: checkpoints under leases, held keys, what is scheduled. Every method is atomic, rejects
 * as those of `EventStore` do when the store is closed or can't be reached, and may then be called again. Whether a lease
 * is in force is decided by the clock of the store when the change is made, never by an earlier look.
 */
export interface DeliveryStore {
  /**
   * How a thread renews leases while the event loop is blocked. Absent where nothing but the loop can, as with a store in
   * memory.
   */
  readonly renewalPlace?: LeaseRenewalPlace | undefined;
  /**
   * Makes the subscription known, or finds it. `from` and `partitions` count only when it was not known. From `now` it
   * gets what is appended after this resolves.
   */
  register(subscription: string, from: StartFrom, partitions?: number): Promise<SubscriptionInfo>;
  /** Every subscription that is known, by name. */
  subscriptions(): Promise<readonly SubscriptionInfo[]>;
  /**
   * Says that a process would deliver these subscriptions, for so long, and answers with what is known of them; those that
   * are not known are left out. Removes announcements whose time is up.
   */
  announce(
    owner: string,
    subscriptions: readonly string[],
    ttlMs: number,
  ): Promise<readonly SubscriptionPresence[]>;
  /** Takes an announcement back. */
  withdraw(owner: string): Promise<void>;
  /**
   * Takes the leases that nobody has, or whose time is up, among the partitions asked for. Each is one atomic change, that
   * adds 1 to `token` and to `unclean`.
   * @throws MortarError `MORTAR_SUBSCRIPTION_MISSING`
   */
  acquire(
    subscription: string,
    partitions: readonly number[],
    owner: string,
    ttlMs: number,
  ): Promise<readonly Lease[]>;
  /**
   * Prolongs leases, from now on by so much; answers with those that were still held. One whose time is up may be
   * prolonged as long as nobody else has taken it.
   */
  renew(leases: readonly LeaseName[], ttlMs: number): Promise<readonly LeaseName[]>;
  /**
   * Gives leases up at an orderly end, so that another may take them at once; sets `unclean` to 0. Those that are not held
   * any more are passed over.
   */
  release(leases: readonly LeaseName[]): Promise<void>;
  /** Held keys of these partitions, in no particular order. */
  heldKeys(subscription: string, partitions: readonly number[]): Promise<readonly HeldKey[]>;
  /**
   * Commits a batch under its leases: those of `progress`, also where their time is up, as long as nobody else has taken
   * them. Its units fail together. That a unit was committed before is known by the progress, so nothing needs to be kept
   * of its id.
   * @throws MortarError `MORTAR_LEASE_LOST` with `details.partitions` when leases are not the caller's any more, whatever
   * the units would do; `MORTAR_COMMIT_UNKNOWN`: whoever takes the leases anew learns what happened
   */
  commit(batch: DeliveryBatch): Promise<BatchOutcome>;
  /** How far subscriptions have come, all of them unless one is named; by name and partition. */
  checkpoints(subscription?: string): Promise<readonly CheckpointInfo[]>;
  /**
   * Forgets a subscription that is no longer there, with its leases, checkpoints and held keys; its dead letters stay. Who
   * still holds a lease has lost it, also when the subscription is registered anew. Nothing happens for one that is not
   * known.
   */
  forget(subscription: string, actor?: string): Promise<void>;
  /**
   * Pauses or resumes a subscription in every process, by its processors' own doing: leases stay where they are. Grows
   * the revision, also where it changes nothing.
   * @throws MortarError `MORTAR_SUBSCRIPTION_MISSING`
   */
  setPaused(subscription: string, isPaused: boolean, actor?: string): Promise<void>;
  /** See `DueEvents`. `limit` is 1 to 10,000. */
  due(limit: number): Promise<DueEvents>;
  /** What is scheduled under these names, due or not. */
  scheduled(names: readonly string[]): Promise<readonly ScheduledEvent[]>;
  /** Calls back when a subscription's `revision` may have grown or something was scheduled. As `EventStore.watch`. */
  watch(listener: () => void): () => void;
}
