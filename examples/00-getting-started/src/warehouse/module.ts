// #region guide
// src/warehouse/module.ts
import { defineModule } from 'mortar';
import { OrderPlaced } from '../shop/contract.js';
import { CountParcels } from './contract.js';
import { Parcels } from './parcels.js';

export const warehouse = defineModule('warehouse', (module) => {
  module.singleton(Parcels);
  module.on(OrderPlaced, { from: 'beginning', retry: { attempts: 5 } }, [Parcels], ({ data }, parcels) =>
    parcels.pack(data.orderId, data.items),
  );
  module.answer(CountParcels, [Parcels], (_, parcels) => parcels.count);
});
// #endregion
