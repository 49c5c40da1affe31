import type { Clock } from '../../../contracts/index.js';
import { MAX_DELAY_MS, MortarError, messageOf } from '../../../errors/index.js';
import { type LogEntry, orderKeyOfEntry, type Position } from '../../../event-store/index.js';
import type { Logger } from '../../../logging/logger.js';
import type { Lease, SubscriptionInfo } from '../../delivery-store.js';
import type { DurableSubscription } from '../../durable-subscription.js';
import type { OpenStore } from '../../store.js';
import type { Solitude } from '../solitude.js';
import { Standing } from '../standing.js';
import { Committer } from './committer.js';
import { type Death, Delivery, type Ending, isSuccess, type KeyState, type Success } from './delivery.js';
import type { Draft, DraftRules } from './draft.js';
import { applyKeyChange, Keys } from './keys.js';
import { Ledger } from './ledger.js';
import { Partition } from './partition.js';
import { Reader } from './reader.js';
import { Runner } from './runner.js';

/** What a delivery has come to, for those who wait for it. */
export interface Told {
  readonly position: Position;
  readonly status: 'handled' | 'dead' | 'skipped';
  readonly attempts: number;
}

/** What a processor works with. */
export interface ProcessorParts {
  readonly store: OpenStore;
  readonly subscription: DurableSubscription;
  /** As the store knows it. */
  readonly info: SubscriptionInfo;
  readonly clock: Clock;
  readonly pulse: Clock;
  readonly logger: Logger;
  /** One for all processors of the process. */
  readonly solitude: Solitude;
  readonly told: (told: Told) => void;
  /** A lease was lost, or its state is not known: it may be asked for again. */
  readonly lostLease: () => void;
  /** Something has changed that somebody may wait for. */
  readonly changed: () => void;
}

/** How far an idle partition goes before its place is committed: so many positions, or so long. */
const SETTLE_POSITIONS = 1_000;
const SETTLE_AFTER_MS = 5_000;
const SWEEP_EVERY_MS = 30_000;

/**
 * Delivers one subscription, for the partitions whose leases this process holds. Reads the log (`Reader`), lets the events
 * of each key follow one another (`Keys`), calls the handler (`Runner`), commits what came of it (`Committer`), and tries
 * again what has failed (`Ledger`).
 */
export class Processor {
  readonly name: string;
  readonly partitions: number;
  /** By what its events are kept in order. */
  readonly orderKeyOf: (entry: LogEntry) => string;
  readonly #parts: ProcessorParts;
  readonly #keys: Keys;
  readonly #active = new Map<number, Partition>();
  readonly #leaving = new Set<Partition>();
  readonly #runner: Runner;
  readonly #committer: Committer;
  readonly #ledger: Ledger;
  readonly #reader: Reader;
  readonly #standing: Standing;
  #isStoreDown = false;
  #isDraining = false;
  /** Until when the leases are surely held, by the pulse. */
  #safeUntil = Number.NEGATIVE_INFINITY;
  #sweptAt: number;
  #blockedSince: number | undefined = undefined;
  #armedAt: number | undefined = undefined;
  #cancelTimer: (() => void) | undefined = undefined;
  readonly #turns: (() => void)[] = [];

  constructor(parts: ProcessorParts) {
    this.#parts = parts;
    this.name = parts.subscription.name;
    this.partitions = parts.info.partitions;
    this.#standing = new Standing(parts.info);
    this.#sweptAt = parts.pulse.now();
    this.orderKeyOf = parts.subscription.orderKey ?? orderKeyOfEntry;
    this.#keys = new Keys(parts.subscription.holdsAll);
    this.#committer = this.#makeCommitter();
    this.#runner = this.#makeRunner();
    this.#ledger = this.#makeLedger();
    this.#reader = this.#makeReader();
  }

