import { tell } from '../story.js';

/** In euros. */
const CREDIT_LIMIT = 100;

/** Charges cards, once an order. */
export class Payments {
  readonly #charged = new Set<string>();

  charge(orderId: string, amount: number): void {
    if (this.#charged.has(orderId)) return;
    this.#charged.add(orderId);
    tell('billing', 'card charged', { orderId, amount });
  }

  /** Whether so much may be paid later. */
  grants(amount: number): boolean {
    const isGranted = amount <= CREDIT_LIMIT;
    tell('billing', 'credit checked', { amount, isGranted });
    return isGranted;
  }
}
