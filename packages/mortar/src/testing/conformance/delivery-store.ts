import type { Awaitable } from '../../bus/index.js';
import { type ConformanceCase, caseList, type LeftOut } from './case-list.js';
import { committingCases } from './delivery-store/committing.js';
import { holdingCases } from './delivery-store/holding.js';
import { leasingCases } from './delivery-store/leasing.js';
import { readModelCases } from './delivery-store/read-models.js';
import { registeringCases } from './delivery-store/registering.js';
import { schedulingCases } from './delivery-store/scheduling.js';
import type { DeliveryStoreFeature, DeliveryStoreSubject } from './delivery-store/subject.js';

export type { DeliveryStoreFeature, DeliveryStoreSubject } from './delivery-store/subject.js';

/** What the stores of delivery leave out, each with the reason. */
export type DeliveryStoreFeatures = LeftOut<DeliveryStoreFeature>;

/**
 * What every `DeliveryStore` holds to, beside the other stores of its database, as cases for any test runner: they need no
 * more than `node:assert`. Each is run on an empty store of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of deliveryStoreCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function deliveryStoreCases(
  make: () => Awaitable<DeliveryStoreSubject>,
  features: DeliveryStoreFeatures = {},
): readonly ConformanceCase[] {
  return caseList(
    {
      registering: registeringCases,
      leasing: leasingCases,
      committing: committingCases,
      'holding keys': holdingCases,
      scheduling: schedulingCases,
      'read models': readModelCases,
    },
    make,
    features,
  );
}
