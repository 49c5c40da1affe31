import { openStore } from '../store.mjs';
import { SUBSCRIPTIONS } from './plan.mjs';

/** @typedef {import('../store.mjs').StoreKind} StoreKind */
/** @typedef {import('mortar/delivery').OpenStore} OpenStore */
/** @typedef {import('mortar/event-store').LogEntry} LogEntry */

/**
 * A dead letter, in whatever state.
 * @typedef {object} Letter
 * @property {string} subscription
 * @property {string} event
 * @property {number} position
 * @property {string | undefined} payload
 * @property {import('mortar/delivery').DeadLetterState} state
 * @property {string | undefined} code of its last error
 * @property {number} deaths how many of its last 50 failed attempts have failed since their process ended
 * @property {number} failpoints likewise, since the campaign has failed them
 * @property {number} replays in vain
 */

/**
 * How far a subscription has come.
 * @typedef {object} Place
 * @property {string} subscription
 * @property {number} partitions
 * @property {readonly Pick<import('mortar/delivery').CheckpointInfo, 'partition' | 'low' | 'ahead'>[]} checkpoints
 * @property {readonly Pick<import('mortar/delivery').HeldKey, 'orderKey' | 'first' | 'last'>[]} held
 */

/**
 * All that a campaign with deliveries leaves behind.
 * @typedef {object} Remains
 * @property {readonly LogEntry[]} entries the whole log
 * @property {readonly { subscription: string, event: string }[]} effects in the order of their rows
 * @property {readonly string[]} commands event ids, likewise
 * @property {readonly Letter[]} letters
 * @property {readonly Place[]} places
 */

const LETTERS_A_PAGE = 1_000;
const STATES = /** @type {const} */ (['dead', 'replaying', 'replayed', 'discarded']);

/**
 * Reads what is left behind: through the store, and the application's own tables past it. Nobody may be at work, since what
 * is read one after the other must belong together.
 * @param {StoreKind} kind
 * @param {string} where
 * @returns {Promise<Remains>}
 */
export async function readRemains(kind, where) {
  const store = await openStore(kind, where);
  try {
    const rows = await (kind === 'sqlite' ? readSqlite(where) : readPostgres(where));
    return {
      ...rows,
      entries: await readEntries(store.events),
      letters: await readLetters(store.deadLetters),
      places: await readPlaces(store.deliveries),
    };
  } finally {
    await store.close();
  }
}

/** @param {OpenStore['events']} events */
async function readEntries(events) {
  const entries = [];
  for (let after; ; ) {
    const page = await events.readAll({ limit: 1_000, ...(after === undefined ? {} : { after }) });
    entries.push(...page.entries);
    if (page.isEnd) return entries;
    after = page.next;
  }
}

/** @param {OpenStore['deadLetters']} deadLetters */
async function readLetters(deadLetters) {
  /** @type {Letter[]} */
  const letters = [];
  for (const state of STATES) {
    for (let after; ; ) {
      const page = { limit: LETTERS_A_PAGE, ...(after === undefined ? {} : { after }) };
      const some = await deadLetters.list({ state }, page);
      letters.push(...some.map(letterOf));
      if (some.length < LETTERS_A_PAGE) break;
      after = /** @type {string} */ (some.at(-1)?.id);
    }
  }
  return letters;
}

/**
 * @param {import('mortar/delivery').DeadLetter} letter
 * @returns {Letter}
 */
function letterOf({ subscription, envelope, entry, state, error, failures, replays }) {
  return {
    subscription,
    event: envelope.id,
    position: entry?.position ?? 0,
    payload: entry?.payload,
    state,
    code: error.code,
    deaths: failures.filter((failure) => failure.error.code === 'MORTAR_PROCESS_DIED').length,
    failpoints: failures.filter((failure) => failure.error.message.includes('failpoint')).length,
    replays,
  };
}

/** @param {OpenStore['deliveries']} deliveries */
async function readPlaces(deliveries) {
  const known = await deliveries.subscriptions();
  const places = SUBSCRIPTIONS.map(async (subscription) => {
    const { partitions } = known.find(({ name }) => name === subscription) ?? { partitions: 0 };
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    const held = partitions === 0 ? [] : await deliveries.heldKeys(subscription, all);
    return { subscription, partitions, held, checkpoints: await deliveries.checkpoints(subscription) };
  });
  return Promise.all(places);
}

/** @param {string} file */
async function readSqlite(file) {
  const { default: Database } = await import('better-sqlite3');
  const db = new Database(file, { readonly: true });
  // A process that is killed early has made no tables yet.
  const isThere =
    db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'campaign_mended'").get() !== undefined;
  const effects = isThere
    ? db.prepare('SELECT subscription, event FROM campaign_effects ORDER BY seq').all()
    : [];
  const commands = isThere
    ? db.prepare('SELECT event FROM campaign_commands ORDER BY seq').pluck().all()
    : [];
  db.close();
  return {
    effects: /** @type {Remains['effects'][number][]} */ (effects),
    commands: /** @type {string[]} */ (commands),
  };
}

/** @param {string} url */
async function readPostgres(url) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query("SELECT to_regclass('campaign_mended') AS name");
    if (rows[0]?.name === null) return { effects: [], commands: [] };
    const effects = await client.query('SELECT subscription, event FROM campaign_effects ORDER BY seq');
    const commands = await client.query('SELECT event FROM campaign_commands ORDER BY seq');
    return { effects: effects.rows, commands: commands.rows.map(({ event }) => String(event)) };
  } finally {
    await client.end();
  }
}
