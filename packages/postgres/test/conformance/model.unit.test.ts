import fc from 'fast-check';
import { type Change, checkAgainstModel, sqlEffects } from 'mortar/testing/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logCommands } from '../support/log-commands.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';
import { twoHandles, unitSubject } from '../support/subject.js';

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

  it('lets events of appends at once lie between each other, in the order of each', async () => {
    const { schema, store, dispose } = await twoHandles(database);
    try {
      await database.query(waitingFor(schema));
      const none = { condition: undefined, unit: undefined };
      const changes = [0, 1].map((append): Change => {
        const events = [append, append + 2].map((id) => ({ id, type: 0, body: 0, tags: [], key: undefined }));
        return { kind: 'change', appends: [{ stream: undefined, expected: 'any', events }], ...none };
      });
      const subject = { ...store, effects: noEffects, scheduled: async () => [] };
      await checkAgainstModel(subject, [{ kind: 'together', changes }]);
      const rows = await database.query(`SELECT id::text FROM ${schema}.events ORDER BY position`);
      const appends = rows.map(({ id }) => Number(String(id).at(-1)) % 2);
      expect(appends.slice(1, 3)).not.toContain(appends[0]);
    } finally {
      await database.query(`DROP TRIGGER wait_for_another ON ${schema}.events`);
      await dispose();
    }
  });
});

const noEffects = sqlEffects('none', { all: async () => ({}), constraint: 'none' });

/** Whoever draws the first position waits until another has drawn two. */
function waitingFor(schema: string): string {
  return `
    CREATE OR REPLACE FUNCTION ${schema}.wait_for_another() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      FOR i IN 1 .. 5000 LOOP
        EXIT WHEN pg_sequence_last_value('${schema}.log_position') >= 3;
        PERFORM pg_sleep(0.001);
      END LOOP;
      RETURN NEW;
    END $$;
    CREATE TRIGGER wait_for_another BEFORE INSERT ON ${schema}.events FOR EACH ROW WHEN (NEW.position = 1)
      EXECUTE FUNCTION ${schema}.wait_for_another()`;
}
