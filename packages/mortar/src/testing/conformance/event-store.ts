import type { Awaitable } from '../../bus/index.js';
import { type ConformanceCase, caseList, type LeftOut } from './case-list.js';
import { appendingCases } from './event-store/appending.js';
import { conditionCases } from './event-store/conditions.js';
import { expectingCases } from './event-store/expecting.js';
import { filteringCases } from './event-store/filtering.js';
import { pagingCases } from './event-store/paging.js';
import { payloadCases } from './event-store/payloads.js';
import { racingCases } from './event-store/racing.js';
import { readingCases } from './event-store/reading.js';
import { refusalCases } from './event-store/refusals.js';
import { repeatingCases } from './event-store/repeating.js';
import { stateCases } from './event-store/states.js';
import type { EventStoreFeature, EventStoreSubject } from './event-store/subject.js';

export type { EventStoreFeature, EventStoreSubject } from './event-store/subject.js';

/** What an event store leaves out, each with the reason. */
export type EventStoreFeatures = LeftOut<EventStoreFeature>;

/**
 * What every `EventStore` holds to, as cases for any test runner: they need no more than `node:assert`. Each is run on an
 * empty log of its own; they may run at once or in any order.
 * @example
 * for (const { name, skip, run } of eventStoreCases(() => openMyStore())) test(name, { skip }, run);
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for a feature that there is not, or one left out without a reason
 */
export function eventStoreCases(
  make: () => Awaitable<EventStoreSubject>,
  features: EventStoreFeatures = {},
): readonly ConformanceCase[] {
  return caseList(
    {
      appending: appendingCases,
      expecting: expectingCases,
      repeating: repeatingCases,
      conditions: conditionCases,
      'reading streams': readingCases,
      'paging the log': pagingCases,
      filtering: filteringCases,
      'states of streams': stateCases,
      'byte for byte': payloadCases,
      'at once': racingCases,
      refusing: refusalCases,
    },
    make,
    features,
  );
}
