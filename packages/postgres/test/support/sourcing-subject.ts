import { type SourcingSubject, sqlDamage } from 'mortar/testing/conformance';
import { postgres } from '../../src/index.js';
import type { TestDatabase } from './server.js';
import { twoHandles } from './subject.js';

/** Two handles on an empty schema, for the suite of sourcing. */
export async function sourcingSubject(database: TestDatabase): Promise<SourcingSubject> {
  const { schema, store, second, dispose } = await twoHandles(database);
  const index = `${schema}.events_stream`;
  const [made] = await database.query(`SELECT pg_get_indexdef('${index}'::regclass) AS sql`);
  return {
    store,
    second,
    database: postgres(database.url, { schema }),
    damage: sqlDamage({
      table: `${schema}.events`,
      stream: 'stream_id',
      // Neither the trigger that protects the log nor the index that holds versions apart is in the way.
      run: async (sql) => {
        await database.query(`SET session_replication_role = replica; DROP INDEX IF EXISTS ${index}; ${sql}`);
      },
    }),
    dispose: async () => {
      await dispose();
      // Another case gets the schema, as it was.
      await database.query(`DROP INDEX IF EXISTS ${index}; ${String(made?.['sql'])}`);
    },
  };
}
