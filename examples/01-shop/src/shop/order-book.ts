import { tell } from '../story.js';
import type { PriceList } from './price-list.js';

/** An order that was accepted. */
export interface Order {
  readonly id: string;
  /** In euros. */
  readonly total: number;
}

/** The orders of the shop. */
export class OrderBook {
  readonly #prices: PriceList;
  readonly #orders: Order[] = [];

  constructor(prices: PriceList) {
    this.#prices = prices;
  }

  place(items: readonly string[]): Order {
    const total = this.#prices.totalOf(items);
    const order = { id: `order-${this.#orders.length + 1}`, total };
    this.#orders.push(order);
    tell('shop', 'order placed', { orderId: order.id, items: items.join(', '), total });
    return order;
  }
}
