import type { DeadDelivery, DeadLetterSink, DeadReason } from '../bus/index.js';
import type { Envelope } from '../contracts/index.js';
import type { ErrorCategory, ErrorCode } from '../errors/index.js';
import type { EncodedEvent, LogEntry, Position } from '../event-store/index.js';
import type { FailedAttempt } from './delivery-store.js';

/**
 * Where a dead letter stands. `dead` waits for an operator. `replaying` is claimed by one replay, which ends even if its
 * process does not live to see it. `replayed` and `discarded` are over, and kept until retention removes them.
 */
export type DeadLetterState = 'dead' | 'replaying' | 'replayed' | 'discarded';

/** Why a letter is dead: as on the bus, or since no code here can read the event. */
export type DeadLetterReason = DeadReason | 'unreadable';

/** An error as it is kept: plain data. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly category: ErrorCategory;
  readonly code: ErrorCode | undefined;
  readonly stack: string | undefined;
}

/** A delivery whose attempts are over, and what has become of it. Times are in milliseconds since the Unix epoch. */
export interface DeadLetter {
  readonly id: string;
  readonly state: DeadLetterState;
  readonly subscription: string;
  /** As it was delivered first. Its data is undefined where it can't be decoded: see `payload`. */
  readonly envelope: Envelope;
  readonly reason: DeadLetterReason;
  /** Calls of the handler up to its last death, over every replay in vain. */
  readonly attempts: number;
  readonly error: RecordedError;
  /** The same for errors of one kind, whatever ids and numbers their messages have. */
  readonly fingerprint: string;
  /** How often it was replayed in vain. */
  readonly replays: number;
  readonly firstDeadAt: number;
  readonly lastDeadAt: number;
  /** When it was replayed or discarded. */
  readonly endedAt: number | undefined;
  /** Who discarded it, and why; or the id of the event that was replayed with other data. */
  readonly note: string | undefined;
  /** Who acted on it last, where that was said. */
  readonly actor: string | undefined;
  /** The last failed attempts, the oldest first, over every replay; 50 at most. */
  readonly failures: readonly FailedAttempt[];
  /** The event in the log, with the payload byte for byte; absent for a delivery of the in-process bus. */
  readonly entry: LogEntry | undefined;
  /** What is delivered in place of the event's data since the letter was edited. Its cause is the event. */
  readonly edited: EncodedEvent | undefined;
}

/** Which dead letters. All that is given must hold. */
export interface DeadLetterFilter {
  /** `dead` unless said. */
  readonly state?: DeadLetterState;
  /** One of these ids, 10,000 at most. */
  readonly ids?: readonly string[];
  readonly subscription?: string;
  /** The event's type. */
  readonly type?: string;
  readonly module?: string;
  readonly key?: string;
  readonly correlationId?: string;
  readonly tenant?: string;
  readonly reason?: DeadLetterReason;
  readonly category?: ErrorCategory;
  readonly fingerprint?: string;
  /** Last dead at or after. */
  readonly from?: number;
  /** Last dead before. */
  readonly to?: number;
}

/** Which part of a list: after the letter with this id, at most so many (100 unless said, 10,000 at most). */
export interface DeadLetterPage {
  readonly after?: string;
  readonly limit?: number;
}

/** Dead letters of one error. */
export interface DeadLetterGroup {
  readonly fingerprint: string;
  readonly count: number;
  readonly subscriptions: readonly string[];
  readonly types: readonly string[];
  /** Of the latest. */
  readonly error: RecordedError;
  readonly firstDeadAt: number;
  readonly lastDeadAt: number;
}

/** How many dead letters there are. */
export interface DeadLetterStatistics {
  readonly byState: Readonly<Record<DeadLetterState, number>>;
  /** Of those that are dead. */
  readonly bySubscription: Readonly<Record<string, number>>;
  readonly byType: Readonly<Record<string, number>>;
  readonly byCategory: Readonly<Record<string, number>>;
  /** When the oldest that is dead last died. */
  readonly oldestDeadAt: number | undefined;
}

