import { silentLogger } from 'mortar/logging';
import { type SourcingSubject, sqlDamage } from 'mortar/testing/conformance';
import { chooseDriver } from '../../src/internal/driver/choice.js';
import type { DriverName } from '../../src/internal/driver/driver.js';
import { sqlite } from '../../src/store.js';
import { freshFile } from './file.js';

/** Lets a connection change the log, and give two events of a stream one version. */
const UNPROTECT = `DROP TRIGGER IF EXISTS mortar_events_kept;
DROP TRIGGER IF EXISTS mortar_events_unchanged;
DROP INDEX IF EXISTS mortar_events_stream;`;

/** Two handles on an empty file, for the suite of sourcing. */
export async function sourcingSubject(driver: DriverName): Promise<SourcingSubject> {
  const { file, remove } = freshFile();
  const database = sqlite(file, { driver, pollMs: 5 });
  const store = await database.open({ logger: silentLogger });
  const second = await database.open({ logger: silentLogger });
  const other = (await chooseDriver(driver)).open(file, false);
  return {
    store,
    second,
    database,
    damage: sqlDamage({
      table: 'mortar_events',
      stream: 'stream',
      run: (sql) => other.exec(`${UNPROTECT} ${sql}`),
    }),
    dispose: async () => {
      other.close();
      await Promise.all([store.close(), second.close()]);
      remove();
    },
  };
}
