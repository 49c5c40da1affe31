import { describe, it } from 'vitest';
import { projectionCases } from '../../src/testing/conformance/index.js';
import { memorySubject } from '../support/memory-subject.js';

describe('projections in memory', () => {
  const make = () => {
    const subject = memorySubject();
    const { events, units, documents, dispose } = subject;
    return {
      store: { events, units, documents },
      second: { events, units, documents },
      neighbour: () => memorySubject(),
      ...(dispose === undefined ? {} : { dispose }),
    };
  };
  const features = { sql: { skip: 'memory keeps no tables of SQL' } };
  // The feature that is left out says why.
  for (const { name, skip, run } of projectionCases(make, features)) it.skipIf(skip !== undefined)(name, run);
});
