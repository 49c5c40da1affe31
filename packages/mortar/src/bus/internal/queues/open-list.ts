import type { Delivery } from '../delivery.js';

/**
 * The deliveries that are not settled, in the order in which they came. A list through the deliveries themselves: a
 * set costs three times as much.
 */
export class OpenList {
  #first: Delivery | undefined = undefined;
  #last: Delivery | undefined = undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(delivery: Delivery): void {
    const last = this.#last;
    delivery.previous = last;
    if (last === undefined) this.#first = delivery;
    else last.next = delivery;
    this.#last = delivery;
    this.#size += 1;
  }

  /** It must be in the list. */
  delete(delivery: Delivery): void {
    const { previous, next } = delivery;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    delivery.previous = undefined;
    delivery.next = undefined;
    this.#size -= 1;
  }

  *[Symbol.iterator](): Iterator<Delivery> {
    for (let delivery = this.#first; delivery !== undefined; delivery = delivery.next) yield delivery;
  }
}