  /** Numbers of the partitions that it delivers, those that it is about to release included. */
  get held(): readonly number[] {
    return [...this.#active.keys(), ...[...this.#leaving].map(({ number }) => number)];
  }

  /** Numbers of the partitions that it goes on with. */
  get kept(): readonly number[] {
    return [...this.#active.keys()];
  }

  get leases(): readonly Partition['lease'][] {
    return [...this.#active.values(), ...this.#leaving].map(({ lease }) => lease);
  }

  /** Whether it begins nothing more, for good. */
  get isEnding(): boolean {
    return this.#isDraining;
  }

  get isPaused(): boolean {
    return this.#standing.isPaused;
  }

  get outage(): Runner['outage'] {
    return this.#runner.outage;
  }

  /** Calls under way, deliveries that wait for one, and those that wait for their commit. */
  get load(): { readonly calls: number; readonly waiting: number; readonly committing: number } {
    return { calls: this.#runner.calls, waiting: this.#runner.waiting, committing: this.#committer.pending };
  }

  /** How many keys are held, by state. */
  get heldKeys(): { readonly retrying: number; readonly dead: number } {
    let [retrying, dead] = [0, 0];
    for (const { hold } of this.#keys.values()) {
      if (hold?.state === 'dead') dead += 1;
      else if (hold !== undefined) retrying += 1;
    }
    return { retrying, dead };
  }

  /** The least place of its partitions; nothing where it has none. */
  get low(): Position | undefined {
    const lows = [...this.#active.values()].map(({ window }) => window.low);
    return lows.length === 0 ? undefined : (Math.min(...lows) as Position);
  }

  /** Whether it keeps events in another order than the store knows of. */
  get hasOwnOrder(): boolean {
    return this.#parts.subscription.orderKey !== undefined;
  }

  /** Goes on with partitions whose leases were taken. */
  async take(leases: readonly Lease[]): Promise<void> {
    const taken = leases.map((lease) => new Partition(lease, this.#parts.pulse.now()));
    try {
      await this.#ledger.load(taken);
    } catch (error) {
      for (const partition of taken) this.#drop(partition, error);
      throw error;
    }
    if (this.#isDraining) {
      for (const partition of taken) this.#drop(partition, stopped());
      return this.#parts.store.deliveries.release(leases);
    }
    for (const partition of taken) this.#active.set(partition.number, partition);
    this.#ledger.sweep();
    this.wake();
    this.go();
  }

  /** Releases partitions when what has begun in them is committed. */
  async leave(numbers: readonly number[]): Promise<void> {
    for (const number of numbers) {
      const partition = this.#active.get(number);
      if (partition === undefined) continue;
      partition.state = 'leaving';
      this.#active.delete(number);
      this.#leaving.add(partition);
    }
    this.#runner.giveBack();
    await this.#releaseLeaving();
  }

  /** Leases that somebody else has taken by now. */
  lose(numbers: readonly number[], error: unknown): void {
    for (const partition of [...this.#active.values(), ...this.#leaving])
      if (numbers.includes(partition.number)) this.#drop(partition, error);
  }

  /** The leases are surely held until then, by the pulse. */
  trustUntil(time: number): void {
    this.#safeUntil = time;
    this.go();
  }

  /** The store is about to be asked about the subscription. Answers with what takes its answer in. */
  asking(): (info: SubscriptionInfo) => void {
    const hear = this.#standing.asking();
    return (info) => {
      if (hear(info)) this.#ledger.sweep();
      this.go();
    };
  }

  /** There may be something new in the log. */
  wake(): void {
    if (!this.#isDraining) this.#reader.wake();
  }

  /** The log goes up to here. */
  catchUpTo(head: Position): void {
    if (this.#reader.isBehind(head)) this.wake();
  }

  /** Looks after what nobody calls for: called from time to time, by the pulse. */
  tick(): void {
    const now = this.#parts.pulse.now();
    this.#settleIdle(now);
    this.#blockedSince = this.#reader.isBlocked ? (this.#blockedSince ?? now) : undefined;
    if (this.#blockedSince !== undefined && this.#blockedSince < now) this.#runner.holdLong();
    if (now - this.#sweptAt >= SWEEP_EVERY_MS) {
      this.#sweptAt = now;
      this.#ledger.sweep();
    }
    void this.#releaseLeaving();
    this.go();
  }

  /**
   * Begins nothing more, and resolves when what has begun is committed, but for so many calls that wait for this
   * themselves.
   */
  async drain(except: () => number, given: Promise<unknown>): Promise<void> {
    this.#isDraining = true;
    this.#reader.stop();
    this.#runner.giveBack();
    let isGiven = false;
    const giveUp = given.then(() => {
      isGiven = true;
    });
    while (!isGiven && (this.#runner.calls > except() || !this.#committer.isIdle))
      await Promise.race([giveUp, this.#turn()]);
    if (isGiven) for (const partition of this.#active.values()) partition.abort(stopped());
    if (this.#runner.calls === 0) await Promise.race([giveUp, this.#settleLast()]);
  }

  /** Forgets everything. Answers with the leases under which nothing runs any more. */
  stop(): readonly Partition['lease'][] {
    this.#isDraining = true;
    this.#cancelTimer?.();
    this.#reader.stop();
    this.#runner.clear();
    this.#committer.stop();
    const free = [...this.#active.values(), ...this.#leaving].filter(({ underWay }) => underWay === 0);
    for (const partition of [...this.#active.values(), ...this.#leaving]) this.#drop(partition, stopped());
    return free.map(({ lease }) => lease);
  }

  /** Whether everything up to a position is accounted for, as far as this process is to do it, and nothing is due. */
  isIdleUpTo(head: Position): boolean {
    const { calls, waiting, committing } = this.load;
    if (this.isPaused) return calls === 0 && committing === 0;
    const isDone = calls + waiting + committing === 0 && this.#committer.isIdle && this.#reader.isResting;
    const isDue =
      this.#ledger.isSweeping || (this.#ledger.nextAt ?? Number.POSITIVE_INFINITY) <= this.#parts.clock.now();
    if (this.#keys.isAllHeld()) return calls + committing === 0 && !isDue;
    return isDone && !isDue && [...this.#active.values()].every(({ window }) => window.low >= head);
  }

  /** Whether this process is sure that a position is yet to be accounted for. */
  isPending(position: Position, partition: number): boolean {
    const window = this.#active.get(partition)?.window;
    return window !== undefined && (position > window.read || window.isOpen(position));
  }

  /** Resolves when a call has ended or something was committed. */
  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#turns.push(resolve);
    });
  }

  async #settleLast(): Promise<void> {
    for (const partition of this.#active.values()) this.#committer.touch(partition);
    await this.#committer.idle();
  }

  #makeCommitter(): Committer {
    const { store, subscription, pulse } = this.#parts;
    return new Committer({
      store: store.deliveries,
      subscription: subscription.name,
      pulse,
      rules: () => this.#rules(),
      settled: (draft) => this.#settled(draft),
      refused: (members, error) => this.#runner.refused(members, error),
      lost: (partitions, error) => this.#lost(partitions, error),
      holding: (key, position) => this.#runner.waitBehind(key, position),
      readTail: (key) => this.#ledger.readTail(key),
      failed: (error) => this.#complain(error),
      storeFailed: (error) => this.#storeFailed(error),
      storeWorks: () => {
        this.#isStoreDown = false;
        this.#parts.logger.info({ subscription: this.name }, 'The store works again');
      },
      calmed: () => {
        this.#turned();
        this.go();
      },
    });
  }

  #makeRunner(): Runner {
    const { subscription, clock, pulse, solitude } = this.#parts;
    return new Runner({
      subscription,
      clock,
      pulse,
      solitude,
      isOpen: () => this.#isOpen,
      isDraining: () => this.#isDraining,
      isCommitted: () => this.#committer.isIdle,
      isHeldUp: () => this.#keys.isAllHeld(),
      end: (ending) => this.#end(ending),
      join: (delivery) => this.#join(delivery),
      called: () => this.#turned(),
    });
  }

  #makeLedger(): Ledger {
    const { store, subscription, clock, solitude } = this.#parts;
    return new Ledger({
      subscription: subscription.name,
      types: subscription.types,
      partitions: this.partitions,
      orderKey: this.orderKeyOf,
      isOrderStored: subscription.orderKey === undefined,
      events: store.events,
      store: store.deliveries,
      letters: store.deadLetters,
      keys: this.#keys,
      solitude,
      active: () => this.#active,
      now: () => clock.now(),
      begin: (delivery) => this.#runner.begin(delivery),
      hasSlot: (aboutToBegin) => this.#runner.hasSlot(aboutToBegin),
      died: (delivery, error) => this.#runner.blame(delivery, error),
      givenUp: (delivery) => this.#end({ kind: 'skipped', members: [delivery] }),
      proceed: (key) => this.#proceed(key),
      failed: (error) => this.#complain(error),
      changed: () => this.go(),
    });
  }

  #makeReader(): Reader {
    const { store, subscription } = this.#parts;
    return new Reader({
      events: store.events,
      types: subscription.types,
      partitions: this.partitions,
      orderKey: this.orderKeyOf,
      active: () => this.#active,
      room: () => this.#room,
      isHeldBack: (entry, orderKey, partition) => this.#keys.isHeldBack(entry.position, orderKey, partition),
      admit: (entry, orderKey, partition) => this.#admit(entry, orderKey, partition),
      moved: () => this.#moved(),
      failed: (error) => this.#complain(error),
    });
  }

  get #isOpen(): boolean {
    const isAllowed = !this.#isDraining && !this.isPaused && !this.#isStoreDown;
    return isAllowed && this.#parts.pulse.now() < this.#safeUntil;
  }

  get #room(): number {
    let size = 0;
    for (const { window } of this.#active.values()) size += window.size;
    return this.#reader.capacity - size;
  }

  #rules(): DraftRules {
    const { subscription, clock, solitude } = this.#parts;
    const goesOn = !this.#isDraining && !this.isPaused && solitude.isFree && !this.#runner.isShareTaken();
    return { onDead: subscription.onDead, goesOn, now: clock.now() };
  }

  #admit(entry: LogEntry, orderKey: string, partition: Partition): void {
    const key = this.#keys.of(orderKey, partition);
    const delivery = new Delivery(entry, key);
    if (key.hold !== undefined) {
      key.waiting.push(delivery);
      this.#committer.extend(key);
    } else if (this.#parts.subscription.batch !== undefined && (key.isFree || key.isLastQueued)) {
      key.waiting.push(delivery);
      this.#runner.queue(delivery);
    } else if (key.isFree) {
      key.head = delivery;
      this.#runner.queue(delivery);
    } else key.waiting.push(delivery);
  }

  /** What ends in place of a call waits as well for its commit. */
  #end(ending: Ending): void {
    this.#committer.add(ending);
  }

  /** A member of a batch that was taken apart joins what waits behind its key, in order. */
  #join(delivery: Delivery): void {
    delivery.key.waitInOrder(delivery);
    this.#committer.extend(delivery.key);
  }

  #settled(draft: Draft): void {
    draft.settle(this.#parts.pulse.now());
    for (const change of draft.keyChanges) {
      if (change.key.partition.state === 'lost') continue;
      applyKeyChange(change);
      if (change.next !== undefined && change.key.head === change.next) this.#runner.queueBegun(change.next);
    }
    for (const ending of draft.endings)
      for (const delivery of ending.members)
        if (delivery.partition.state !== 'lost') this.#settle(ending, delivery);
    for (const { key } of draft.keyChanges)
      if (key.waiting.length > 0 && key.hold !== undefined) this.#committer.extend(key);
    this.#turned();
    if (this.#leaving.size > 0) void this.#releaseLeaving();
    this.#reader.resume();
    this.go();
  }

  #turned(): void {
    for (const resolve of this.#turns.splice(0)) resolve();
  }

  #settle(ending: Ending, delivery: Delivery): void {
    const { key, replay } = delivery;
    if (ending.kind === 'begin') {
      this.#runner.queueBegun(delivery);
      return;
    }
    if (ending.kind === 'runOn') return;
    this.#runner.over(delivery);
    if (key.head === delivery) key.head = undefined;
    if (ending.kind === 'retry') {
      if (replay !== undefined) this.#ledger.scheduleReplay(delivery, ending.dueAt);
    } else if (isSuccess(ending) || ending.kind === 'dead') {
      this.#ledger.replayEnded(delivery);
      this.#tell(ending, delivery);
    }
    this.#proceed(key);
  }

  #tell(ending: Success | Death, delivery: Delivery): void {
    const { position, attempts, failures } = delivery;
    const { name } = this;
    if (ending.kind === 'dead') {
      const { logger } = this.#parts;
      const { id, type } = delivery.entry;
      logger.warn(
        { subscription: name, eventId: id, eventType: type, attempts, error: failures.at(-1)?.error.message },
        'A delivery is a dead letter',
      );
      if (ending.stops) void this.#close();
    }
    const status = ending.kind === 'done' ? 'handled' : ending.kind;
    this.#parts.told({ position, status, attempts });
  }

  /** The policy wants nothing more to be delivered until an operator says so. */
  async #close(): Promise<void> {
    try {
      await this.#standing.pauseBy(() => this.#parts.store.deliveries.setPaused(this.name, true));
    } catch (error) {
      this.#complain(error);
    }
  }

  /**
   * The next of a key of which nothing is on its way. One that is held waits for its time: whatever frees a key comes by
   * here, so that none is free, held and forgotten.
   */
  #proceed(key: KeyState): void {
    if (!key.isFree || key.partition.state !== 'active') return;
    if (this.#ledger.beginReplayOf(key)) return;
    if (key.hold !== undefined) {
      if (key.waiting.length > 0) this.#committer.extend(key);
      this.#ledger.schedule(key);
    } else if (this.#parts.subscription.batch !== undefined) this.#requeue(key);
    else {
      const next = key.waiting.shift();
      key.head = next;
      if (next === undefined) this.#keys.tidy(key);
      else this.#runner.queue(next);
    }
  }

  /** In batches, those that waited behind a held key are in no lane. */
  #requeue(key: KeyState): void {
    for (const delivery of key.waiting.filter(({ isQueued }) => !isQueued)) this.#runner.queueAlone(delivery);
    this.#keys.tidy(key);
  }

  #moved(): void {
    this.#settleIdle(this.#parts.pulse.now());
    this.go();
  }

  /** Begins what may begin, and sees to it that the next time is not missed. */
  go(): void {
    if (this.#isOpen) {
      this.#ledger.takeDue();
      this.#runner.pump();
    }
    this.#arm();
    this.#parts.changed();
  }

  #arm(): void {
    const { clock } = this.#parts;
    const now = clock.now();
    const soonest = Math.min(laterThan(now, this.#ledger.nextAt), laterThan(now, this.#runner.nextAt));
    const next = soonest === Number.POSITIVE_INFINITY || !this.#isOpen ? undefined : soonest;
    if (next === this.#armedAt) return;
    this.#cancelTimer?.();
    this.#armedAt = next;
    if (next === undefined) return;
    this.#cancelTimer = clock.after(Math.min(next - now, MAX_DELAY_MS), () => {
      this.#armedAt = undefined;
      this.go();
    });
  }

  #settleIdle(now: number): void {
    for (const partition of this.#active.values()) {
      const { window, settledAt } = partition;
      const ahead = window.low - window.settledLow;
      if (ahead >= SETTLE_POSITIONS || (ahead > 0 && now - settledAt >= SETTLE_AFTER_MS))
        this.#committer.touch(partition);
    }
  }

  async #releaseLeaving(): Promise<void> {
    const free = [...this.#leaving].filter(({ underWay }) => underWay === 0);
    if (free.length === 0) return;
    for (const partition of free) this.#drop(partition, stopped());
    try {
      await this.#parts.store.deliveries.release(free.map(({ lease }) => lease));
    } catch (error) {
      // They expire by themselves.
      this.#complain(error);
    }
  }

  #lost(partitions: readonly Partition[], error: unknown): void {
    for (const partition of partitions) this.#drop(partition, error);
    this.#parts.logger.warn(
      {
        subscription: this.name,
        partitions: partitions.map(({ number }) => number),
        error: messageOf(error),
      },
      'Leases are not held any more',
    );
    void this.#seekLeases(partitions, error);
  }

  /** A lease under which it is not known what was committed is still this process's own. */
  async #seekLeases(partitions: readonly Partition[], error: unknown): Promise<void> {
    const isUnknown = error instanceof MortarError && error.code === 'MORTAR_COMMIT_UNKNOWN';
    try {
      if (isUnknown) await this.#parts.store.deliveries.release(partitions.map(({ lease }) => lease));
    } catch (cause) {
      this.#complain(cause);
    }
    this.#parts.lostLease();
  }

  #drop(partition: Partition, reason: unknown): void {
    partition.lose(reason);
    if (this.#active.get(partition.number) === partition) this.#active.delete(partition.number);
    this.#leaving.delete(partition);
    this.#keys.drop(partition);
    this.#ledger.drop(partition);
  }

  #storeFailed(error: unknown): void {
    if (!this.#isStoreDown) this.#complain(error);
    this.#isStoreDown = true;
  }

  #complain(error: unknown): void {
    this.#parts.logger.warn(
      { subscription: this.name, error: messageOf(error) },
      'The store does not answer as it should',
    );
  }
}

/** What is due by now has begun, or waits for something else than time. */
function laterThan(now: number, time: number | undefined): number {
  return time === undefined || time <= now ? Number.POSITIVE_INFINITY : time;
}

function stopped(): DOMException {
  return new DOMException('The deliveries were stopped.', 'AbortError');
}
