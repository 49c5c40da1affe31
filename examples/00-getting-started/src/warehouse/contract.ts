// #region guide
// src/warehouse/contract.ts
import { query } from 'mortar';
import { z } from 'zod';

export const CountParcels = query('warehouse.count-parcels', { data: z.object({}), result: z.number() });
// #endregion
