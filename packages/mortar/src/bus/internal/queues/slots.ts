import type { Delivery } from '../delivery.js';
import { PriorityLanes } from './lanes.js';

/** The limit of how many handlers of a bus run at once. What waits for a slot goes by priority. */
export class Slots {
  readonly #limit: number;
  readonly #waiting = new PriorityLanes<Delivery>();
  readonly #begin: (delivery: Delivery) => void;
  #active = 0;
  #isPumping = false;

  constructor(limit: number, begin: (delivery: Delivery) => void) {
    this.#limit = limit;
    this.#begin = begin;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Begins the delivery when there is a slot. It ends with a call of `leave`. */
  add(delivery: Delivery): void {
    this.#waiting.push(delivery, delivery.priority);
    this.#pump();
  }

  leave(): void {
    this.#active -= 1;
    this.#pump();
  }

  /** Forgets all that waits. */
  clear(): void {
    while (this.#waiting.take() !== undefined);
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#active < this.#limit) {
      const next = this.#waiting.take();
      if (next === undefined) break;
      this.#active += 1;
      this.#begin(next);
    }
    this.#isPumping = false;
  }
}
