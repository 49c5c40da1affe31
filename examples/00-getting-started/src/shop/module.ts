// #region guide
// src/shop/module.ts
import { defineModule } from 'mortar';
import { OrderPlaced, PlaceOrder } from './contract.js';

export const shop = defineModule('shop', (module) => {
  module.publishes(OrderPlaced);
  module.handle(PlaceOrder, async ({ data, publish }) => {
    await publish(OrderPlaced, data); // goes out when the handler has succeeded, or not at all
  });
});
// #endregion
