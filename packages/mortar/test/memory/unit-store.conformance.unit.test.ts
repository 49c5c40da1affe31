import { describe, it } from 'vitest';
import { unitStoreCases } from '../../src/testing/conformance/unit-store.js';
import { memorySubject } from '../support/memory-subject.js';

const cases = unitStoreCases(() => memorySubject({ writeTimeoutMs: 1_000 }));

describe('units of work in memory, as in every unit store', () => {
  it.each(cases)('$name', ({ run }) => run());
});
