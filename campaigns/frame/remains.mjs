import { SUBSCRIPTION } from './effects.mjs';
import { openStore } from './store.mjs';

/** @typedef {import('./store.mjs').StoreKind} StoreKind */
/** @typedef {import('./effects.mjs').Remains} Remains */

const LETTERS_A_PAGE = 1_000;

/**
 * Reads what a campaign with deliveries has left behind: through the store, and the application's own tables past it.
 * @param {StoreKind} kind
 * @param {string} where
 * @returns {Promise<Omit<Remains, 'published' | 'commanded'>>}
 */
export async function readRemains(kind, where) {
  const store = await openStore(kind, where);
  try {
    const rows = await (kind === 'sqlite' ? readSqlite(where) : readPostgres(where));
    return {
      ...rows,
      entries: await readEntries(store.events),
      letters: await readLetters(store.deadLetters),
    };
  } finally {
    await store.close();
  }
}

/** @param {import('mortar/event-store').EventStore} events */
async function readEntries(events) {
  const entries = [];
  for (let after; ; ) {
    const page = await events.readAll(after === undefined ? {} : { after });
    entries.push(...page.entries);
    if (page.isEnd) return entries;
    after = page.next;
  }
}

/** @param {import('mortar/delivery').DeadLetterStore} deadLetters */
async function readLetters(deadLetters) {
  const letters = [];
  for (let after; ; ) {
    const page = { limit: LETTERS_A_PAGE, ...(after === undefined ? {} : { after }) };
    const some = await deadLetters.list({ subscription: SUBSCRIPTION }, page);
    for (const { envelope, entry, error } of some) {
      letters.push({ event: envelope.id, payload: entry?.payload, code: error.code, message: error.message });
    }
    if (some.length < LETTERS_A_PAGE) return letters;
    after = /** @type {string} */ (some.at(-1)?.id);
  }
}

/** @param {string} file */
async function readSqlite(file) {
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(file, { readonly: true });
  const read = (/** @type {string} */ table) =>
    /** @type {string[]} */ (db.prepare(`SELECT event FROM ${table} ORDER BY seq`).pluck().all());
  const rows = { effects: read('campaign_effects'), commands: read('campaign_commands') };
  db.close();
  return rows;
}

/** @param {string} url */
async function readPostgres(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const read = async (/** @type {string} */ table) => {
    const { rows } = await client.query(`SELECT event FROM ${table} ORDER BY seq`);
    return rows.map(({ event }) => String(event));
  };
  const all = { effects: await read('campaign_effects'), commands: await read('campaign_commands') };
  await client.end();
  return all;
}
