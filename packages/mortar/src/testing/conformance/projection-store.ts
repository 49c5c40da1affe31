import type { Awaitable } from '../../bus/index.js';
import { type ConformanceCase, caseList } from './case-list.js';
import type { DeliveryStoreFeatures, DeliveryStoreSubject } from './delivery-store.js';
import { beginningCases } from './projection-store/beginning.js';
import { followingCases } from './projection-store/following.js';
import { appendingCases } from './projection-store/inline/appending.js';
import { epochCases } from './projection-store/inline/epochs.js';
import { randomCases } from './projection-store/inline/random.js';
import { inliningCases } from './projection-store/inline/switching.js';
import { losingCases } from './projection-store/losing.js';
import { rebuildingCases } from './projection-store/rebuilding.js';
import { removingCases } from './projection-store/removing.js';
import { switchingCases } from './projection-store/switching.js';
import { tendingCases } from './projection-store/tending.js';

/**
 * What every `ProjectionStore` holds to, beside the other stores of its database, as cases for any test runner: they need no
 * more than `node:assert`. Each is run on an empty store of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of projectionStoreCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function projectionStoreCases(
  make: () => Awaitable<DeliveryStoreSubject>,
  features: DeliveryStoreFeatures = {},
): readonly ConformanceCase[] {
  return caseList(
    {
      beginning: beginningCases,
      switching: switchingCases,
      removing: removingCases,
      following: followingCases,
      rebuilding: rebuildingCases,
      tending: tendingCases,
      losing: losingCases,
      inlining: inliningCases,
      'inline epochs': epochCases,
      'inline appends': appendingCases,
      'inline at random': randomCases,
    },
    make,
    features,
  );
}
