import type pg from 'pg';
import type { CheckedOptions } from '../../options.js';

/** How much longer than its statement a connection may be silent before it is given up. */
const SILENCE_MS = 2_000;
const KEEP_ALIVE_MS = 1_000;

/** How any connection of a store is made. No startup parameter but the name, since poolers refuse others. */
export function clientConfig(options: CheckedOptions, url?: string): pg.ClientConfig {
  return {
    ...options.connection,
    ...(url === undefined ? {} : { connectionString: url }),
    application_name: options.applicationName,
    connectionTimeoutMillis: options.connectTimeoutMs,
    query_timeout: options.statementTimeoutMs + SILENCE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    // Statements that belong together go out together, such as the last one of a transaction and its COMMIT.
    pipeline: true,
  };
}
