/** @typedef {import('../store.mjs').StoreKind} StoreKind */

/**
 * Writes one row; deliberately without a constraint that would hide a second one.
 * @param {StoreKind} kind
 * @param {import('./plan.mjs').Subscription} subscription
 * @param {string} event
 */
export function insertEffect(kind, subscription, event) {
  const sql = `INSERT INTO campaign_effects (subscription, event) VALUES (${marks(kind, 2)})`;
  return (/** @type {any} */ tx) => tx.execute(sql, [subscription, event]);
}

/**
 * Likewise.
 * @param {StoreKind} kind
 * @param {string} event
 */
export function insertCommand(kind, event) {
  const sql = `INSERT INTO campaign_commands (event) VALUES (${marks(kind, 1)})`;
  return (/** @type {any} */ tx) => tx.execute(sql, [event]);
}

/**
 * The cause for which an event has failed is mended.
 * @param {StoreKind} kind
 * @param {string} event
 */
export function mend(kind, event) {
  const sql = `INSERT INTO campaign_mended (event) VALUES (${marks(kind, 1)}) ON CONFLICT DO NOTHING`;
  return (/** @type {any} */ tx) => tx.execute(sql, [event]);
}

/**
 * Fails unless the cause is mended.
 * @param {StoreKind} kind
 * @param {string} event
 */
export function requireMended(kind, event) {
  const sql = `SELECT event FROM campaign_mended WHERE event = ${marks(kind, 1)}`;
  return async (/** @type {any} */ tx) => {
    const rows = await tx.query(sql, [event]);
    if (rows.length === 0) throw new Error('not mended');
  };
}

/**
 * @param {StoreKind} kind
 * @param {number} count
 */
function marks(kind, count) {
  return Array.from({ length: count }, (_, index) => (kind === 'sqlite' ? '?' : `$${index + 1}`)).join(', ');
}
