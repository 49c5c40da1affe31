import type { Awaitable } from '../../bus/index.js';
import { type ConformanceCase, caseList, type LeftOut } from './case-list.js';
import { failingCases, foldingCases } from './projections/folding.js';
import { inlineTablesCases } from './projections/inline-tables.js';
import { neighboursCases } from './projections/neighbours.js';
import { readingCases } from './projections/reading.js';
import type { ProjectionFeature, ProjectionSubject } from './projections/subject.js';
import { tablesCases } from './projections/tables.js';

export type { ProjectionFeature, ProjectionStores, ProjectionSubject } from './projections/subject.js';

/** What a store leaves out of projections, each with the reason. */
export type ProjectionFeatures = LeftOut<ProjectionFeature>;

/**
 * What projections hold to on every store, as cases for any test runner: they need no more than `node:assert`. Each is run on an
 * empty store of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of projectionCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function projectionCases(
  make: () => Awaitable<ProjectionSubject>,
  features: ProjectionFeatures = {},
): readonly ConformanceCase[] {
  const groups = {
    folding: foldingCases,
    failing: failingCases,
    reading: readingCases,
    neighbours: neighboursCases,
    tables: tablesCases,
    'inline tables': inlineTablesCases,
  };
  return caseList(groups, make, features);
}
