import type { LeaseName, LeaseRenewal, LeaseRenewalPlace } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import type { CheckedOptions } from '../../options.js';
import { Database } from '../connection/database.js';
import { change } from '../connection/transacting.js';
import { renewHeld } from './held-leases.js';

/** The longest that anything may take here: what hangs is to be tried again while the leases last. */
const MAX_WAIT_MS = 2_000;

/**
 * How a thread renews the leases of a store. A store that is relaxed is not given one, nor can there be one where the
 * options hold functions: a password that is asked for, a check of certificates.
 */
export function renewalPlaceOf(options: CheckedOptions): LeaseRenewalPlace | undefined {
  if (!options.isDurable) return undefined;
  try {
    return { module: import.meta.url, settings: structuredClone(options) };
  } catch {
    return undefined;
  }
}

/** Connects a thread to the server of a store, when it first renews; a connection that rests for long is ended. */
export async function openLeaseRenewal(settings: unknown): Promise<LeaseRenewal> {
  if (!isOptions(settings))
    throw new TypeError('The settings of a thread are those that its store has made.');
  const quick = (waitMs: number): number => Math.min(waitMs, MAX_WAIT_MS);
  const options: CheckedOptions = {
    ...settings,
    maxConnections: 1,
    connectTimeoutMs: quick(settings.connectTimeoutMs),
    statementTimeoutMs: quick(settings.statementTimeoutMs),
    lockTimeoutMs: quick(settings.lockTimeoutMs),
  };
  return new PostgresLeaseRenewal(new Database(options, silentLogger));
}

class PostgresLeaseRenewal implements LeaseRenewal {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** An announcement that is out of time stays so: others have taken over by then what a blocked process can't do. */
  async renew(owner: string, leases: readonly LeaseName[], ttlMs: number): Promise<void> {
    const { schema } = this.#database;
    await renewHeld(this.#database, leases, ttlMs);
    await change(this.#database, {
      text: `UPDATE ${schema}.owners SET until = ${schema}.now_ms() + $2::bigint
        WHERE owner = $1 AND until > ${schema}.now_ms()`,
      values: [owner, ttlMs],
    });
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

function isOptions(settings: unknown): settings is CheckedOptions {
  return (
    typeof settings === 'object' && settings !== null && 'connection' in settings && 'schema' in settings
  );
}
