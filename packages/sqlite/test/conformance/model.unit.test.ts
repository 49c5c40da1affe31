import fc from 'fast-check';
import { checkAgainstModel } from 'mortar/testing/conformance';
import { describe, it } from 'vitest';
import { drivers } from '../support/drivers.js';
import { logCommands } from '../support/log-commands.js';
import { unitSubject } from '../support/subject.js';

for (const { name, title, isMissing } of drivers) {
  // The title says why a driver is left out.
  describe.skipIf(isMissing)(`a log in a file ${title}`, () => {
    it('does as a plain model of a log does, whatever is done to it', async () => {
      await fc.assert(
        fc.asyncProperty(logCommands, async (commands) => {
          const subject = await unitSubject(name, 30_000);
          try {
            await checkAgainstModel(subject, commands);
          } finally {
            await subject.dispose?.();
          }
        }),
        { numRuns: 100 },
      );
    });
  });
}
