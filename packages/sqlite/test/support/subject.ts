import { silentLogger } from 'mortar/logging';
import { type DeliveryStoreSubject, sqlEffects, type UnitStoreSubject } from 'mortar/testing/conformance';
import { chooseDriver } from '../../src/internal/driver/choice.js';
import type { DriverName } from '../../src/internal/driver/driver.js';
import { sqlite } from '../../src/store.js';
import { freshFile } from './file.js';

/** An empty file, opened twice as by two processes, for the suites of deliveries and of dead letters. */
export async function deliverySubject(driver: DriverName): Promise<DeliveryStoreSubject> {
  const { file, remove } = freshFile();
  const store = await sqlite(file, { driver }).open({ logger: silentLogger });
  const second = await sqlite(file, { driver, pollMs: 5 }).open({ logger: silentLogger });
  const dispose = async (): Promise<void> => {
    await Promise.all([store.close(), second.close()]);
    remove();
  };
  return { store, second, dispose };
}

/** The same for the suites of events and of units, whose writes may take so long. */
export async function unitSubject(driver: DriverName, writeTimeoutMs = 1_000): Promise<UnitStoreSubject> {
  const { file, remove } = freshFile();
  const options = { driver, pollMs: 5, writeTimeoutMs };
  const store = await sqlite(file, options).open({ logger: silentLogger });
  const second = await sqlite(file, options).open({ logger: silentLogger });
  const other = (await chooseDriver(driver)).open(file, false);
  other.exec('CREATE TABLE effects (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)');
  const all = other.prepare<readonly [string, string]>('SELECT key, value FROM effects', 'tuples');
  return {
    events: store.events,
    units: store.units,
    second,
    effects: sqlEffects('effects', {
      all: async () => Object.fromEntries(all.all([])),
      constraint: 'effects.key',
    }),
    scheduled: async () => (await store.deliveries.due(10_000)).events,
    writeTimeoutMs,
    dispose: async () => {
      other.close();
      await Promise.all([store.close(), second.close()]);
      remove();
    },
  };
}
