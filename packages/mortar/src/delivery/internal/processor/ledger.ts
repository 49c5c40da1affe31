import { MortarError } from '../../../errors/index.js';
import {
  type EventStore,
  keyHashOf,
  type LogEntry,
  type LogPage,
  type Position,
  partitionOf,
} from '../../../event-store/index.js';
import type { DurableDeadLetterStore, ReplayingLetter } from '../../dead-letter-store.js';
import type { DeliveryStore, HeldKey } from '../../delivery-store.js';
import { recordError } from '../../recorded-error.js';
import type { Solitude } from '../solitude.js';
import { Delivery, type KeyState } from './delivery.js';
import { DueQueue } from './due-queue.js';
import { addToTail, type Keys } from './keys.js';
import type { Partition } from './partition.js';
import { before } from './window.js';

/** What a ledger works with. */
export interface LedgerParts {
  readonly subscription: string;
  readonly types: readonly string[] | undefined;
  /** How many partitions the subscription has. */
  readonly partitions: number;
  /** By what entries are kept in order. */
  readonly orderKey: (entry: LogEntry) => string;
  /** Whether that is what the store looks entries up by. */
  readonly isOrderStored: boolean;
  readonly events: EventStore;
  readonly store: DeliveryStore;
  readonly letters: DurableDeadLetterStore;
  readonly keys: Keys;
  readonly solitude: Solitude;
  /** The partitions whose deliveries may begin, by number. */
  readonly active: () => ReadonlyMap<number, Partition>;
  readonly now: () => number;
  /** A delivery is the head of its key, and is to be begun: its attempt is recorded, then its handler called. */
  readonly begin: (delivery: Delivery) => void;
  /** Whether one more may be begun beside so many that are about to be. */
  readonly hasSlot: (aboutToBegin: number) => boolean;
  /** The attempt of a delivery that is the head of its key was ended by the end of its process, once too often. */
  readonly died: (delivery: Delivery, error: unknown) => void;
  /** The letter of a held key's first delivery is over: the key goes on without it. */
  readonly givenUp: (delivery: Delivery) => void;
  /** A key may have something to do. */
  readonly proceed: (key: KeyState) => void;
  readonly failed: (error: unknown) => void;
  /** Something may be due. */
  readonly changed: () => void;
}

/** How many calls a process must not have survived before its end is taken for the delivery's fault. */
const DEATHS_BEFORE_BLAME = 3;
const TAIL_PAGE = 100;
/** How much is read at once where the store can't leave out what is of other keys. */
const SIFTED_PAGE = 500;
const LETTERS_AT_ONCE = 1_000;
/** As many as a store gives at once. */
const MAX_LETTERS = 10_000;
const MAX_FAILURES = 20;

