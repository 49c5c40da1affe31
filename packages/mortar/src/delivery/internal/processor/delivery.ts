import type { LogEntry, Position } from '../../../event-store/index.js';
import type { Unit } from '../../../unit-of-work/index.js';
import type { DeadLetterReason, ReplayingLetter } from '../../dead-letter-store.js';
import type { FailedAttempt, HeldKey } from '../../delivery-store.js';
import type { Partition } from './partition.js';

const NO_FAILURES: readonly FailedAttempt[] = Object.freeze([]);

/** An event on its way to the handler of a subscription. */
export class Delivery {
  readonly entry: LogEntry;
  readonly key: KeyState;
  /** The dead letter that it is a replay of. */
  readonly replay: ReplayingLetter | undefined;
  /** Calls of the handler, the one under way included. */
  attempts = 0;
  failures: readonly FailedAttempt[] = NO_FAILURES;
  /** The next call is counted already: it was recorded in the store, or the one before it does not count. */
  isCounted = false;
  /** The end of an earlier process, on record as an attempt, was counted as its failure. */
  isRecovered = false;
  /** Its partition waits for it. */
  isUnderWay = false;
  /** It waits in a lane. */
  isQueued = false;
  /** It was taken for a batch, and is not over. */
  isInBatch = false;
  /** Its key is held, and it is among what waits there: it is not to be started from a lane. */
  isAbsorbed = false;
  /** When its handler was called, by the pulse; 0 when it is not running. */
  startedAt = 0;
  /** How many deliveries had succeeded when it was last put off for an outage. */
  putOffAfter: number | undefined = undefined;

  constructor(entry: LogEntry, key: KeyState, replay?: ReplayingLetter) {
    this.entry = entry;
    this.key = key;
    this.replay = replay;
    if (replay === undefined) return;
    this.attempts = replay.attempts;
    this.failures = replay.failures;
  }

  get position(): Position {
    return this.entry.position;
  }

  get partition(): Partition {
    return this.key.partition;
  }
}

/** An order key of which something is on its way or held. */
export class KeyState {
  readonly orderKey: string;
  readonly partition: Partition;
  /** The delivery that the others wait for: in a lane, being handled, or not yet committed. */
  head: Delivery | undefined = undefined;
  /** Deliveries behind it, in their order. They are not accounted for. */
  waiting: Delivery[] = [];
  /** What the store keeps of the key. */
  hold: HeldKey | undefined = undefined;
  /** Events of the held key after `hold.first`, in their order: all of them up to `tailTo`. */
  tail: LogEntry[] = [];
  tailTo: Position | undefined = undefined;
  /** The event at `hold.first`, if it is at hand. */
  first: LogEntry | undefined = undefined;
  /** The attempt that the store has on record was ended by the end of its process. */
  hasDied = false;
  /** Events are being read for it. */
  isLoading = false;
  /** Replays of older events of the key that are due; they run between its deliveries. */
  replays: Delivery[] = [];
  /** How many of its deliveries were taken for batches, and are not over. */
  inBatches = 0;
  /** How many replays there are, due or not. */
  replayCount = 0;

  constructor(orderKey: string, partition: Partition) {
    this.orderKey = orderKey;
    this.partition = partition;
  }

  /** Puts a delivery among those that wait, by position. */
  waitInOrder(delivery: Delivery): void {
    const place = this.waiting.findIndex(({ position }) => position > delivery.position);
    this.waiting.splice(place < 0 ? this.waiting.length : place, 0, delivery);
  }

  /** Whether the last of those that wait is in a lane: what comes after it is to wait there too, so as not to overtake it. */
  get isLastQueued(): boolean {
    return this.waiting.at(-1)?.isQueued === true;
  }

  /** Whether one before a position that is yet to be handed on is not over. All that were taken for batches lie before it. */
  isOpenBefore(position: Position): boolean {
    const first = this.hold?.first ?? this.waiting[0]?.position;
    return this.inBatches > 0 || (first !== undefined && first < position);
  }

  /** Whether nothing of it is on its way. */
  get isFree(): boolean {
    return this.head === undefined && !this.isLoading;
  }
}

/** Deliveries are over, with their effects. Those of a batch end together. */
export interface Success {
  readonly kind: 'done' | 'skipped';
  readonly members: readonly Delivery[];
  readonly unit?: Unit | undefined;
}

/** A delivery is over in vain. */
export interface Death {
  readonly kind: 'dead';
  readonly members: readonly [Delivery];
  readonly reason: DeadLetterReason;
  /** Whether the subscription is paused after it. */
  readonly stops: boolean;
}

/** A delivery is not over. */
export type Unfinished =
  | { readonly kind: 'retry'; readonly members: readonly [Delivery]; readonly dueAt: number }
  /** `begin`: the attempt is recorded before the handler is called. `runOn`: it runs on, and its window does not wait for it. */
  | { readonly kind: 'begin' | 'runOn'; readonly members: readonly [Delivery] };

/** What has come of a call of the handler, or comes in place of one. It is committed as this. */
export type Ending = Success | Death | Unfinished;

/** What a batch changes about one key. */
export interface KeyChange {
  readonly key: KeyState;
  /** Nothing where the key flows again. */
  readonly row: HeldKey | undefined;
  /** How many of those that wait are held with it. */
  readonly absorbed: number;
  /** The delivery that comes next in a held key. */
  readonly next: Delivery | undefined;
}

/** Whether the deliveries are over with their effects. */
export function isSuccess(ending: Ending): ending is Success {
  return ending.kind === 'done' || ending.kind === 'skipped';
}
