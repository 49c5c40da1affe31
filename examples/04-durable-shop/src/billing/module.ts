import { defineModule, type Module } from 'mortar';
import { OrderPlaced } from '../shop/contract.js';
import { ChargeCard } from './contract.js';
import type { Terminal } from './terminal.js';

/** Charges a card for each order, as soon as the terminal is in order. */
export function billing(terminal: Terminal): Module<'billing'> {
  return defineModule('billing', (module) => {
    module.handle(ChargeCard, ({ data }) => terminal.charge(data.orderId, data.amount));
    module.on(
      OrderPlaced,
      { from: 'beginning', retry: { attempts: 10, backoff: { kind: 'fixed', delayMs: 50 } } },
      async ({ data, dispatch }) => {
        await dispatch(ChargeCard, { orderId: data.orderId, amount: data.total }); // once, however often this is tried
      },
    );
  });
}
