import type { Awaitable } from '../../../bus/index.js';
import { type ConformanceCase, caseList, type LeftOut } from '../case-list.js';
import { commandingCases } from './apps/commanding.js';
import { crashingCases } from './apps/crashing.js';
import { damagedCases } from './damaged.js';
import { decidingCases } from './deciding.js';
import { handlingCases } from './handling.js';
import { pastCases } from './past.js';
import { distrustCases } from './snapshot-distrust.js';
import { snapshotCases } from './snapshots.js';
import type { SourcingFeature, SourcingSubject } from './subject.js';

export { type LogDamage, type LogTable, sqlDamage } from './log-damage.js';
export type { SourcingFeature, SourcingSubject } from './subject.js';

/** What a store leaves out of sourcing, each with the reason. */
export type SourcingFeatures = LeftOut<SourcingFeature>;

/**
 * What aggregates, decisions and snapshots hold to on every store, as cases for any test runner: they need no more than
 * `node:assert`. Each is run on an empty database of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of sourcingCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function sourcingCases(
  make: () => Awaitable<SourcingSubject>,
  features: SourcingFeatures = {},
): readonly ConformanceCase[] {
  return caseList(
    {
      handling: handlingCases,
      deciding: decidingCases,
      'the past': pastCases,
      snapshots: snapshotCases,
      'a snapshot is never trusted': distrustCases,
      'a damaged log': damagedCases,
      apps: commandingCases,
      crashes: crashingCases,
    },
    make,
    features,
  );
}
