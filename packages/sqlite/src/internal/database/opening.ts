import { existsSync } from 'node:fs';
import type { MigrationPlan } from 'mortar/delivery';
import type { Logger } from 'mortar/logging';
import { applyMigrations, migrations, planMigrations } from '../../migrations.js';
import { chooseDriver } from '../driver/choice.js';
import type { Connection, Driver, DriverName } from '../driver/driver.js';
import { storeError, unavailable } from '../errors.js';
import { Database } from './database.js';
import { checkFolder } from './folder.js';
import { type Patience, patiently } from './patience.js';

/** What is to be opened, and how. */
export interface Opening extends Patience {
  readonly driver: DriverName | undefined;
  readonly durability: 'full' | 'relaxed';
  readonly pollMs: number;
}

/** Opens the file, makes it if there is none, and brings its tables up to date. */
export async function openDatabase(opening: Opening, logger: Logger): Promise<Database> {
  const { file } = opening;
  const driver = await chooseDriver(opening.driver);
  checkFolder(file);
  const opened: Connection[] = [];
  try {
    const writer = await connect(driver, opening);
    opened.push(writer);
    await migrate(writer, opening, logger);
    const reader = await connect(driver, opening);
    opened.push(reader);
    reader.exec('PRAGMA query_only = ON');
    logger.debug({ file, driver: driver.name, sqlite: driver.sqliteVersion }, 'store opened');
    return new Database({ ...opening, driver: driver.name, writer, reader, logger });
  } catch (error) {
    for (const connection of opened) connection.close();
    throw storeError(error, file);
  }
}

/** What opening would change about the tables; makes no file. */
export async function planDatabase(opening: Opening): Promise<MigrationPlan> {
  const { file } = opening;
  const driver = await chooseDriver(opening.driver);
  checkFolder(file);
  if (!existsSync(file)) return { current: 0, target: migrations.at(-1)?.id ?? 0, pending: migrations };
  try {
    const connection = driver.open(file, true);
    try {
      return await patiently(() => planMigrations(connection), opening);
    } finally {
      connection.close();
    }
  } catch (error) {
    throw storeError(error, file);
  }
}

async function connect(driver: Driver, opening: Opening): Promise<Connection> {
  const connection = driver.open(opening.file, false);
  try {
    await patiently(() => setUp(connection, opening), opening);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** https://www.sqlite.org/pragma.html */
function setUp(connection: Connection, { file, durability }: Opening): void {
  const [mode] = connection.prepare<readonly [string]>('PRAGMA journal_mode = WAL', 'tuples').first([]) ?? [];
  if (mode !== 'wal')
    throw unavailable(file, `a file system without shared memory: the journal stays ${mode}`);
  connection.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'NORMAL'}`);
  for (const pragma of PRAGMAS) connection.exec(`PRAGMA ${pragma}`);
}

const PRAGMAS: readonly string[] = [
  // Where a sync alone does not reach the disk itself, as on macOS. Nothing elsewhere.
  'fullfsync = ON',
  'checkpoint_fullfsync = ON',
  'foreign_keys = ON',
  // Waiting here would keep everything else of the process waiting; see patience.ts.
  'busy_timeout = 0',
  // In KiB, where it is negative.
  'cache_size = -16000',
  'temp_store = MEMORY',
  // In pages. The log is brought into the file by the commit that finds it this long, as far as readers allow.
  'wal_autocheckpoint = 1000',
  // A log that a long reader has made longer is cut when it begins anew.
  'journal_size_limit = 16777216',
];

/** Takes the lock only if there is something to do. */
async function migrate(writer: Connection, opening: Opening, logger: Logger): Promise<void> {
  if ((await patiently(() => planMigrations(writer), opening)).pending.length === 0) return;
  await patiently(() => writer.exec('BEGIN IMMEDIATE'), opening);
  try {
    const { pending } = applyMigrations(writer);
    writer.exec('COMMIT');
    for (const { id, name } of pending) logger.info({ file: opening.file, id, name }, 'migration applied');
  } catch (error) {
    if (writer.isInTransaction) writer.exec('ROLLBACK');
    throw error;
  }
}
