import type { LeaseName, LeaseRenewal } from 'mortar/delivery';
import { patiently } from './database/patience.js';
import { RENEW } from './delivery-statements.js';
import { chooseDriver } from './driver/choice.js';
import type { Connection, DriverName, Statement } from './driver/driver.js';

/** What a thread is told of the store. */
export interface RenewalSettings {
  readonly file: string;
  /**
   * The one of the store. Two libraries of SQLite in one process would undo each other's locks:
   * https://www.sqlite.org/howtocorrupt.html, 2.2.1.
   */
  readonly driver: DriverName;
  readonly busyTimeoutMs: number;
}

/** Connects a thread to the file of a store. */
export async function openLeaseRenewal(settings: unknown): Promise<LeaseRenewal> {
  if (!isSettings(settings))
    throw new TypeError('The settings of a thread are those that its store has made.');
  const driver = await chooseDriver(settings.driver);
  const connection = driver.open(settings.file, false);
  try {
    await patiently(() => setUp(connection), settings);
    return new SqliteLeaseRenewal(connection, settings);
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * A renewal that a power cut undoes is of no process that is still there, so it need not be on disk; and it is the store's
 * own connection that brings the log into the file.
 */
function setUp(connection: Connection): void {
  connection.exec('PRAGMA busy_timeout = 0; PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
}

class SqliteLeaseRenewal implements LeaseRenewal {
  readonly #connection: Connection;
  readonly #settings: RenewalSettings;
  readonly #renew: Statement<never>;
  readonly #announce: Statement<never>;

  constructor(connection: Connection, settings: RenewalSettings) {
    this.#connection = connection;
    this.#settings = settings;
    this.#renew = connection.prepare(RENEW, 'tuples');
    this.#announce = connection.prepare(
      'UPDATE mortar_owners SET until = ? WHERE owner = ? AND until > ?',
      'tuples',
    );
  }

  /** An announcement that is out of time stays so: others have taken over by then what a blocked process can't do. */
  async renew(owner: string, leases: readonly LeaseName[], ttlMs: number): Promise<void> {
    await patiently(() => this.#connection.exec('BEGIN IMMEDIATE'), this.#settings);
    try {
      const now = Date.now();
      const until = now + ttlMs;
      for (const { subscription, partition, token } of leases)
        this.#renew.run([until, subscription, partition, token]);
      this.#announce.run([until, owner, now]);
      this.#connection.exec('COMMIT');
    } catch (error) {
      if (this.#connection.isInTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
  }
}

function isSettings(settings: unknown): settings is RenewalSettings {
  return typeof settings === 'object' && settings !== null && 'file' in settings && 'driver' in settings;
}
