import type { FailureDecision } from '../../../bus/index.js';
import { PriorityLanes } from '../../../bus/priority-lanes.js';
import { type Clock, newId } from '../../../contracts/index.js';
import { categoryOf, MAX_DELAY_MS } from '../../../errors/index.js';
import type { LogEntry, Position, RecordedEvent } from '../../../event-store/index.js';
import type { Unit } from '../../../unit-of-work/index.js';
import type { DeliveryAttempt, DurableSubscription, Work } from '../../durable-subscription.js';
import { recordError } from '../../recorded-error.js';
import type { Solitude } from '../solitude.js';
import type { Delivery, Ending, KeyState } from './delivery.js';
import { forgetTail } from './keys.js';
import { Outage } from './outage.js';

/** What a runner works with. */
export interface RunnerParts {
  readonly subscription: DurableSubscription;
  readonly clock: Clock;
  /** The clock of the machine, for how long something takes. */
  readonly pulse: Clock;
  readonly solitude: Solitude;
  /** Whether anything may begin now. */
  readonly isOpen: () => boolean;
  /** Whether nothing is to begin any more in this process. */
  readonly isDraining: () => boolean;
  /** Whether everything of the batch before is committed. */
  readonly isCommitted: () => boolean;
  /** Whether a key is held that holds all others: nothing but what is held already begins then. */
  readonly isHeldUp: () => boolean;
  /** Something has ended, and is to be committed. */
  readonly end: (ending: Ending) => void;
  /** A delivery joins what waits behind its held key. */
  readonly join: (delivery: Delivery) => void;
  /** A call has ended. */
  readonly called: () => void;
}

const MAX_FAILURES = 20;
/** How long a key waits for code that can read its event. */
const UNREADABLE_MS = 60_000;
/** How long a delivery may keep a window from moving. */
const HOLD_AFTER_MS = 1_000;

/**
 * Calls the handler of a subscription: by priority, no more at once than is allowed, and decides what comes of a failure.
 * What may have killed the process before is run alone, with its attempt recorded first.
 */
export class Runner {
  readonly outage: Outage = new Outage();
  readonly #parts: RunnerParts;
  readonly #lanes = new PriorityLanes<Delivery>();
  /** These come before the lanes: those that were put back, those whose attempt is recorded, those of a batch taken apart. */
  readonly #front: Delivery[] = [];
  readonly #suspects: Delivery[] = [];
  readonly #running = new Set<Delivery>();
  /** Their attempt is recorded, or about to be, and their handler not called yet. */
  readonly #begun = new Set<Delivery>();
  #calls = 0;
  /** Those of the running that come from the ledger, and whether the last that was called did. */
  readonly #again = new Set<Delivery>();
  #wasAgain = false;
  /** When the batch that is being gathered must be handled. */
  #batchAt: number | undefined = undefined;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Calls of the handler that are under way. */
  get calls(): number {
    return this.#calls;
  }

  /** Deliveries that wait for a slot. */
  get waiting(): number {
    return this.#lanes.size + this.#front.length + this.#suspects.length;
  }

  /** When to look again, by the clock, if nothing else happens. */
  get nextAt(): number | undefined {
    return this.outage.isOn ? this.outage.probeAt : this.#batchAt;
  }

