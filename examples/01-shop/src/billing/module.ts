// #region readme
// billing/module.ts
import { defineModule } from 'mortar';
import { OrderPlaced } from '../shop/contract.js';
import { ChargeCard, Credit } from './contract.js';
import { Payments } from './payments.js';

export const billing = defineModule('billing', (module) => {
  module.dispatches(ChargeCard); // likewise
  module.singleton(Payments);
  module.handle(ChargeCard, [Payments], ({ data }, payments) => payments.charge(data.orderId, data.amount));
  module.on(OrderPlaced, { retry: { attempts: 5 } }, async ({ data, dispatch }) => {
    await dispatch(ChargeCard, { orderId: data.orderId, amount: data.total });
  });
  module.implement(Credit, [Payments], {
    check: ({ data }, payments) => ({ isGranted: payments.grants(data.amount) }),
  });
});
// #endregion
