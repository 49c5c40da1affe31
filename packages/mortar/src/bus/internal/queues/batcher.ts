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
  /** Sends what a successful attempt published, and settles its delivery. Throws if there is no room to send. */
  complete(delivery: Delivery, context: HandlerContext): void;
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
  #members: readonly Delivery[] = [];
  #isRunning = false;
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
    this.#members = members;
    this.#handle(members);
  }

  /** Gives up all that waits or is being handled, and answers with it. */
  clear(): Delivery[] {
    this.#cancelTimer?.();
    const cleared = [...this.#members];
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      cleared.push(next);
    return cleared;
  }

  #schedule(): void {
    if (this.#isRunning || this.#waiting.size === 0) return;
    if (this.#waiting.size >= this.#size) this.#begin();
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
    const alone = members.length === 1 ? members : await this.#attemptTogether(members);
    for (const delivery of alone) await this.#attemptAlone(delivery);
    this.#members = [];
    this.#isRunning = false;
    this.#surroundings.leaveSlot();
    this.#schedule();
  }

  /** Answers with those that are still to be handled. */
  async #attemptTogether(members: readonly Delivery[]): Promise<readonly Delivery[]> {
    const contexts = members.map((delivery) => this.#surroundings.contextFor(delivery));
    try {
      await this.#call(contexts);
    } catch {
      for (const context of contexts) context.close();
      for (const delivery of members) delivery.attempts -= 1;
      return members;
    }
    return members.filter((delivery, place) => !this.#completes(delivery, contexts[place]));
  }

  #completes(delivery: Delivery, context: HandlerContext | undefined): boolean {
    try {
      if (context !== undefined) this.#surroundings.complete(delivery, context);
      return true;
    } catch {
      delivery.attempts -= 1;
      return false;
    }
  }

  /** Until it is settled, by this batcher or by someone who gave it up. */
  async #attemptAlone(delivery: Delivery): Promise<void> {
    while (delivery.outcome === undefined) {
      const context = this.#surroundings.contextFor(delivery);
      try {
        await this.#call([context]);
        this.#surroundings.complete(delivery, context);
        return;
      } catch (error) {
        context.close();
        const restMs =
          delivery.outcome === undefined ? this.#surroundings.conclude(delivery, error) : undefined;
        if (restMs === undefined) return;
        await new Promise<void>((resume) => this.#clock.after(restMs, resume));
      }
    }
  }

  #call(contexts: readonly HandlerContext[]): unknown {
    const [leader] = contexts;
    for (const context of contexts) context.joinBatch(contexts);
    const work = leader === undefined ? undefined : this.#surroundings.callWithin(leader, this.#registration);
    return isThenable(work) ? awaitMortarHandler(work) : work;
  }
}
