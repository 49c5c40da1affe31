// #region readme
// shop/module.ts
import { defineModule } from 'mortar';
import { Credit } from '../billing/contract.js';
import { OrderPlaced, PlaceOrder, QuoteOrder } from './contract.js';
import { OrderBook } from './order-book.js';
import { PriceList } from './price-list.js';

export const shop = defineModule('shop', (module) => {
  module.publishes(OrderPlaced); // what is declared is checked, and drawn in the canvas
  module.singleton(OrderBook, [PriceList]); // the dependency list is type-checked against the constructor
  module.singleton(PriceList);
  module.handle(PlaceOrder, [OrderBook], async ({ data, publish }, orders) => {
    const order = orders.place(data.items);
    await publish(OrderPlaced, { orderId: order.id, total: order.total }); // sent with the handler's success, or not at all
    return { orderId: order.id };
  });
  module.answer(QuoteOrder, [PriceList, Credit], async ({ data }, prices, credit) => {
    const total = prices.totalOf(data.items);
    const { isGranted } = await credit.check({ amount: total }); // billing's port: typed, validated, timed, guarded
    return { total, onAccount: isGranted };
  });
});
// #endregion
