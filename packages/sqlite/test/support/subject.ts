import type { OpenStore } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import {
  type DeliveryStoreSubject,
  type DocumentStoreSubject,
  type SnapshotStoreSubject,
  sqlEffects,
  type UnitStoreSubject,
} from 'mortar/testing/conformance';
import { chooseDriver } from '../../src/internal/driver/choice.js';
import type { DriverName } from '../../src/internal/driver/driver.js';
import { sqlite } from '../../src/store.js';
import { freshFile } from './file.js';

/** Two handles on an empty file, as two processes have them. */
interface TwoHandles {
  readonly file: string;
  readonly store: OpenStore;
  readonly second: OpenStore;
  readonly dispose: () => Promise<void>;
}

async function twoHandles(driver: DriverName): Promise<TwoHandles> {
  const { file, remove } = freshFile();
  const store = await sqlite(file, { driver }).open({ logger: silentLogger });
  const second = await sqlite(file, { driver, pollMs: 5 }).open({ logger: silentLogger });
  const dispose = async (): Promise<void> => {
    await Promise.all([store.close(), second.close()]);
    remove();
  };
  return { file, store, second, dispose };
}

/** What the suites of deliveries and of dead letters are run on. */
export function deliverySubject(driver: DriverName): Promise<DeliveryStoreSubject> {
  return twoHandles(driver);
}

/** The same for the suite of documents. */
export async function documentSubject(driver: DriverName): Promise<DocumentStoreSubject> {
  const { store, second, dispose } = await twoHandles(driver);
  return { documents: store.documents, units: store.units, second, dispose };
}

/** The same for the suite of snapshots. */
export async function snapshotSubject(driver: DriverName): Promise<SnapshotStoreSubject> {
  const { file, store, second, dispose } = await twoHandles(driver);
  const other = (await chooseDriver(driver)).open(file, false);
  const aging = other.prepare('UPDATE mortar_snapshots SET saved_at = saved_at - ?', 'tuples');
  return {
    snapshots: store.snapshots,
    second,
    age: (ms) => void aging.run([ms]),
    dispose: async () => {
      other.close();
      await dispose();
    },
  };
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
    documents: store.documents,
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
