import { describe, it } from 'vitest';
import { appProjectionCases } from '../../src/testing/conformance/index.js';
import { sourcingSubject } from '../support/sourcing-subject.js';

const cases = appProjectionCases(() => sourcingSubject(), {
  sql: { skip: 'a store in memory has no tables' },
});

describe('projections of apps over a store in memory', () => {
  // Left out is what needs tables.
  for (const { name, skip, run } of cases) it.skipIf(skip !== undefined)(name, run, 60_000);
});
