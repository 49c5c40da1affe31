import type { Envelope } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import type { QueueOptions } from '../../subscription.js';
import { Fifo } from './fifo.js';
import { DEFAULT_MAX_SIZE } from './gate.js';
import { WaitingRoom } from './waiting-room.js';

/** What an intake works with. */
export interface IntakeParts {
  readonly queue: QueueOptions;
  /** Brings an event to its handlers. Never throws. */
  readonly route: (envelope: Envelope) => void;
  /** Whether all that is downstream asks for no more. */
  readonly isBlocked: () => boolean;
  /** Whether a subscription to this event asks for no more, so that the event has to wait and others may pass. */
  readonly isHeldBack: (envelope: Envelope) => boolean;
  /** It has come to the end of what it can do for now. */
  readonly paused: () => void;
  /** An accepted event gave way to one of higher priority. */
  readonly dropped: (envelope: Envelope) => void;
}

/** An event whose sender waits for room. */
interface AtTheDoor {
  readonly envelope: Envelope;
  readonly enter: () => void;
}

/** Events brought to handlers before the event loop gets its turn. */
const SLICE = 256;
const ENTERED: Promise<void> = Promise.resolve();

/**
 * The queue of enqueued and published events: bounded, by priority, in the order of each key.
 *
 * Under `wait`, a sender beyond the bound is held at the door, and beyond twice the bound refused. What handlers
 * publish may use the room up to twice the bound: if it had to wait, a full queue whose handlers all publish would
 * never empty.
 */
export class Intake {
  readonly #parts: IntakeParts;
  readonly #room = new WaitingRoom<Envelope>();
  /** Events that were taken and are held back; they keep their keys. */
  readonly #aside = new Fifo<Envelope>();
  readonly #door = new Fifo<AtTheDoor>();
  readonly #maxSize: number;
  #isScheduled = false;
  /** How many more events are brought to handlers in this turn of the event loop. */
  #left = SLICE;
  #isRefilling = false;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#maxSize = parts.queue.maxSize ?? DEFAULT_MAX_SIZE;
  }

  /** Events that have not been brought to their handlers. */
  get waiting(): number {
    return this.#size + this.#door.size;
  }

  /** Whether it goes on by itself. */
  get isUnderWay(): boolean {
    return this.#room.readySize > 0 && !this.#parts.isBlocked();
  }

  get #size(): number {
    return this.#room.size + this.#aside.size;
  }

  /** Whether something that waits must be brought to its handlers before an event of this key. */
  isAhead(key: string | undefined): boolean {
    return key !== undefined && (this.#room.isOccupied(key) || this.#door.size > 0);
  }

  /**
   * Accepts an event. Resolves when it has room; at once for a sender who must not wait, a handler on the stack: the
   * room may have to be made by its own end.
   * @throws MortarError `MORTAR_QUEUE_FULL`
   */
  push(envelope: Envelope, mayWait: boolean): Promise<void> {
    if (this.#size < this.#maxSize) return this.#enter(envelope);
    const { whenFull = 'wait' } = this.#parts.queue;
    if (whenFull === 'wait' && this.waiting < 2 * this.#maxSize) {
      return mayWait ? this.#waitAtTheDoor(envelope) : this.#enter(envelope);
    }
    const victim = whenFull === 'dropLowest' ? this.#room.evictBelow(envelope.priority) : undefined;
    if (victim === undefined) throw this.#full();
    this.#parts.dropped(victim);
    return this.#enter(envelope);
  }

  /**
   * Accepts what a handler published: all of it or nothing.
   * @throws MortarError `MORTAR_QUEUE_FULL`
   */
  pushPublished(envelopes: readonly Envelope[]): void {
    if (this.waiting + envelopes.length > 2 * this.#maxSize) throw this.#full();
    for (const envelope of envelopes) this.#enter(envelope);
  }

  /** Goes on, if there is something to do and nothing in the way. */
  wake(): void {
    if (this.#isScheduled || !this.isUnderWay) return;
    this.#isScheduled = true;
    if (this.#left > 0) queueMicrotask(this.#run);
    else setImmediate(this.#run);
  }

  /** A subscription that held events back takes more: what was held back has its turn again. */
  letGo(): void {
    for (let next = this.#aside.shift(); next !== undefined; next = this.#aside.shift())
      this.#room.putBack(next);
    this.wake();
  }

  /** Gives up all that waits, and answers with it. */
  clear(): Envelope[] {
    const cleared: Envelope[] = [];
    for (let next = this.#aside.shift(); next !== undefined; next = this.#aside.shift()) {
      cleared.push(next);
      this.#room.release(next.key);
    }
    cleared.push(...this.#room.clear());
    for (let next = this.#door.shift(); next !== undefined; next = this.#door.shift()) {
      cleared.push(next.envelope);
      next.enter();
    }
    return cleared;
  }

  readonly #run = (): void => {
    while (this.#left > 0 && !this.#parts.isBlocked()) {
      const envelope = this.#room.take();
      if (envelope === undefined) break;
      this.#left -= 1;
      if (this.#parts.isHeldBack(envelope)) {
        this.#aside.push(envelope);
        continue;
      }
      this.#room.release(envelope.key);
      this.#openTheDoor();
      this.#parts.route(envelope);
    }
    this.#refill();
    this.#isScheduled = this.isUnderWay;
    if (this.#isScheduled) setImmediate(this.#run);
    else this.#parts.paused();
  };

  /** The next turn of the event loop has a slice of its own; microtasks alone don't get another. */
  #refill(): void {
    if (this.#left === SLICE || this.#isRefilling) return;
    this.#isRefilling = true;
    setImmediate(() => {
      this.#isRefilling = false;
      this.#left = SLICE;
    });
  }

  #enter(envelope: Envelope): Promise<void> {
    this.#room.push(envelope);
    this.wake();
    return ENTERED;
  }

  #waitAtTheDoor(envelope: Envelope): Promise<void> {
    return new Promise((enter) => this.#door.push({ envelope, enter }));
  }

  #openTheDoor(): void {
    if (this.#size >= this.#maxSize) return;
    const next = this.#door.shift();
    if (next === undefined) return;
    this.#room.push(next.envelope);
    next.enter();
  }

  #full(): MortarError {
    return new MortarError('MORTAR_QUEUE_FULL', {
      rule: 'Queues are bounded.',
      expected: `at most ${this.#maxSize} waiting events, and as many at the door`,
      got: `${this.waiting} that wait already`,
    });
  }
}
