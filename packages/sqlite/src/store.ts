import { resolve } from 'node:path';
import type { OpenStore, Store } from 'mortar/delivery';
import {
  checkKeys,
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from 'mortar/errors';
import { StoredGenerations } from 'mortar/read-models';
import { WRITE_TIMEOUT_MS } from 'mortar/unit-of-work';
import { SqliteDeadLetterStore } from './dead-letter-store.js';
import { SqliteDeliveryStore } from './delivery-store.js';
import { SqliteDocumentStore } from './document-store.js';
import { SqliteEventStore } from './event-store.js';
import { Appender } from './internal/appender.js';
import type { Database } from './internal/database/database.js';
import { type Opening, openDatabase, planDatabase } from './internal/database/opening.js';
import { sqliteGenerations } from './internal/documents/generation-tables.js';
import type { DriverName } from './internal/driver/driver.js';
import { LetterKeeper } from './internal/letters/letter-keeper.js';
import { UnitCommitter } from './internal/unit-committer.js';
import { SqliteSnapshotStore } from './snapshot-store.js';
import { SqliteSession } from './transaction.js';
import { SqliteUnitStore } from './unit-store.js';

/** How a SQLite store is opened. */
export interface SqliteOptions {
  /** `node:sqlite` where it is new enough, else `better-sqlite3`, unless one is named. */
  readonly driver?: DriverName;
  /**
   * `full` unless said: what was acknowledged is on the disk. With `relaxed` it is with the operating system: a process
   * that dies loses nothing, but a power cut or a crash of the machine may lose what was acknowledged last, some seconds
   * of it; what is left is consistent. No thread keeps the leases of a relaxed store while the event loop is blocked.
   */
  readonly durability?: 'full' | 'relaxed';
  /** How long one waits for another process that keeps the file locked; 30,000 unless said. */
  readonly busyTimeoutMs?: number;
  /** How often it is looked whether other processes have written, while somebody watches; 100 unless said. */
  readonly pollMs?: number;
  /** How long the `write` functions of a unit may take together; 5,000 unless said. */
  readonly writeTimeoutMs?: number;
}

const OPTION_KEYS = [
  'driver',
  'durability',
  'busyTimeoutMs',
  'pollMs',
  'writeTimeoutMs',
] as const satisfies readonly (keyof SqliteOptions)[];

/**
 * A store in one SQLite file, which is made if there is none; its folder must be there, and not on a network. Tables of
 * your own may lie in the same file: those of the store begin with `mortar_`. Several processes may open one file.
 * @example
 * const app = createApp({ modules: [shop], store: sqlite('shop.db') });
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function sqlite(file: string, options: SqliteOptions = {}): Store {
  checkFile(file);
  const { opening, writeTimeoutMs } = checkOptions(resolve(file), options);
  return {
    kind: 'sqlite',
    open: async ({ logger }) => openStore(await openDatabase(opening, logger), writeTimeoutMs),
    plan: () => planDatabase(opening),
  };
}

function openStore(database: Database, writeTimeoutMs: number): OpenStore {
  const { writer, file } = database;
  const appender = new Appender(writer);
  const session = new SqliteSession(file, writer);
  const committer = new UnitCommitter({ writer, appender, session, writeTimeoutMs });
  const letters = new LetterKeeper(writer);
  const close = (): Promise<void> => database.close();
  return {
    kind: 'sqlite',
    events: new SqliteEventStore(database, appender),
    units: new SqliteUnitStore(database, committer),
    deliveries: new SqliteDeliveryStore({ database, committer, letters }),
    deadLetters: new SqliteDeadLetterStore(database, letters),
    snapshots: new SqliteSnapshotStore(database),
    documents: new SqliteDocumentStore(database),
    projections: new StoredGenerations(sqliteGenerations({ database, letters, session, writeTimeoutMs })),
    check: () => database.check(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkFile(file: unknown): void {
  if (typeof file === 'string' && file !== '' && file !== ':memory:' && !file.includes('\0')) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'A SQLite store is a file; a store in memory is memory().',
    expected: 'the path of a file',
    got: describeValue(file),
  });
}

function checkOptions(
  file: string,
  options: SqliteOptions,
): { readonly opening: Opening; readonly writeTimeoutMs: number } {
  checkKeys('a SQLite store', options, OPTION_KEYS);
  const {
    driver,
    durability = 'full',
    busyTimeoutMs = 30_000,
    pollMs = 100,
    writeTimeoutMs = WRITE_TIMEOUT_MS,
  } = options;
  if (driver !== undefined) checkOneOf('driver', driver, ['node:sqlite', 'better-sqlite3']);
  checkOneOf('durability', durability, ['full', 'relaxed']);
  checkWholeNumber('busyTimeoutMs', busyTimeoutMs, 0, MAX_DELAY_MS);
  checkWholeNumber('pollMs', pollMs, 1, MAX_DELAY_MS);
  checkWholeNumber('writeTimeoutMs', writeTimeoutMs, 1, MAX_DELAY_MS);
  return { opening: { file, driver, durability, busyTimeoutMs, pollMs }, writeTimeoutMs };
}
