import type { Awaitable } from '../../bus/index.js';
import { type ConformanceCase, caseList, type LeftOut } from './case-list.js';
import { changingCases } from './document-store/changing.js';
import { findingCases } from './document-store/finding.js';
import { makingCases } from './document-store/making.js';
import type { DocumentStoreFeature, DocumentStoreSubject } from './document-store/subject.js';

export type { DocumentStoreFeature, DocumentStoreSubject } from './document-store/subject.js';

/** What a document store leaves out, each with the reason. */
export type DocumentStoreFeatures = LeftOut<DocumentStoreFeature>;

/**
 * What every `DocumentStore` holds to beside its `UnitStore`, as cases for any test runner: they need no more than
 * `node:assert`. Each is run on an empty store of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of documentStoreCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function documentStoreCases(
  make: () => Awaitable<DocumentStoreSubject>,
  features: DocumentStoreFeatures = {},
): readonly ConformanceCase[] {
  return caseList({ making: makingCases, changing: changingCases, finding: findingCases }, make, features);
}
