import { tell } from '../story.js';

/** Charges cards, once an order. */
export class Payments {
  readonly #charged = new Set<string>();

  charge(orderId: string, amount: number): void {
    if (this.#charged.has(orderId)) return;
    this.#charged.add(orderId);
    tell('billing', 'card charged', { orderId, amount });
  }
}
