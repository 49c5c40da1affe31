import { INLINE_OWNER } from 'mortar/read-models';

/** @typedef {import('../store.mjs').StoreKind} StoreKind */

/**
 * The database of a store, past the store.
 * @typedef {object} Database
 * @property {(sql: string) => Promise<Record<string, any>[]>} rows nothing where a table is not there
 * @property {(table: string) => string} table the name of one of the store's own tables
 * @property {() => Promise<void>} close
 */

const MISSING = /no such table|does not exist/;

/**
 * @param {StoreKind} kind
 * @param {string} where
 * @returns {Promise<Database>}
 */
export function openDatabase(kind, where) {
  return kind === 'sqlite' ? openSqlite(where) : openPostgres(where);
}

/**
 * Longer than a lease: those of all processes are over, also of one that goes on. With `isLong`, so long that generations which
 * nobody reads any more may be removed.
 * @param {StoreKind} kind
 * @param {string} where
 * @param {{ isLong: boolean }} options
 */
export async function letTimePass(kind, where, { isLong }) {
  const database = await openDatabase(kind, where);
  const { rows, table } = database;
  try {
    // However long, those of what is inline are never over.
    const ending = `coalesce(owner, '') <> '${INLINE_OWNER}' AND ${ofFree(kind, table('leases'))}`;
    await rows(`UPDATE ${table('leases')} SET expires_at = 0 WHERE ${ending}`);
    await rows(`UPDATE ${table('owners')} SET until = 0 WHERE ${ofFree(kind, table('owners'))}`);
    if (isLong)
      await rows(`UPDATE ${table('generations')} SET changed_at = 0 WHERE state IN ('retired', 'cancelled')`);
  } finally {
    await database.close();
  }
}

/**
 * Rows that nobody has locked: whoever is at work must not be kept waiting, and least of all for ever.
 * @param {StoreKind} kind
 * @param {string} table
 */
function ofFree(kind, table) {
  return kind === 'sqlite' ? 'true' : `ctid IN (SELECT ctid FROM ${table} FOR UPDATE SKIP LOCKED)`;
}

/**
 * How many generations are being built, beside those that are read; and how many of those that are placed inline are so now.
 * @param {StoreKind} kind
 * @param {string} where
 */
export async function countGenerations(kind, where) {
  const { rows, table, close } = await openDatabase(kind, where);
  try {
    const all = await rows(`SELECT projection, state, inline_types FROM ${table('generations')}`);
    const active = all.filter(({ state }) => state === 'active');
    const placed = active.filter(({ projection }) => String(projection).startsWith('bank/inline-'));
    const inline = active.filter(({ inline_types: types }) => types !== null);
    return {
      building: all.filter(({ state }) => state === 'building').length,
      inline: inline.length,
      demoted: placed.length - inline.length,
    };
  } finally {
    await close();
  }
}

/**
 * Kills processes of the server, as they are at work for this database.
 * @param {string} url
 * @param {number} most
 * @returns {Promise<number>} how many
 */
export async function killBackends(url, most) {
  const { rows, close } = await openPostgres(url);
  try {
    const killed = await rows(`SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
      ORDER BY random() LIMIT ${most}) AS chosen`);
    return killed.length;
  } finally {
    await close();
  }
}

/**
 * Until the server has noticed that processes are gone: what they have sent last may be committed yet.
 * @param {string} url
 */
export async function whenAlone(url) {
  const { rows, close } = await openPostgres(url);
  const others = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
  try {
    while ((await rows(others)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    await close();
  }
}

/**
 * @param {string} file
 * @returns {Promise<Database>}
 */
async function openSqlite(file) {
  const { default: Sqlite } = await import('better-sqlite3');
  const db = new Sqlite(file, { timeout: 10_000 });
  return {
    async rows(sql) {
      return unlessMissing(async () => {
        const statement = db.prepare(sql);
        if (statement.reader) return /** @type {Record<string, any>[]} */ (statement.all());
        statement.run();
        return [];
      });
    },
    table: (name) => `mortar_${name}`,
    close: async () => void db.close(),
  };
}

/**
 * @param {string} url
 * @returns {Promise<Database>}
 */
async function openPostgres(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    rows: (sql) => unlessMissing(async () => (await client.query(sql)).rows),
    table: (name) => `mortar.${name}`,
    close: () => client.end(),
  };
}

/** @param {() => Promise<Record<string, any>[]>} ask */
async function unlessMissing(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && MISSING.test(error.message)) return [];
    throw error;
  }
}
