import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkAgainstModel } from '../../src/testing/conformance/log-model.js';
import { logCommands } from '../support/log-commands.js';
import { memorySubject } from '../support/memory-subject.js';

describe('a log in memory', () => {
  it('does as a plain model of a log does, whatever is done to it', async () => {
    await fc.assert(
      fc.asyncProperty(logCommands, async (commands) => checkAgainstModel(memorySubject(), commands)),
      { numRuns: 1_500 },
    );
  });
});
