import type { LeaseName } from 'mortar/delivery';
import type { Database } from '../connection/database.js';
import { change } from '../connection/transacting.js';
import type { RawRow } from '../reading/rows.js';

/**
 * Changes those of the leases that nobody has taken or released since, in one order; answers with what names them. The
 * assignment counts its parameters from `$2`.
 */
export async function changeHeld(
  database: Database,
  leases: readonly LeaseName[],
  assignment: string,
  values: readonly unknown[],
): Promise<readonly RawRow[]> {
  if (leases.length === 0) return [];
  const { schema } = database;
  return change(database, {
    text: `WITH held AS (SELECT l.subscription, l.partition FROM ${schema}.leases l
        JOIN json_array_elements($1) AS n ON l.subscription = n->>'subscription'
          AND l.partition = (n->>'partition')::integer AND l.token = (n->>'token')::bigint
        WHERE l.owner IS NOT NULL ORDER BY l.subscription, l.partition FOR UPDATE OF l)
      UPDATE ${schema}.leases l SET ${assignment} FROM held
      WHERE l.subscription = held.subscription AND l.partition = held.partition
      RETURNING l.subscription, l.partition, l.token`,
    values: [JSON.stringify(leases), ...values],
  });
}

/** Prolongs the leases that are still held, as `DeliveryStore.renew`; answers with what names them. */
export function renewHeld(
  database: Database,
  leases: readonly LeaseName[],
  ttlMs: number,
): Promise<readonly RawRow[]> {
  return changeHeld(database, leases, `expires_at = ${database.schema}.now_ms() + $2::bigint`, [ttlMs]);
}
