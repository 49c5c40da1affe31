import type { Awaitable } from '../../bus/index.js';
import { type ConformanceCase, caseList, type LeftOut } from './case-list.js';
import { committingCases } from './unit-store/committing.js';
import { guardingCases } from './unit-store/guarding.js';
import { inboxCases } from './unit-store/inbox.js';
import { keepingCases } from './unit-store/keeping.js';
import { projectingCases } from './unit-store/projecting.js';
import { repeatingCases } from './unit-store/repeating.js';
import { schedulingCases } from './unit-store/scheduling.js';
import type { UnitStoreFeature, UnitStoreSubject } from './unit-store/subject.js';
import { writingCases } from './unit-store/writing.js';

export { type Effects, sqlEffects } from './unit-store/effects.js';
export type { UnitStoreFeature, UnitStoreSubject } from './unit-store/subject.js';

/** What a unit store leaves out, each with the reason. */
export type UnitStoreFeatures = LeftOut<UnitStoreFeature>;

/**
 * What every `UnitStore` holds to beside its `EventStore`, as cases for any test runner: they need no more than
 * `node:assert`. Each is run on an empty store of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of unitStoreCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function unitStoreCases(
  make: () => Awaitable<UnitStoreSubject>,
  features: UnitStoreFeatures = {},
): readonly ConformanceCase[] {
  return caseList(
    {
      committing: committingCases,
      writing: writingCases,
      'guarding writes': guardingCases,
      'keeping results': keepingCases,
      inbox: inboxCases,
      repeating: repeatingCases,
      scheduling: schedulingCases,
      projecting: projectingCases,
    },
    make,
    features,
  );
}