  /** A delivery waits for its turn. */
  queue(delivery: Delivery): void {
    const { priorityOf } = this.#parts.subscription;
    const isBatched = this.#parts.subscription.batch !== undefined;
    // Batches keep the order of each key by keeping the order of all.
    delivery.isQueued = true;
    this.#lanes.push(
      delivery,
      isBatched ? 'normal' : (priorityOf?.(delivery.entry) ?? delivery.entry.priority),
    );
  }

  /** A delivery whose attempt was recorded is next. */
  queueBegun(delivery: Delivery): void {
    if (this.#isEnding(delivery)) this.#giveBack(delivery);
    else this.#front.unshift(delivery);
  }

  /** Takes back the attempts on record whose handlers will not be called here any more. */
  giveBack(): void {
    const given = this.#front.filter((delivery) => isOnRecord(delivery) && this.#isEnding(delivery));
    for (const delivery of given) {
      this.#front.splice(this.#front.indexOf(delivery), 1);
      this.#giveBack(delivery);
    }
  }

  /** In batches, a delivery that waited behind a held key goes before what was read later, and is handled alone. */
  queueAlone(delivery: Delivery): void {
    const { key, position } = delivery;
    const place = this.#front.findIndex((other) => other.key === key && other.position > position);
    this.#front.splice(place < 0 ? this.#front.length : place, 0, delivery);
    takeForBatch(delivery);
  }

  /**
   * A key is about to be held at a position: what comes after it of a batch that was taken apart waits with the others, so that
   * it is accounted for with them.
   */
  waitBehind(key: KeyState, position: Position): void {
    if (key.inBatches === 0) return;
    const isBehind = (one: Delivery): boolean =>
      one.key === key && one.replay === undefined && one.position > position;
    for (const delivery of this.#front.filter(isBehind)) {
      this.#front.splice(this.#front.indexOf(delivery), 1);
      leave(delivery);
      leaveBatch(delivery);
      key.waitInOrder(delivery);
    }
  }

  /** Whether one more may be called, beside so many others that are about to be. */
  hasSlot(others: number): boolean {
    for (const delivery of this.#begun) if (delivery.partition.state === 'lost') this.#begun.delete(delivery);
    const { subscription, solitude, clock } = this.#parts;
    const aboutTo = this.#begun.size + others;
    if (!solitude.isFree || this.#calls + aboutTo >= subscription.concurrency) return false;
    if (this.isShareTaken(aboutTo)) return false;
    if (!this.outage.isOn) return true;
    // One may be the probe, if it is the turn of a held key.
    const isNewNext = this.outage.prefersNew && !this.#parts.isHeldUp();
    const isItsTurn = !isNewNext || this.#lanes.size + this.#front.length === 0;
    const isNext = aboutTo === 0 && !this.#front.some(isOfLedger);
    return isItsTurn && isNext && this.outage.isOpen(this.#calls, clock.now());
  }

  /**
   * Whether so many of the ledger run, or are about to, that no more of them are recorded while others wait that are new: what
   * is tried again, and the tails of held keys, would else keep them waiting for as long as they last.
   */
  isShareTaken(aboutTo = 0): boolean {
    const { concurrency } = this.#parts.subscription;
    if (this.#parts.isHeldUp()) return false;
    const share = concurrency > 1 ? Math.ceil(concurrency / 2) : this.#wasAgain ? 0 : 1;
    return this.#again.size + aboutTo >= share && (this.#lanes.size > 0 || !this.#front.every(isOfLedger));
  }

  /** Records the next attempt of a delivery; it is handled when that is committed. */
  begin(delivery: Delivery): void {
    if (this.#parts.isDraining()) return;
    delivery.attempts += 1;
    delivery.isCounted = true;
    this.#begun.add(delivery);
    enter(delivery);
    this.#parts.end({ kind: 'begin', members: [delivery] });
  }

  /** Calls the handler as often as may be. */
  pump(): void {
    const { batch, concurrency } = this.#parts.subscription;
    if (batch !== undefined) this.#pumpBatches(batch);
    else while (this.#calls < concurrency && this.#parts.isOpen() && this.#startNext());
  }

  /** Those that run for so long that the window can't wait for them are held, and run on. */
  holdLong(): void {
    // Beside a batch nothing runs that a window could move for, and a row can't tell the events of a batch from those behind it.
    if (this.#parts.subscription.batch !== undefined) return;
    const since = this.#parts.pulse.now() - HOLD_AFTER_MS;
    for (const delivery of this.#running) {
      const isInTheWay = delivery.key.hold === undefined && delivery.replay === undefined;
      if (isInTheWay && delivery.startedAt <= since) this.#parts.end({ kind: 'runOn', members: [delivery] });
    }
  }

  /** What a delivery has come to is committed. */
  over(delivery: Delivery): void {
    leave(delivery);
    leaveBatch(delivery);
    this.#begun.delete(delivery);
    this.#parts.solitude.leave(delivery.key);
  }

  /** The effects of deliveries could not be committed, by their own fault. */
  refused(members: readonly Delivery[], error: unknown): void {
    const [delivery] = members;
    if (members.length > 1) this.#takeApart(members);
    else if (delivery !== undefined) this.fail(delivery, error);
    this.pump();
  }

  /** An attempt has failed. */
  fail(delivery: Delivery, error: unknown): void {
    const { partition } = delivery;
    if (partition.state === 'lost' || partition.signal.aborted) {
      this.#forget(delivery);
      return;
    }
    const decision = this.#decide(error, delivery.attempts);
    const now = this.#parts.clock.now();
    if (this.outage.explains(delivery, categoryOf(error), decision, now)) this.#putOff(delivery);
    else {
      this.#note(delivery, error);
      this.#end(delivery, decision, now);
    }
  }

  /** The process has ended during an attempt, once too often. The failure is noted already. */
  blame(delivery: Delivery, error: unknown): void {
    enter(delivery);
    this.#end(delivery, this.#decide(error, delivery.attempts), this.#parts.clock.now());
  }

  /** Forgets all that waits. */
  clear(): void {
    while (this.#lanes.take() !== undefined);
    for (const delivery of this.#front.splice(0)) leave(delivery);
    this.#suspects.length = 0;
    this.#begun.clear();
    this.#batchAt = undefined;
  }

  /** Starts the next that there is; answers whether to go on. */
  #startNext(): boolean {
    const now = this.#parts.clock.now();
    // What may not begin stays where it waits: else all that is new would come to stand before what is held.
    if (!this.outage.isOpen(this.#calls, now)) return false;
    const delivery = this.#next();
    if (delivery === undefined || !this.outage.lets(this.#calls, now)) return false;
    if (this.#isSuspect(delivery)) {
      this.#parts.solitude.take(delivery.key);
      this.outage.unanswered();
      this.begin(delivery);
    } else this.#call([delivery]);
    return true;
  }

  #next(): Delivery | undefined {
    for (;;) {
      const delivery = this.#first();
      if (delivery === undefined) return undefined;
      if (delivery.partition.state !== 'active') this.#forget(delivery);
      else if (delivery.isAbsorbed) continue;
      // An earlier one of its batch and its key has failed meanwhile.
      else if (isBehindHeld(delivery)) this.#joinHeld(delivery);
      else if (this.#isSuspect(delivery) && !this.#parts.solitude.isFree) {
        if (this.#setAside(delivery)) return undefined;
      } else return delivery;
    }
  }

  #first(): Delivery | undefined {
    const { isOn, prefersNew } = this.outage;
    if (this.#parts.isHeldUp()) return this.#takeOfLedger();
    // The held one whose turn it is to be the probe is being recorded.
    if (isOn && !prefersNew && this.#begun.size > 0 && !this.#front.some(isOfLedger)) return undefined;
    const probe = isOn && prefersNew ? this.#takeSingle() : undefined;
    return probe ?? this.#front.shift() ?? this.#nextSuspect() ?? this.#takeSingle();
  }

  #takeOfLedger(): Delivery | undefined {
    const place = this.#front.findIndex(isOfLedger);
    return place < 0 ? undefined : this.#front.splice(place, 1)[0];
  }

  /** Of batches everything is handled in order. Answers whether nothing else may go before it. */
  #setAside(delivery: Delivery): boolean {
    const isInOrder = this.#parts.subscription.batch !== undefined;
    if (isInOrder) this.#front.unshift(delivery);
    else this.#suspects.push(delivery);
    return isInOrder;
  }

  /** What waits in the lanes of a subscription with batches is handled in batches. */
  #takeSingle(): Delivery | undefined {
    return this.#parts.subscription.batch === undefined ? this.#lanes.take() : undefined;
  }

  #nextSuspect(): Delivery | undefined {
    return this.#parts.solitude.isFree ? this.#suspects.shift() : undefined;
  }

  #isSuspect({ isCounted, key, replay, partition, position }: Delivery): boolean {
    return !isCounted && replay === undefined && key.hold === undefined && partition.isSuspect(position);
  }

  #pumpBatches(batch: NonNullable<DurableSubscription['batch']>): void {
    const { isOpen, isCommitted, clock } = this.#parts;
    if (this.#calls > 0 || !isOpen() || !isCommitted()) return;
    const now = clock.now();
    if (!this.outage.isOpen(this.#calls, now)) return;
    // Those that are handled alone come first, unless a batch is to be the probe of an outage.
    const isHeldUp = this.#parts.isHeldUp();
    const isProbe = this.outage.isOn && this.outage.prefersNew && this.#lanes.size > 0 && !isHeldUp;
    if (!isProbe && (this.#startNext() || this.#front.length > 0)) return;
    if (this.#lanes.size === 0 || isHeldUp) return;
    this.#batchAt ??= now + batch.withinMs;
    if (!this.outage.isOn && this.#lanes.size < batch.size && now < this.#batchAt) return;
    this.#startBatch(batch.size, now);
  }

  #startBatch(size: number, now: number): void {
    const members: Delivery[] = [];
    while (members.length < size) {
      const delivery = this.#lanes.take();
      if (delivery === undefined) break;
      if (delivery.partition.state !== 'active' || delivery.isAbsorbed) continue;
      const isFollowing = delivery.key.inBatches > 0 && !members.some(({ key }) => key === delivery.key);
      takeForBatch(delivery);
      // One of its key that is suspected, or was put off, goes before it.
      if (isFollowing || this.#isSuspect(delivery)) this.#front.push(delivery);
      else members.push(delivery);
    }
    this.#batchAt = undefined;
    if (members.length === 0) {
      if (this.#front.length > 0) this.#startNext();
    } else if (this.outage.lets(this.#calls, now)) this.#call(members);
  }

  #call(members: readonly Delivery[]): void {
    const { subscription, pulse } = this.#parts;
    const attempts: DeliveryAttempt[] = [];
    const readable: Delivery[] = [];
    const startedAt = pulse.now();
    const isStrict = subscription.holdsAll !== undefined;
    for (const [place, delivery] of members.entries()) {
      const event = this.#read(delivery, place === 0 || !isStrict);
      if (event === undefined && isStrict) {
        // Nothing is to go past it before that is committed. It is for a call of its own, as are those behind it.
        this.#front.unshift(...members.slice(place === 0 ? 1 : place));
        break;
      }
      if (event === undefined) continue;
      this.#enter(delivery);
      if (!delivery.isCounted) delivery.attempts += 1;
      delivery.isCounted = false;
      delivery.startedAt = startedAt;
      this.#running.add(delivery);
      this.#wasAgain = isOfLedger(delivery);
      if (this.#wasAgain) this.#again.add(delivery);
      readable.push(delivery);
      attempts.push({ event, attempt: delivery.attempts });
    }
    if (readable.length === 0) {
      this.outage.unanswered();
      return;
    }
    this.#calls += 1;
    const [only] = readable;
    const signal = readable.length === 1 && only !== undefined ? only.partition.signal : signalOf(readable);
    callOf(subscription, attempts, signal).then(
      (work) => this.#succeeded(readable, work),
      (error: unknown) => this.#failed(readable, error),
    );
  }

  #enter(delivery: Delivery): void {
    enter(delivery);
    this.#begun.delete(delivery);
  }

  /** The event as it is delivered; nothing if it can't be read, which is then what it comes to, if it is to end. */
  #read(delivery: Delivery, ends: boolean): RecordedEvent | undefined {
    const { subscription, clock } = this.#parts;
    try {
      return subscription.read(entryOf(delivery));
    } catch (error) {
      if (!ends) return undefined;
      this.#enter(delivery);
      this.#note(delivery, error);
      const isHeld = subscription.onUnreadable === 'hold' && delivery.replay === undefined;
      this.#parts.end(
        isHeld
          ? { kind: 'retry', members: [delivery], dueAt: clock.now() + UNREADABLE_MS }
          : { kind: 'dead', members: [delivery], reason: 'unreadable', stops: false },
      );
      return undefined;
    }
  }

  #succeeded(members: readonly Delivery[], work: Work | undefined): void {
    this.#stopped(members);
    const kept = members.filter(({ partition }) => partition.state !== 'lost');
    if (kept.length < members.length) {
      // What they did together can't be committed in part.
      if (members.length > 1) this.#takeApart(kept);
      this.outage.unanswered();
    } else {
      this.outage.succeeded();
      this.#parts.end({ kind: 'done', members, unit: unitOf(work) });
    }
    this.#parts.called();
    this.pump();
  }

  #failed(members: readonly Delivery[], error: unknown): void {
    this.#stopped(members);
    const [delivery] = members;
    if (members.length === 1 && delivery !== undefined) this.fail(delivery, error);
    else if (delivery !== undefined && this.#isOut(delivery, error))
      for (const member of members) this.#putOff(member);
    else this.#takeApart(members);
    this.#parts.called();
    this.pump();
  }

  #isOut(delivery: Delivery, error: unknown): boolean {
    const decision = this.#decide(error, delivery.attempts);
    return this.outage.explains(delivery, categoryOf(error), decision, this.#parts.clock.now());
  }

  #stopped(members: readonly Delivery[]): void {
    this.#calls -= 1;
    for (const delivery of members) {
      delivery.startedAt = 0;
      this.#running.delete(delivery);
      this.#again.delete(delivery);
    }
  }

  /** Each is attempted alone; the call as a batch counts for none of them. */
  #takeApart(members: readonly Delivery[]): void {
    const alone = members.filter(({ partition }) => partition.state !== 'lost' && !partition.signal.aborted);
    for (const delivery of alone) {
      delivery.attempts -= 1;
      leave(delivery);
    }
    this.#front.unshift(...alone);
  }

  /** Waits until the outage is over, behind the others, so that the probe is not always the same. */
  #putOff(delivery: Delivery): void {
    delivery.isCounted = true;
    leave(delivery);
    const isInLane = !isOfLedger(delivery) && !this.#parts.solitude.has(delivery.key);
    if (isInLane && this.#parts.subscription.batch === undefined) this.queue(delivery);
    else this.#pushBack(delivery);
  }

  /** Behind all others, but for those that follow it in its key. */
  #pushBack(delivery: Delivery): void {
    const { key, position } = delivery;
    const following = this.#front.filter((other) => other.key === key && other.position > position);
    for (const other of following) this.#front.splice(this.#front.indexOf(other), 1);
    this.#front.push(delivery, ...following);
  }

  /** Its attempt is on record, and its handler was not called: the attempt does not count. */
  #giveBack(delivery: Delivery): void {
    enter(delivery);
    delivery.attempts -= 1;
    delivery.isCounted = false;
    this.#parts.end({ kind: 'retry', members: [delivery], dueAt: this.#parts.clock.now() });
  }

  #isEnding({ partition }: Delivery): boolean {
    return partition.state === 'leaving' || this.#parts.isDraining();
  }

  #end(delivery: Delivery, decision: FailureDecision, now: number): void {
    const members = [delivery] as const;
    if (decision.kind === 'skip') this.#parts.end({ kind: 'skipped', members });
    else if (decision.kind === 'retry')
      this.#parts.end({
        kind: 'retry',
        members,
        dueAt: now + Math.min(Math.max(0, decision.afterMs), MAX_DELAY_MS),
      });
    else this.#parts.end({ kind: 'dead', members, reason: 'failed', stops: decision.kind === 'stop' });
  }

  #note(delivery: Delivery, error: unknown): void {
    const failure = { at: this.#parts.clock.now(), error: recordError(error) };
    delivery.failures = [...delivery.failures, failure].slice(-MAX_FAILURES);
  }

  /** A policy that fails decides for the dead letter. */
  #decide(error: unknown, attempts: number): FailureDecision {
    try {
      return this.#parts.subscription.decide(error, attempts);
    } catch {
      return { kind: 'deadLetter' };
    }
  }

  #joinHeld(delivery: Delivery): void {
    leave(delivery);
    leaveBatch(delivery);
    forgetTail(delivery.key);
    this.#parts.join(delivery);
  }

  #forget(delivery: Delivery): void {
    this.over(delivery);
    this.outage.unanswered();
  }
}

/** Its partition waits for it until it is over. */
function enter(delivery: Delivery): void {
  if (!delivery.isUnderWay) delivery.partition.underWay += 1;
  delivery.isUnderWay = true;
}

function leave(delivery: Delivery): void {
  if (delivery.isUnderWay) delivery.partition.underWay -= 1;
  delivery.isUnderWay = false;
}

/** Whether it comes from a held key or a dead letter, and not from the log. */
function isOfLedger({ key, replay }: Delivery): boolean {
  return key.hold !== undefined || replay !== undefined;
}

/** Whether an attempt is on record, or was, and its handler has not been called for it. */
function isOnRecord(delivery: Delivery): boolean {
  return delivery.isCounted && isOfLedger(delivery);
}

function isBehindHeld({ key, replay, position }: Delivery): boolean {
  return key.hold !== undefined && replay === undefined && key.hold.first !== position;
}

/** Reads what a letter was edited to in place of what it was. */
function entryOf({ entry, replay }: Delivery): LogEntry {
  return replay?.edited === undefined ? entry : { ...entry, ...replay.edited };
}

async function callOf(
  { attempt }: DurableSubscription,
  attempts: readonly DeliveryAttempt[],
  signal: AbortSignal,
): Promise<Work | undefined> {
  return attempt(attempts, signal);
}

/** Aborted when any of their partitions is lost. */
function signalOf(members: readonly Delivery[]): AbortSignal {
  return AbortSignal.any([...new Set(members.map(({ partition }) => partition.signal))]);
}

/** A handler that has done nothing to be committed needs no unit. */
function unitOf(work: Work | undefined): Unit | undefined {
  if (work === undefined) return undefined;
  const { writes, appends, ...more } = work;
  const isEmpty = writes.length === 0 && appends.length === 0 && Object.keys(more).length === 0;
  return isEmpty ? undefined : { ...work, id: newId() };
}

function takeForBatch(delivery: Delivery): void {
  const { waiting } = delivery.key;
  const place = waiting.indexOf(delivery);
  if (place >= 0) waiting.splice(place, 1);
  delivery.isQueued = false;
  delivery.isInBatch = true;
  delivery.key.inBatches += 1;
}

function leaveBatch(delivery: Delivery): void {
  if (delivery.isInBatch) delivery.key.inBatches -= 1;
  delivery.isInBatch = false;
}
