import fc from 'fast-check';
import { checkAgainstModel } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { logCommands } from '../support/log-commands.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { unitSubject } from '../support/subject.js';

let database: TestDatabase;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a log on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('does as a plain model of a log does, whatever is done to it', { timeout: 180_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(logCommands, async (commands) => {
        const subject = await unitSubject(database);
        try {
          await checkAgainstModel(subject, commands);
        } finally {
          await subject.dispose?.();
        }
      }),
      { numRuns: 30 },
    );
  });
});
