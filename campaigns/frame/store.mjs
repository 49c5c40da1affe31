/**
 * What several processes can open.
 * @typedef {Exclude<import('./campaign.mjs').StoreKind, 'memory'>} StoreKind
 */

/**
 * A store as an application opens it, by its package's name and with default settings.
 * @param {StoreKind} kind
 * @param {string} where a path or a URL
 * @returns {Promise<import('mortar/delivery').OpenStore>}
 */
export async function openStore(kind, where) {
  const { silentLogger } = await import('mortar/logging');
  const surroundings = { logger: silentLogger };
  if (kind === 'sqlite') return (await import('@mortar/sqlite')).sqlite(where).open(surroundings);
  return (await import('@mortar/postgres')).postgres(where).open(surroundings);
}
