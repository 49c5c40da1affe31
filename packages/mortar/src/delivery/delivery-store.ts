import type { Position } from '../event-store/index.js';
import type { CommitResult, ScheduledEvent, Unit } from '../unit-of-work/index.js';
import type { LetterChange, RecordedError } from './dead-letter-store.js';

/** From where a subscription gets events that it has never seen. Said once, when the store first hears of it. */
export type StartFrom = 'now' | 'beginning' | Position;

/** A subscription as the store knows it. */
export interface SubscriptionInfo {
  readonly name: string;
  /** Fixed when the store first hears of it. */
  readonly partitions: number;
  /** Grows when somebody else than its processors has changed something of it: letters to replay, keys to release, a pause. */
  readonly revision: number;
  /** Why and since when nothing is delivered, if an operator has paused it. */
  readonly paused: { readonly actor: string | undefined; readonly at: number } | undefined;
}

/** The right to deliver one partition of a subscription, until it expires by the clock of the store. */
export interface Lease {
  readonly subscription: string;
  readonly partition: number;
  /** Grows with every taking: a write under an older one changes nothing. */
  readonly token: number;
  /** Every position up to here is accounted for: its effects are committed, it was filtered out, or its key is held. */
  readonly low: Position;
  /** Positions above `low` that are accounted for, at most 4,096 beyond it; ascending. */
  readonly ahead: readonly Position[];
  /** How often the lease was taken since its holder last committed. From 2 on, something kills the process. */
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
   * `retrying` is due at `dueAt`. `running` was begun before the attempt, so that the window could move on, or since the
   * process had died of it; when its process ends it is due. `dead` waits for an operator.
   */
  readonly state: 'retrying' | 'running' | 'dead';
  /** Calls of the handler for `first`. */
  readonly attempts: number;
  readonly dueAt: number;
  /** The last of the failed attempts for `first`, 20 at most. */
  readonly failures: readonly FailedAttempt[];
}

/** How far a partition has come, with a batch. */
export interface Progress extends LeaseName {
  readonly low: Position;
  readonly ahead: readonly Position[];
}

/** Everything that changes when deliveries of one subscription have ended; all of it or nothing. */
export interface DeliveryBatch {
  readonly subscription: string;
  /** Of every partition that anything of the batch belongs to. Sets its `unclean` to 0. */
  readonly progress: readonly Progress[];
  /** What the handlers did. */
  readonly units: readonly Unit[];
  /** Put in place of what is kept of the key, if it is. */
  readonly hold: readonly HeldKey[];
  /** Keys that flow again. */
  readonly release: readonly { readonly partition: number; readonly orderKey: string }[];
  /** Dead letters that come, or have been replayed. */
  readonly letters: readonly LetterChange[];
}

/** How far a subscription has come. */
export interface CheckpointInfo {
  readonly subscription: string;
  readonly partition: number;
  readonly low: Position;
  readonly owner: string | undefined;
  /** Whether the lease is in force now. */
  readonly isLeased: boolean;
  readonly heldKeys: number;
}

/** The port to what delivery keeps: checkpoints under leases, held keys, what is scheduled. Times are the store's. */
export interface DeliveryStore {
  /** Makes the subscription known, or finds it. `from` and `partitions` count only when it was not known. */
  register(subscription: string, from: StartFrom, partitions?: number): Promise<SubscriptionInfo>;
  /** @throws MortarError `MORTAR_SUBSCRIPTION_MISSING` */
  subscription(name: string): Promise<SubscriptionInfo>;
  /** Takes the leases that nobody has, or whose time is up, among the partitions asked for. Each is one atomic change. */
  acquire(
    subscription: string,
    partitions: readonly number[],
    owner: string,
    ttlMs: number,
  ): Promise<readonly Lease[]>;
  /** Prolongs leases; answers with those that were still held. */
  renew(leases: readonly LeaseName[], ttlMs: number): Promise<readonly LeaseName[]>;
  /** Gives leases up at an orderly end, so that another may take them at once; sets `unclean` to 0. */
  release(leases: readonly LeaseName[]): Promise<void>;
  /** Held keys of these partitions, in no particular order. */
  heldKeys(subscription: string, partitions: readonly number[]): Promise<readonly HeldKey[]>;
  /**
   * Commits a batch. Its units fail together: the error says in `details.unit` which of them it was, where it is known,
   * and none of the batch has happened.
   * @throws MortarError `MORTAR_LEASE_LOST` with `details.partitions` when a lease is not the caller's any more; the
   * errors of `UnitStore.commit`
   */
  commit(batch: DeliveryBatch): Promise<readonly CommitResult[]>;
  /** How far subscriptions have come, all of them unless one is named. */
  checkpoints(subscription?: string): Promise<readonly CheckpointInfo[]>;
  /** Forgets a subscription that is no longer there, with its checkpoints and held keys; its dead letters stay. */
  forget(subscription: string): Promise<void>;
  /** Pauses or resumes a subscription in every process. */
  setPaused(subscription: string, isPaused: boolean, actor?: string): Promise<void>;
  /** Scheduled events that are due by the store's clock, the earliest first, and when the first of the others is. */
  due(
    limit: number,
  ): Promise<{ readonly events: readonly ScheduledEvent[]; readonly nextAt: number | undefined }>;
  /** Calls back when a subscription's `revision` may have grown or something was scheduled. As `EventStore.watch`. */
  watch(listener: () => void): () => void;
}
