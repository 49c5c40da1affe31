import type { QueueOptions } from '../../subscription.js';
import type { Delivery } from '../delivery.js';
import { WaitingRoom } from './waiting-room.js';

/** How many may wait where no one said. */
export const DEFAULT_MAX_SIZE = 10_000;

/** A delivery that a full queue gave up. */
export interface Refusal {
  readonly delivery: Delivery;
  readonly reason: 'refused' | 'dropped';
}

/** How a gate lets through. */
export interface GateOptions {
  /** How many deliveries may run at once; no limit unless said. */
  readonly limit?: number;
  /** Whether a delivery holds its key until it leaves, or only until it is begun (batches keep the order themselves). */
  readonly holdsKeys?: boolean;
  readonly queue?: QueueOptions;
}

/** What the gates of a bus have in common. */
export interface GateSurroundings {
  /** Starts a delivery that was let through. It ends with a call of `leave`. */
  begin(delivery: Delivery): void;
  /** A queue that holds producers back has become too long (+1) or short enough again (-1). */
  pressed(change: 1 | -1): void;
}

/**
 * Decides when a delivery to one subscription may run: within the limit, one at a time for each key and in the key's
 * order, by priority. Invariant: a delivery that was added is begun or given up exactly once, and whoever holds a
 * key or a slot gives it back by `leave`.
 */
export class Gate {
  readonly #room = new WaitingRoom<Delivery>();
  readonly #limit: number;
  readonly #maxSize: number;
  readonly #whenFull: NonNullable<QueueOptions['whenFull']>;
  readonly #surroundings: GateSurroundings;
  readonly #holdsKeys: boolean;
  #active = 0;
  /** Deliveries between two attempts: they hold their key, not a slot. */
  readonly #resting = new Map<Delivery, () => void>();
  #isPressed = false;
  #isPumping = false;

  constructor(surroundings: GateSurroundings, options: GateOptions = {}) {
    this.#surroundings = surroundings;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
    this.#holdsKeys = options.holdsKeys ?? true;
    this.#maxSize = options.queue?.maxSize ?? DEFAULT_MAX_SIZE;
    this.#whenFull = options.queue?.whenFull ?? 'wait';
  }

  /** Deliveries that wait for their turn or their next attempt. */
  get waiting(): number {
    return this.#room.size + this.#resting.size;
  }

  /** Whether a delivery of this key could run at once. */
  isFree(key: string | undefined): boolean {
    return this.#active < this.#limit && this.#room.readySize === 0 && !this.#room.isOccupied(key);
  }

  /** Takes a slot and the key for a delivery that runs already; only while `isFree`. */
  enter(delivery: Delivery): void {
    this.#active += 1;
    if (this.#holdsKeys && delivery.key !== undefined) this.#room.occupy(delivery.key);
  }

  /** Begins the delivery when its turn comes. Answers with what had to be given up for it, if anything. */
  add(delivery: Delivery): Refusal | undefined {
    if (this.isFree(delivery.key)) {
      this.enter(delivery);
      this.#surroundings.begin(delivery);
      return undefined;
    }
    const refusal = this.waiting >= this.#maxSize ? this.#makeRoom(delivery) : undefined;
    if (refusal?.delivery !== delivery) this.#room.push(delivery);
    this.#updatePressure();
    return refusal;
  }

  /** A delivery has come to its end: its slot and its key are free. */
  leave(delivery: Delivery): void {
    this.#active -= 1;
    if (this.#holdsKeys) this.#room.release(delivery.key);
    this.#pump();
  }

  /**
   * A delivery's attempt failed and another is due: its slot is free, its key is not. `schedule` is given the
   * function to call when the time has come, and answers with the one that calls it off.
   */
  rest(delivery: Delivery, schedule: (resume: () => void) => () => void): void {
    this.#active -= 1;
    const cancel = schedule(() => {
      this.#resting.delete(delivery);
      // What waits in the room is the room's to release: it may be evicted or cleared before it begins again.
      delivery.gate = undefined;
      this.#room.putBack(delivery);
      this.#pump();
    });
    this.#resting.set(delivery, cancel);
    this.#pump();
  }

  /** Forgets all that waits. */
  clear(): void {
    for (const [delivery, cancel] of this.#resting) {
      cancel();
      delivery.gate = undefined;
      if (this.#holdsKeys) this.#room.release(delivery.key);
    }
    this.#resting.clear();
    this.#room.clear();
    this.#updatePressure();
  }

  /** Begins what may run. A loop, not a recursion: a delivery that ends at once comes back here. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#active < this.#limit) {
      const next = this.#room.take();
      if (next === undefined) break;
      this.#active += 1;
      if (!this.#holdsKeys) this.#room.release(next.key);
      this.#surroundings.begin(next);
    }
    this.#isPumping = false;
    this.#updatePressure();
  }

  #makeRoom(delivery: Delivery): Refusal | undefined {
    if (this.#whenFull === 'wait') {
      return this.waiting < 2 * this.#maxSize ? undefined : { delivery, reason: 'refused' };
    }
    const victim = this.#whenFull === 'dropLowest' ? this.#room.evictBelow(delivery.priority) : undefined;
    return victim === undefined ? { delivery, reason: 'refused' } : { delivery: victim, reason: 'dropped' };
  }

  /** Whether it asks for no more: since more wait than it should hold, until half of these are gone. */
  get isPressed(): boolean {
    return this.#isPressed;
  }

  #updatePressure(): void {
    const most = this.#isPressed ? Math.floor(this.#maxSize / 2) : this.#maxSize;
    const isPressed = this.#whenFull === 'wait' && this.waiting > most;
    if (isPressed === this.#isPressed) return;
    this.#isPressed = isPressed;
    this.#surroundings.pressed(isPressed ? 1 : -1);
  }
}
