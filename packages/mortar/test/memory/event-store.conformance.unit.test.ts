import { describe, it } from 'vitest';
import { eventStoreCases } from '../../src/testing/conformance/event-store.js';
import { memorySubject } from '../support/memory-subject.js';

const cases = eventStoreCases(() => ({ ...memorySubject(), raceRounds: 1_000 }));

describe('a log in memory, as every event store', () => {
  it.each(cases)('$name', ({ run }) => run());
});
