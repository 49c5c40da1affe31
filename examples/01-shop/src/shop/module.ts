// #region readme
// shop/module.ts
import { defineModule } from 'mortar';
import { OrderPlaced, PlaceOrder } from './contract.js';
import { OrderBook } from './order-book.js';
import { PriceList } from './price-list.js';

export const shop = defineModule('shop', (module) => {
  module.singleton(OrderBook, [PriceList]); // the dependency list is type-checked against the constructor
  module.singleton(PriceList);
  module.handle(PlaceOrder, [OrderBook], async ({ data, publish }, orders) => {
    const order = orders.place(data.items);
    await publish(OrderPlaced, { orderId: order.id, total: order.total }); // sent with the handler's success, or not at all
    return { orderId: order.id };
  });
});
// #endregion
