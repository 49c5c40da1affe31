import type { Awaitable } from '../../bus/index.js';
import { type ConformanceCase, caseList } from './case-list.js';
import { dyingCases } from './dead-letter-store/dying.js';
import { findingCases } from './dead-letter-store/finding.js';
import { operatingCases } from './dead-letter-store/operating.js';
import { replayingCases } from './dead-letter-store/replaying.js';
import type { DeliveryStoreFeatures, DeliveryStoreSubject } from './delivery-store.js';

/**
 * What every `DurableDeadLetterStore` holds to, beside the other stores of its database, as cases for any test runner: they
 * need no more than `node:assert`. Each is run on an empty store of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of deadLetterStoreCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function deadLetterStoreCases(
  make: () => Awaitable<DeliveryStoreSubject>,
  features: DeliveryStoreFeatures = {},
): readonly ConformanceCase[] {
  return caseList(
    { dying: dyingCases, replaying: replayingCases, finding: findingCases, operating: operatingCases },
    make,
    features,
  );
}
