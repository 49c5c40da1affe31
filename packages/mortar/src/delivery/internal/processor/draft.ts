import type { Position } from '../../../event-store/index.js';
import type { Unit } from '../../../unit-of-work/index.js';
import type { LetterChange } from '../../dead-letter-store.js';
import type { DeliveryBatch, HeldKey, Progress } from '../../delivery-store.js';
import {
  type Death,
  Delivery,
  type Ending,
  isSuccess,
  type KeyChange,
  type KeyState,
  type Unfinished,
} from './delivery.js';
import type { Partition } from './partition.js';

/** What a draft asks of the subscription. */
export interface DraftRules {
  readonly onDead: 'hold' | 'continue';
  /** Whether the next delivery of a held key is begun at once. */
  readonly goesOn: boolean;
  readonly now: number;
}

/** A batch in the making: what endings come to, as changes of the store, and then of what is in memory. */
export class Draft {
  readonly endings: Ending[] = [];
  readonly keyChanges: KeyChange[] = [];
  readonly partitions: Set<Partition> = new Set();
  readonly #rules: DraftRules;
  readonly #units: Unit[] = [];
  readonly #letters: LetterChange[] = [];
  readonly #accounted: Delivery[] = [];
  readonly #lows = new Map<Partition, Position>();

  constructor(rules: DraftRules) {
    this.#rules = rules;
  }

  get isEmpty(): boolean {
    return this.partitions.size === 0;
  }

  get units(): readonly Unit[] {
    return this.#units;
  }

  /** Takes what has ended. The tails of held keys that go on are at hand. */
  add(ending: Ending): void {
    this.endings.push(ending);
    for (const { partition } of ending.members) this.partitions.add(partition);
    if (isSuccess(ending)) {
      for (const delivery of ending.members) this.#end(delivery);
      if (ending.unit !== undefined) this.#units.push(ending.unit);
    } else {
      const [delivery] = ending.members;
      if (delivery.replay === undefined) this.#change(delivery, ending);
      else this.#changeReplay(delivery, ending);
    }
  }

  /** Holds what waits behind a held key, of which nothing has ended. */
  extend(key: KeyState): void {
    if (key.hold === undefined) return;
    this.partitions.add(key.partition);
    this.#hold(key, key.hold);
  }

  /** Commits how far a partition has come, and nothing else. */
  touch(partition: Partition): void {
    this.partitions.add(partition);
  }

  batch(subscription: string): DeliveryBatch {
    const hold: HeldKey[] = [];
    const release: { partition: number; orderKey: string }[] = [];
    for (const { key, row } of this.keyChanges) {
      if (row === undefined) release.push({ partition: key.partition.number, orderKey: key.orderKey });
      else hold.push(row);
    }
    const progress: Progress[] = [];
    for (const partition of this.partitions) {
      const place = partition.window.progress();
      progress.push({ ...partition.lease, ...place });
      this.#lows.set(partition, place.low);
    }
    return { subscription, progress, units: this.#units, hold, release, letters: this.#letters };
  }

  /** The batch was committed. */
  settle(now: number): void {
    for (const [partition, low] of this.#lows) {
      partition.window.settle(low);
      partition.settledAt = now;
    }
  }

  /** The batch was not committed: nothing of it is accounted for. */
  takeBack(): void {
    for (const { partition, position } of this.#accounted) partition.window.takeBack(position);
  }

  #account(delivery: Delivery): void {
    delivery.partition.window.account(delivery.position);
    this.#accounted.push(delivery);
  }

  #end(delivery: Delivery): void {
    const { key, replay, position } = delivery;
    if (replay !== undefined) {
      const note = replay.edited === undefined ? undefined : `edited as ${replay.edited.id}`;
      this.#letters.push({ kind: 'replayed', letterId: replay.letterId, note });
    }
    if (key.hold === undefined) {
      if (replay === undefined) this.#account(delivery);
    } else if (key.hold.first === position) this.#goOn(key, key.hold);
  }

  #change(delivery: Delivery, ending: Death | Unfinished): void {
    const { key, attempts, failures } = delivery;
    if (ending.kind === 'dead') {
      this.#bury(delivery, ending.reason);
      if (this.#rules.onDead === 'continue') this.#end(delivery);
      else this.#holdAt(delivery, { state: 'dead', attempts, failures, dueAt: this.#rules.now });
    } else if (ending.kind === 'retry')
      this.#holdAt(delivery, { state: 'retrying', attempts, failures, dueAt: ending.dueAt });
    else if (key.hold === undefined || ending.kind === 'begin')
      this.#holdAt(delivery, { state: 'running', attempts, failures, dueAt: this.#rules.now });
  }

  #changeReplay(delivery: Delivery, ending: Death | Unfinished): void {
    const { replay, attempts, failures } = delivery;
    if (ending.kind === 'dead') this.#bury(delivery, ending.reason);
    else if (replay !== undefined) {
      const isRunning = ending.kind !== 'retry';
      const dueAt = ending.kind === 'retry' ? ending.dueAt : this.#rules.now;
      this.#letters.push({
        kind: 'replaying',
        letterId: replay.letterId,
        attempts,
        isRunning,
        dueAt,
        failures,
      });
    }
  }

  #bury(
    { entry, attempts, failures }: Delivery,
    reason: Extract<LetterChange, { kind: 'dead' }>['reason'],
  ): void {
    this.#letters.push({ kind: 'dead', entry, reason, attempts, failures });
  }

  #holdAt(delivery: Delivery, state: Pick<HeldKey, 'state' | 'attempts' | 'failures' | 'dueAt'>): void {
    const { key, position } = delivery;
    if (key.hold === undefined) this.#account(delivery);
    key.first = delivery.entry;
    this.#hold(key, {
      partition: key.partition.number,
      orderKey: key.orderKey,
      first: position,
      last: key.hold?.last ?? position,
      ...state,
    });
  }

  /** The key's first delivery is over: the next of its tail is its first, or the key flows. */
  #goOn(key: KeyState, { last }: HeldKey): void {
    const [entry] = key.tail;
    if (entry === undefined) {
      this.keyChanges.push({ key, row: undefined, absorbed: 0, next: undefined });
      return;
    }
    const { now } = this.#rules;
    const goesOn = this.#rules.goesOn && key.partition.state === 'active';
    const next = new Delivery(entry, key);
    next.attempts = goesOn ? 1 : 0;
    next.isCounted = goesOn;
    this.#hold(
      key,
      {
        partition: key.partition.number,
        orderKey: key.orderKey,
        first: entry.position,
        last,
        state: goesOn ? 'running' : 'retrying',
        attempts: next.attempts,
        dueAt: now,
        failures: next.failures,
      },
      next,
    );
  }

  #hold(key: KeyState, row: HeldKey, next?: Delivery): void {
    for (const delivery of key.waiting) this.#account(delivery);
    const last = Math.max(row.last, key.waiting.at(-1)?.position ?? 0) as Position;
    this.keyChanges.push({ key, row: { ...row, last }, absorbed: key.waiting.length, next });
  }
}