/** Deliveries that have failed: held keys and their tails, and the replays of dead letters, each at its time. */
export class Ledger {
  readonly #parts: LedgerParts;
  readonly #due = new DueQueue<KeyState | Delivery>();
  /** By the id of their letter. */
  readonly #replays = new Map<string, Delivery>();
  /** Keys whose first event is being read. */
  #loading = 0;
  /** Replays that ended while the letters were being read. */
  readonly #endedMeanwhile = new Set<string>();
  /** Whether there are letters to be replayed that are not at hand, and how many that were are used up since. */
  #hasMoreReplays = false;
  #usedReplays = 0;
  #isSweeping = false;
  #isSweepAsked = false;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
  }

  get nextAt(): number | undefined {
    return this.#due.nextAt;
  }

  /** Whether a sweep is under way or asked for. */
  get isSweeping(): boolean {
    return this.#isSweeping || this.#isSweepAsked;
  }

  /** Takes over what is held of partitions that are taken. */
  async load(partitions: readonly Partition[]): Promise<void> {
    const { store, subscription, keys } = this.#parts;
    const byNumber = new Map(partitions.map((partition) => [partition.number, partition]));
    for (const held of await store.heldKeys(subscription, [...byNumber.keys()])) {
      const partition = byNumber.get(held.partition);
      if (partition === undefined || partition.state === 'lost') continue;
      const key = keys.of(held.orderKey, partition);
      key.hold = held;
      key.tailTo = held.first;
      key.hasDied = held.state === 'running';
      if (held.state !== 'dead') this.#due.push(key, key.hasDied ? 0 : held.dueAt);
    }
    this.sweep();
  }

  /** A held key is to be tried again at its time. One that waits for its dead letter has none. */
  schedule(key: KeyState): void {
    if (key.hold !== undefined && key.hold.state !== 'dead')
      this.#due.push(key, key.hasDied ? 0 : key.hold.dueAt);
  }

  /** A replay is to be tried again at a time. */
  scheduleReplay(replay: Delivery, dueAt: number): void {
    this.#due.push(replay, dueAt);
    this.#useReplay();
  }

  replayEnded({ replay, key }: Delivery): void {
    if (replay === undefined) return;
    if (this.#replays.delete(replay.letterId)) key.replayCount -= 1;
    if (this.#isSweeping) this.#endedMeanwhile.add(replay.letterId);
    this.#useReplay();
  }

  /** More are looked for before those at hand run out. */
  #useReplay(): void {
    this.#usedReplays += 1;
    if (this.#runsOut && !this.isSweeping) this.sweep();
  }

  get #runsOut(): boolean {
    return this.#hasMoreReplays && this.#usedReplays >= LETTERS_AT_ONCE / 2;
  }

  /** Begins what is due, as far as it can be called: what is recorded as begun is taken for what a process died of. */
  takeDue(): void {
    const now = this.#parts.now();
    while (this.#parts.hasSlot(this.#loading)) {
      const item = this.#due.take(now);
      if (item === undefined) return;
      if (item instanceof Delivery) this.#beginReplay(item);
      else this.#beginKey(item, now);
    }
  }

  /** Looks for letters that are to be replayed, and for held keys whose letter is over. */
  sweep(): void {
    this.#isSweepAsked = true;
    if (!this.#isSweeping) void this.#sweepAll();
  }

  drop(partition: Partition): void {
    for (const [id, delivery] of this.#replays)
      if (delivery.partition === partition) this.#replays.delete(id);
  }

  /** Reads the next part of a held key's tail: some of it, unless nothing is left. */
  async readTail(key: KeyState): Promise<void> {
    const { hold } = key;
    if (hold === undefined) return;
    for (;;) {
      const page = await this.#readTailPage(key, hold);
      if (key.hold !== hold && key.hold?.first !== hold.first) return;
      const isWhole = page.isEnd || page.next >= hold.last;
      addToTail(key, page.entries, isWhole ? hold.last : page.next);
      if (isWhole || page.entries.length > 0) return;
    }
  }

  /** An order of the subscription's own is no matter of the store: it gives all, and what is of other keys is left out here. */
  async #readTailPage(key: KeyState, { first, last: to }: HeldKey): Promise<LogPage> {
    const { events, types, isOrderStored } = this.#parts;
    const ofTypes = types === undefined ? {} : { types };
    const after = key.tailTo ?? first;
    if (isOrderStored) {
      const filter = { ...ofTypes, orderKeys: [key.orderKey] };
      return events.readAll({ after, to, limit: TAIL_PAGE, filter });
    }
    const page = await events.readAll({ after, to, limit: SIFTED_PAGE, filter: ofTypes });
    const { orderKey } = this.#parts;
    const own = page.entries.filter((entry) => orderKey(entry) === key.orderKey);
    return { ...page, entries: await this.#withoutLetters(own) };
  }

  /**
   * An event that could not be read had a key of its own then, and has its letter: though it is of this key now that it can be
   * read, it is no part of the tail.
   */
  async #withoutLetters(entries: readonly LogEntry[]): Promise<readonly LogEntry[]> {
    const { letters, subscription } = this.#parts;
    const found = await Promise.all(entries.map(({ id }) => letters.find(subscription, id)));
    return entries.filter((_, place) => found[place] === undefined);
  }

  #beginKey(key: KeyState, now: number): void {
    const { hold, partition } = key;
    const isStale = hold === undefined || hold.state === 'dead' || (hold.dueAt > now && !key.hasDied);
    if (isStale || !key.isFree || partition.state !== 'active') return;
    if (key.hasDied) this.#parts.solitude.take(key);
    void this.#withFirst(key, hold, (delivery) => {
      if (!key.hasDied) this.#parts.begin(delivery);
      else this.#endDead(delivery, key);
    });
  }

  /** Brings the first event of a held key to hand, as the head of its key. */
  async #withFirst(key: KeyState, hold: HeldKey, then: (delivery: Delivery) => void): Promise<void> {
    key.isLoading = true;
    this.#loading += 1;
    try {
      key.first ??= await this.#entryAt(hold.first);
    } catch (error) {
      this.#due.push(key, this.#parts.now() + 1_000);
      this.#parts.solitude.leave(key);
      this.#parts.failed(error);
      return;
    } finally {
      this.#loading -= 1;
      key.isLoading = false;
    }
    // Its row may have grown meanwhile, for what has come behind it.
    const now = key.hold;
    if (now?.first !== hold.first || key.partition.state !== 'active') {
      this.#parts.solitude.leave(key);
      this.#parts.proceed(key);
      this.#parts.changed();
      return;
    }
    const delivery = new Delivery(key.first, key);
    delivery.attempts = now.attempts;
    delivery.failures = now.failures;
    key.head = delivery;
    then(delivery);
  }

  /** The first few times the process may have ended for another reason. */
  #endDead(delivery: Delivery, key: KeyState | undefined): void {
    if (key !== undefined) key.hasDied = false;
    delivery.isRecovered = true;
    const error = processDied(delivery);
    delivery.failures = [...delivery.failures, { at: this.#parts.now(), error: recordError(error) }].slice(
      -MAX_FAILURES,
    );
    if (deathsOf(delivery) < DEATHS_BEFORE_BLAME) this.#parts.begin(delivery);
    else this.#parts.died(delivery, error);
  }

  #beginReplay(delivery: Delivery): void {
    const { partition, replay, key } = delivery;
    if (replay === undefined || partition.state !== 'active' || !this.#replays.has(replay.letterId)) return;
    if (!key.isFree) {
      key.replays.push(delivery);
      return;
    }
    key.head = delivery;
    if (!hasDied(delivery)) this.#parts.begin(delivery);
    else {
      this.#parts.solitude.take(key);
      this.#endDead(delivery, undefined);
    }
  }

  /** Begins the next replay that waits for its key, if there is one; answers whether there is. */
  beginReplayOf(key: KeyState): boolean {
    for (let next = key.replays.shift(); next !== undefined; next = key.replays.shift()) {
      if (hasDied(next) && !this.#parts.solitude.isFree) this.#due.push(next, 0);
      else this.#beginReplay(next);
      if (!key.isFree) return true;
    }
    return false;
  }

  async #sweepAll(): Promise<void> {
    this.#isSweeping = true;
    try {
      while (this.#isSweepAsked) {
        this.#isSweepAsked = false;
        // What has ended before the store is asked is found only if it is to be replayed anew.
        this.#endedMeanwhile.clear();
        await this.#sweepReplays();
        await this.#sweepDead();
      }
    } catch (error) {
      this.#parts.failed(error);
    } finally {
      this.#isSweeping = false;
      this.#endedMeanwhile.clear();
    }
    this.#parts.changed();
  }

  async #sweepReplays(): Promise<void> {
    const { letters, subscription, partitions } = this.#parts;
    // As they are now: what is found may be over where a partition is lost and taken again meanwhile.
    const active = new Map(this.#parts.active());
    const among = [...active.keys()];
    if (among.length === 0) return;
    // With those that are known, which come again, so that many that wait for a retry hide no others.
    const limit = Math.min(MAX_LETTERS, this.#replays.size + LETTERS_AT_ONCE);
    this.#usedReplays = 0;
    const found = await letters.replaying(subscription, { of: partitions, among }, limit);
    // Some of those that are known may have ended meanwhile, so fewer than the limit may be all that was asked for.
    this.#hasMoreReplays = found.length >= LETTERS_AT_ONCE;
    for (const letter of found) this.#addReplay(letter, active);
    if (this.#runsOut) this.#isSweepAsked = true;
  }

  #addReplay(letter: ReplayingLetter, active: ReadonlyMap<number, Partition>): void {
    const { keys, partitions } = this.#parts;
    if (this.#replays.has(letter.letterId) || this.#endedMeanwhile.has(letter.letterId)) return;
    const orderKey = this.#parts.orderKey(letter.entry);
    const partition = active.get(partitionOf(keyHashOf(orderKey), partitions));
    if (partition === undefined || partition.state !== 'active') return;
    const delivery = new Delivery(letter.entry, keys.of(orderKey, partition), letter);
    this.#replays.set(letter.letterId, delivery);
    delivery.key.replayCount += 1;
    this.#due.push(delivery, letter.isRunning ? 0 : letter.dueAt);
  }

  async #sweepDead(): Promise<void> {
    const { keys, letters, subscription } = this.#parts;
    const dead = [...keys.values()].filter(
      ({ hold, partition }) => hold?.state === 'dead' && partition.state === 'active',
    );
    for (let from = 0; from < dead.length; from += LETTERS_AT_ONCE) {
      const some = dead.slice(from, from + LETTERS_AT_ONCE);
      const asked = some.flatMap((key) => (key.hold?.state === 'dead' ? { key, first: key.hold.first } : []));
      const positions = asked.map(({ first }) => first);
      const open = new Set(await letters.openAt(subscription, positions));
      // Nothing was asked about the letter of a key that has gone on to another meanwhile.
      for (const { key, first } of asked) if (key.hold?.first === first) this.#endIfOver(key, open);
    }
  }

  #endIfOver(key: KeyState, open: ReadonlySet<Position>): void {
    const { hold } = key;
    if (hold?.state !== 'dead' || open.has(hold.first) || !key.isFree) return;
    void this.#withFirst(key, hold, (delivery) => this.#parts.givenUp(delivery));
  }

  async #entryAt(position: Position): Promise<LogEntry> {
    const { entries } = await this.#parts.events.readAll({ after: before(position), to: position, limit: 1 });
    const [entry] = entries;
    if (entry?.position === position) return entry;
    throw new MortarError('MORTAR_STORE_CORRUPT', {
      rule: 'A held key leads to an event of the log.',
      expected: `an event at position ${position}`,
      got: 'none',
    });
  }
}

/** Whether its attempt on record was ended by the end of a process, and is not counted yet. */
function hasDied({ replay, isRecovered }: Delivery): boolean {
  return replay?.isRunning === true && !isRecovered;
}

/** Calls in a row that no process has outlived: one that has answered since did not kill. */
function deathsOf({ failures }: Delivery): number {
  const answered = failures.findLastIndex(({ error }) => error.code !== 'MORTAR_PROCESS_DIED');
  return failures.length - 1 - answered;
}

function processDied({ attempts }: Delivery): MortarError {
  return new MortarError('MORTAR_PROCESS_DIED', {
    rule: 'A process outlives the handlers that it runs.',
    expected: `an answer to call ${attempts} of the handler`,
    got: 'the end of its process, or of its hold on the lease',
  });
}
