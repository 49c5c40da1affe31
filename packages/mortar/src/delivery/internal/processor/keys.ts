import type { LogEntry, Position } from '../../../event-store/index.js';
import { type Delivery, type KeyChange, KeyState } from './delivery.js';
import type { Partition } from './partition.js';

/** How many events of a held key are kept at hand. */
const MAX_TAIL = 16;

/** The order keys of a subscription of which something is on its way or held. */
export class Keys {
  readonly #keys = new Map<string, KeyState>();
  readonly #holdsAll: ((orderKey: string) => boolean) | undefined;
  /** Those of them that hold all others: few, so that they can be asked about for every event. */
  readonly #holdingAll = new Set<KeyState>();

  constructor(holdsAll: ((orderKey: string) => boolean) | undefined) {
    this.#holdsAll = holdsAll;
  }

  values(): IterableIterator<KeyState> {
    return this.#keys.values();
  }

  /** The key, made if nothing of it is known. */
  of(orderKey: string, partition: Partition): KeyState {
    const present = this.#keys.get(orderKey);
    if (present !== undefined) return present;
    const made = new KeyState(orderKey, partition);
    this.#keys.set(orderKey, made);
    if (this.#holdsAll?.(orderKey) === true) this.#holdingAll.add(made);
    return made;
  }

  /** Whether a key is held that holds all others. */
  isAllHeld(): boolean {
    for (const { hold } of this.#holdingAll) if (hold !== undefined) return true;
    return false;
  }

  /**
   * Whether an event may not be handed on yet. One that holds all others is when all before it is over or held, and what comes
   * behind it when it is over: else what is put off for an outage would come after it, or what it holds before it.
   */
  isHeldBack(position: Position, orderKey: string, { window }: Partition): boolean {
    if (this.#holdsAll === undefined) return false;
    if (window.size > 0 && this.#holdsAll(orderKey)) return true;
    for (const key of this.#holdingAll) if (key.isOpenBefore(position)) return true;
    return false;
  }

  /** Forgets a key of which nothing is left. */
  tidy(key: KeyState): void {
    const isFlowing = key.isFree && key.hold === undefined && key.waiting.length === 0;
    const isOver = isFlowing && key.replayCount === 0 && key.inBatches === 0;
    if (isOver && this.#keys.get(key.orderKey) === key) this.#forget(key);
  }

  /** Forgets the keys of a partition. */
  drop(partition: Partition): void {
    for (const key of this.#keys.values()) if (key.partition === partition) this.#forget(key);
  }

  #forget(key: KeyState): void {
    this.#keys.delete(key.orderKey);
    this.#holdingAll.delete(key);
  }
}

/** Does to a key what was committed. Its next delivery, if there is one, becomes its head where it has begun. */
export function applyKeyChange({ key, row, absorbed, next }: KeyChange): void {
  const isTailComplete = key.hold === undefined || key.tailTo === key.hold.last;
  const held = key.waiting.splice(0, absorbed);
  for (const delivery of held) delivery.isAbsorbed = true;
  if (row === undefined) {
    forgetHold(key);
    return;
  }
  if (key.hold === undefined) {
    key.tail = [];
    key.tailTo = row.first;
  }
  if (next !== undefined) {
    key.tail.shift();
    key.first = next.entry;
    key.hasDied = false;
    if (row.state === 'running') key.head = next;
  }
  if (isTailComplete) extendTail(key, held, row.last);
  key.hold = row;
}

/** What is known of the tail does not count any more: it is read again. */
export function forgetTail(key: KeyState): void {
  key.tail = [];
  key.tailTo = key.hold?.first;
}

/** Notes a part of the tail that was read. */
export function addToTail(key: KeyState, entries: readonly LogEntry[], to: KeyState['tailTo']): void {
  key.tail.push(...entries);
  key.tailTo = to;
}

function extendTail(key: KeyState, held: readonly Delivery[], last: KeyState['tailTo']): void {
  // Of a batch that was taken apart, some may have been read again already.
  const added = held.filter(({ position }) => position > (key.tailTo ?? 0));
  const kept = added.slice(0, Math.max(0, MAX_TAIL - key.tail.length));
  key.tail.push(...kept.map(({ entry }) => entry));
  key.tailTo = kept.length === added.length ? last : (kept.at(-1)?.position ?? key.tailTo);
}

function forgetHold(key: KeyState): void {
  key.hold = undefined;
  key.tail = [];
  key.tailTo = undefined;
  key.first = undefined;
  key.hasDied = false;
}
