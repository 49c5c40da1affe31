import { z } from 'zod';
import { orderData } from '../log/events.mjs';

/**
 * What all contestants keep: an account of a customer, with the orders that were placed. The same decider for all of them.
 * @typedef {{ readonly orders: number, readonly gross: number }} Account
 * @typedef {{ readonly numbers: readonly number[] }} PlaceOrders
 * @typedef {{ readonly type: string, readonly data: ReturnType<typeof orderData> }} Placed
 */

/** The type that the events of the log's benchmarks have, so that streams can be filled as they are there. */
export const PLACED = 'shop.order-placed';

/** The schema of the events: only Mortar checks it. */
export const orderSchema = z.object({
  orderId: z.string(),
  customer: z.string(),
  placedAt: z.string(),
  currency: z.string(),
  lines: z.array(z.object({ sku: z.string(), quantity: z.number(), cents: z.number() })),
  total: z.object({ net: z.number(), tax: z.number(), gross: z.number() }),
});

/** @returns {Account} */
export const initialState = () => ({ orders: 0, gross: 0 });

/**
 * @param {Account} account
 * @param {Placed} event
 * @returns {Account}
 */
export const evolve = ({ orders, gross }, { data }) => ({
  orders: orders + 1,
  gross: gross + data.total.gross,
});

/**
 * @param {PlaceOrders} command
 * @returns {Placed[]}
 */
export const decide = ({ numbers }) => numbers.map((number) => ({ type: PLACED, data: orderData(number) }));
