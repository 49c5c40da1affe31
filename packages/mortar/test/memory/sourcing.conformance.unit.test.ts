import { describe, it } from 'vitest';
import { sourcingCases } from '../../src/testing/conformance/index.js';
import { sourcingSubject } from '../support/sourcing-subject.js';

describe('sourcing over a store in memory', () => {
  for (const { name, run } of sourcingCases(() => sourcingSubject())) it(name, run);
});
