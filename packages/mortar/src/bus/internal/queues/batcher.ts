import type { Clock } from '../../../contracts/index.js';
import { isThenable } from '../../handler.js';
import type { Delivery } from '../delivery.js';
import type { HandlerContext } from '../handler-context.js';
import type { Registration } from '../routing/registration.js';
import { awaitMortarHandler } from '../settle-handler.js';
import { Fifo } from './fifo.js';

/** What a batcher asks of its deliverer. */
export interface BatchSurroundings {
  contextFor(delivery: Delivery): HandlerContext;
  callWithin(context: HandlerContext, registration: Registration): unknown;
  /** Settles a delivery whose attempt failed, or answers how long to wait for the next, in milliseconds. */
  conclude(delivery: Delivery, error: unknown): number | undefined;
  /**
   * Sends what a successful attempt published, and settles its delivery, unless it was given up. Throws if there is no
   * room to send.
   */
  complete(delivery: Delivery, context: HandlerContext): void;
  /** A batch that is between two calls of its handler begins (+1) or ceases (-1) to go on. */
  underWay(change: 1 | -1): void;
  /** Calls back after a while, unless the returned function is called before. */
  restFor(afterMs: number, resume: () => void): () => void;
  /** Calls `run` of the delivery's batcher when there is a slot. */
  takeSlot(delivery: Delivery): void;
  /** The batch has ended: its slot is free. */
  leaveSlot(): void;
}

/**
 * Gathers the deliveries of one subscription into batches, and handles one batch after the other, in the order in
 * which they came. A batch that fails is taken apart: each event is then attempted alone, with the attempts of its
 * policy, so that one bad event does not take the others down. The failed call as a batch counts for none of them.
 */
export class Batcher {
  readonly #surroundings: BatchSurroundings;
  readonly #clock: Clock;
  readonly #registration: Registration;
  readonly #size: number;
  readonly #withinMs: number;
  readonly #waiting = new Fifo<Delivery>();
  #isRunning = false;
  #isFlushing = false;
  #cancelRest: (() => void) | undefined = undefined;
  #cancelTimer: (() => void) | undefined = undefined;

  constructor(surroundings: BatchSurroundings, clock: Clock, registration: Registration) {
    this.#surroundings = surroundings;
    this.#clock = clock;
    this.#registration = registration;
    this.#size = registration.options.batch?.size ?? 1;
    this.#withinMs = registration.options.batch?.withinMs ?? 0;
  }

  add(delivery: Delivery): void {
    this.#waiting.push(delivery);
    this.#schedule();
  }

  /** Handles the next batch. */
  run(): void {
    const members: Delivery[] = [];
    while (members.length < this.#size) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      members.push(next);
    }
    this.#handle(members);
  }

  /** From now on, batches don't wait to become full. */
  flush(): void {
    this.#isFlushing = true;
    this.#schedule();
  }

  /** Forgets all that waits. What is being handled ends with its call. */
  clear(): void {
    this.#cancelTimer?.();
    this.#cancelRest?.();
    while (this.#waiting.shift() !== undefined);
  }

  #schedule(): void {
    if (this.#isRunning || this.#waiting.size === 0) return;
    if (this.#waiting.size >= this.#size || this.#isFlushing) this.#begin();
    else this.#cancelTimer ??= this.#clock.after(this.#withinMs, () => this.#begin());
  }

  #begin(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const leader = this.#waiting.peek();
    if (leader === undefined) return;
    this.#isRunning = true;
    this.#surroundings.takeSlot(leader);
  }

  async #handle(members: readonly Delivery[]): Promise<void> {
    this.#surroundings.underWay(1);
    const alone = members.length === 1 ? members : await this.#attemptTogether(members);
    for (const delivery of alone) await this.#attemptAlone(delivery);
    this.#isRunning = false;
    this.#surroundings.leaveSlot();
    this.#schedule();
    this.#surroundings.underWay(-1);
  }

  /** Answers with those that are still to be handled. */
  async #attemptTogether(members: readonly Delivery[]): Promise<readonly Delivery[]> {
    const contexts = members.map((delivery) => this.#surroundings.contextFor(delivery));
    try {
      await this.#call(contexts);
    } catch {
      for (const context of contexts) context.discard();
      for (const delivery of members) uncount(delivery);
      return members;
    }
    return this.#complete(members, contexts);
  }

  /**
   * Answers with those that could not be completed, since what they published found no room, and those behind them in
   * the order of their keys.
   */
  #complete(members: readonly Delivery[], contexts: readonly HandlerContext[]): readonly Delivery[] {
    const heldKeys = new Set<string | undefined>();
    return members.filter((delivery, place) => {
      const context = contexts[place] as HandlerContext;
      try {
        if (!heldKeys.has(delivery.key)) {
          this.#surroundings.complete(delivery, context);
          return false;
        }
      } catch {
        if (delivery.key !== undefined) heldKeys.add(delivery.key);
      }
      context.discard();
      uncount(delivery);
      return true;
    });
  }

  /** Until it is settled, by this batcher or by someone who gave it up. */
  async #attemptAlone(delivery: Delivery): Promise<void> {
    while (!delivery.isOver) {
      const context = this.#surroundings.contextFor(delivery);
      try {
        await this.#call([context]);
        this.#surroundings.complete(delivery, context);
        return;
      } catch (error) {
        context.discard();
        const restMs = delivery.isOver ? undefined : this.#surroundings.conclude(delivery, error);
        if (restMs !== undefined) await this.#rest(restMs);
      }
    }
    await delivery.burial;
  }

  /** Until the time is over, or everything is given up. */
  #rest(restMs: number): Promise<void> {
    return new Promise<void>((resume) => {
      const cancel = this.#surroundings.restFor(restMs, resume);
      this.#cancelRest = () => {
        cancel();
        resume();
      };
    }).then(() => {
      this.#cancelRest = undefined;
    });
  }

  async #call(contexts: readonly HandlerContext[]): Promise<void> {
    const [leader] = contexts;
    if (leader === undefined) return;
    for (const context of contexts) context.joinBatch(contexts);
    this.#surroundings.underWay(-1);
    try {
      const work = this.#surroundings.callWithin(leader, this.#registration);
      if (isThenable(work)) await awaitMortarHandler(work);
      else for (const context of contexts) context.throwRefusal();
    } finally {
      this.#surroundings.underWay(1);
    }
  }
}

/** A call of a batch that failed, or could not be completed, counts for none of its members. */
function uncount(delivery: Delivery): void {
  delivery.attempts -= 1;
  if (!delivery.isOver) delivery.context = undefined;
}