/** What is said with a change of a letter. */
export interface LetterAction {
  /** Who asked for it. */
  readonly actor?: string | undefined;
  /** Kept on the letter; what was kept before stays if it is absent. */
  readonly note?: string | undefined;
  /** With `replaying`: what is delivered from now on in place of the event's data. */
  readonly edited?: EncodedEvent | undefined;
}

/**
 * The port to where dead letters are kept. Every method is atomic, and safe to call from several processes where the
 * store is shared. Letters are listed in the order of their ids, which is that of their first death.
 */
export interface DeadLetterStore extends DeadLetterSink {
  /**
   * Keeps a dead delivery and answers with its letter's id. One letter is kept for an event and a subscription: a
   * delivery that died again updates it and puts it back to `dead`. If it was `replaying`, the attempts are added and
   * the replay is counted; if it was over, the attempts are added; if it was `dead`, the delivery may be the same
   * one, so adding it twice changes no more than adding it once.
   * @throws MortarError `MORTAR_QUEUE_FULL` if the store is bounded and full of letters that are not over
   */
  add(dead: DeadDelivery): Promise<string>;
  get(id: string): Promise<DeadLetter | undefined>;
  /** @throws MortarError `MORTAR_OPTIONS_INVALID` for a limit out of bounds */
  list(filter?: DeadLetterFilter, page?: DeadLetterPage): Promise<readonly DeadLetter[]>;
  /** By error, the largest group first. */
  groups(filter?: DeadLetterFilter): Promise<readonly DeadLetterGroup[]>;
  statistics(): Promise<DeadLetterStatistics>;
  /**
   * Changes the state of a letter if it is still as expected, and answers with it; of several callers, one succeeds.
   * @throws MortarError `MORTAR_DEAD_LETTER_MISSING`, `MORTAR_DEAD_LETTER_STATE`
   */
  change(id: string, from: DeadLetterState, to: DeadLetterState, action?: LetterAction): Promise<DeadLetter>;
  /** Removes letters in one of these states that last changed before a time; answers with how many. */
  purge(before: number, states: readonly DeadLetterState[], action?: LetterAction): Promise<number>;
}

/** A letter of the log that is to be replayed, and how far that has come. */
export interface ReplayingLetter {
  readonly letterId: string;
  readonly entry: LogEntry;
  readonly edited: EncodedEvent | undefined;
  /** Calls of the handler in this replay. */
  readonly attempts: number;
  /** Recorded before the call that `attempts` counts last: found by another process, the one before has ended meanwhile. */
  readonly isRunning: boolean;
  readonly dueAt: number;
  /** The failed attempts of this replay, 20 at most. */
  readonly failures: readonly FailedAttempt[];
}

/** A replay of many letters: those that matched when it was asked for, at most so many a second. */
export interface ReplayJob {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly actor: string | undefined;
  readonly note: string | undefined;
  readonly filter: DeadLetterFilter;
  /** Letters a second over all processes; as fast as they are taken if absent. */
  readonly ratePerSecond: number | undefined;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** How many letters the set has. */
  readonly total: number;
  /** Of these: not begun, or never to be, since the job was cancelled. */
  readonly waiting: number;
  /** Not `dead` any more when their turn came. */
  readonly passedOver: number;
  /** Begun, by what their letters are now. */
  readonly replaying: number;
  readonly replayed: number;
  /** Begun, and dead again, discarded or removed since. */
  readonly failed: number;
}

/** What a job is started with. */
export interface NewReplayJob {
  readonly filter: DeadLetterFilter;
  /** 1 to 1,000,000. */
  readonly ratePerSecond?: number | undefined;
  readonly actor?: string | undefined;
  readonly note?: string | undefined;
}

/** Something that an operator did. */
export interface AuditRecord {
  /** UUIDv7. */
  readonly id: string;
  readonly at: number;
  readonly actor: string | undefined;
  readonly action:
    | 'replay'
    | 'editAndReplay'
    | 'discard'
    | 'purge'
    | 'startJob'
    | 'cancelJob'
    | 'pause'
    | 'resume'
    | 'forget'
    | 'rebuild'
    | 'reset'
    | 'activate'
    | 'cancel'
    | 'remove';
  readonly subscription: string | undefined;
  readonly letterId: string | undefined;
  readonly jobId: string | undefined;
  readonly note: string | undefined;
}

/** Which audit records, the latest first; `before` the record with this id, at most so many (100 unless said, 10,000 at most). */
export interface AuditRange {
  readonly letterId?: string;
  readonly subscription?: string;
  readonly before?: string;
  readonly limit?: number;
}

/**
 * Dead letters of the durable log, kept beside it. Its processors bring the letters that are `replaying` to their
 * handlers: they are the list of work, and no other record of a replay exists that could be lost.
 *
 * `change` from `dead` to `replaying` or `discarded`, `purge`, and the methods of jobs keep an audit record in the same
 * transaction. Whatever makes a letter of the log `replaying`, or ends one that was `dead`, grows the revision of its
 * subscription. A new replay begins with no attempts. A letter is never listed as dead while it is being replayed.
 */
export interface DurableDeadLetterStore extends DeadLetterStore {
  /** Letters of the log that are `replaying`, of keys in these partitions, by position; at most so many. */
  replaying(
    subscription: string,
    partitions: { readonly of: number; readonly among: readonly number[] },
    limit: number,
  ): Promise<readonly ReplayingLetter[]>;
  /** The letter of an event. */
  find(subscription: string, eventId: string): Promise<DeadLetter | undefined>;
  /** Those of these positions at which a letter of the subscription is `dead` or `replaying`. */
  openAt(subscription: string, positions: readonly Position[]): Promise<readonly Position[]>;
  /** Fixes the set of a job: the letters of the log that are dead and match now. @throws MortarError `MORTAR_OPTIONS_INVALID` */
  startJob(job: NewReplayJob): Promise<ReplayJob>;
  /** The latest first, 100 at most. */
  jobs(state?: ReplayJob['state']): Promise<readonly ReplayJob[]>;
  job(id: string): Promise<ReplayJob | undefined>;
  /**
   * Makes the next letters of the set `replaying` that are still dead, in the order of their ids: as many as the rate
   * allows since the job was started (`ratePerSecond` each second, one at once), and `limit` at most, so that several
   * processes may call this. Answers with how many it took from the set, passed over or not. A set with nothing left
   * makes the job `done`. Nothing happens to a job that is not running.
   * @throws MortarError `MORTAR_REPLAY_MISSING`
   */
  advanceJob(id: string, limit: number): Promise<number>;
  /** What has begun goes on. Nothing happens to a job that is over. @throws MortarError `MORTAR_REPLAY_MISSING` */
  cancelJob(id: string, action?: LetterAction): Promise<ReplayJob>;
  audit(range?: AuditRange): Promise<readonly AuditRecord[]>;
  /**
   * Removes jobs that ended before a time, and audit records from before another; answers with how many. A store may leave
   * some for the next call, but not all of them: 0 says that there are none.
   */
  cleanUp(before: { readonly jobsBefore: number; readonly auditBefore: number }): Promise<number>;
}

/** What a batch of deliveries changes about dead letters. */
export type LetterChange =
  | {
      /** A delivery is over in vain. Keeps a letter, or puts the one it has back, as `DeadLetterStore.add` does. */
      readonly kind: 'dead';
      /** The delivery's place in the log, and its payload's bytes, decodable or not. */
      readonly entry: LogEntry;
      readonly reason: DeadLetterReason;
      /** Calls of the handler since the delivery, or this replay of it, began. */
      readonly attempts: number;
      /** Likewise; the last is why it died. At least one. */
      readonly failures: readonly FailedAttempt[];
    }
  | ({
      /** How far a replay has come. Nothing happens to a letter that is not `replaying`. */
      readonly kind: 'replaying';
    } & Omit<ReplayingLetter, 'entry' | 'edited'>)
  | {
      /** A replay has succeeded. Nothing happens to a letter that is not `replaying`. */
      readonly kind: 'replayed';
      readonly letterId: string;
      readonly note?: string | undefined;
    };
