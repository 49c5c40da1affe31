import { openStore } from '../store.mjs';
import { CODES, makeBank } from './bank.mjs';
import { openDatabase } from './database.mjs';
import { statementTables } from './projections.mjs';

/** @typedef {import('../store.mjs').StoreKind} StoreKind */
/** @typedef {import('mortar/event-store').LogEntry} LogEntry */

/**
 * A generation of a read model, with what it keeps.
 * @typedef {object} Generation
 * @property {string} projection without the module
 * @property {number} number
 * @property {import('mortar/read-models').GenerationState | 'gone'} state
 * @property {number} code that makes it; 0 for a fingerprint that nobody has
 * @property {boolean} isInline whether it is brought on by appends now
 * @property {number | undefined} low of its checkpoint, if it has one
 * @property {readonly number[]} ahead positions beyond it that are accounted for
 * @property {number} heldKeys
 * @property {number} letters that are not ended
 * @property {boolean} isPaused
 * @property {ReadonlyMap<string, string> | undefined} kept bytes by key, as `foldOf` answers; nothing where it has no place
 */

/**
 * A snapshot.
 * @typedef {{ stream: string, code: number, version: number, eventId: string, state: string }} Snapshot
 */

/**
 * All that the bank leaves behind.
 * @typedef {object} Remains
 * @property {readonly LogEntry[]} entries the whole log
 * @property {readonly Generation[]} generations also those that are gone, and those that nobody knows of but that have a place
 * @property {readonly Snapshot[]} snapshots
 * @property {readonly string[]} letters subscriptions of the others that have some that are not ended
 */

/** @typedef {import('./database.mjs').Database} Database */

/**
 * Reads what is left behind: the log and the deliveries through the store, documents, tables and snapshots past it. Nobody may
 * be at work, since what is read one after the other must belong together.
 * @param {StoreKind} kind
 * @param {string} where
 * @returns {Promise<Remains>}
 */
export async function readRemains(kind, where) {
  const store = await openStore(kind, where);
  const database = await openDatabase(kind, where);
  try {
    const letters = await readLetters(store);
    return {
      entries: await readEntries(store.events),
      generations: await readGenerations(store, database, letters),
      snapshots: await readSnapshots(database),
      letters: [...letters.keys()].filter((name) => !name.includes('#')),
    };
  } finally {
    await database.close();
    await store.close();
  }
}

/** @param {import('mortar/event-store').EventStore} events */
async function readEntries(events) {
  const entries = [];
  for (let after; ; ) {
    const page = await events.readAll({ limit: 5_000, ...(after === undefined ? {} : { after }) });
    entries.push(...page.entries);
    if (page.isEnd) return entries;
    after = page.next;
  }
}

/** @param {import('mortar/delivery').OpenStore} store */
async function readLetters({ deadLetters }) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const state of /** @type {const} */ (['dead', 'replaying']))
    for (const { subscription } of await deadLetters.list({ state }, { limit: 1_000 }))
      counts.set(subscription, (counts.get(subscription) ?? 0) + 1);
  return counts;
}

/**
 * @param {import('mortar/delivery').OpenStore} store
 * @param {Database} database
 * @param {ReadonlyMap<string, number>} letters by subscription
 * @returns {Promise<Generation[]>}
 */
async function readGenerations(store, database, letters) {
  const { rows, table } = database;
  const known = await rows(
    `SELECT projection, number, fingerprint, state, inline_types FROM ${table('generations')}`,
  );
  const collections = await rows(`SELECT name, number FROM ${table('collections')}`);
  const checkpoints = await store.deliveries.checkpoints();
  const subscriptions = await store.deliveries.subscriptions();
  const codes = codesByFingerprint();
  /** @type {Generation[]} */
  const all = [];
  for (const { projection: full, number, fingerprint, state, inline_types } of known) {
    const subscription = `${full}#${number}`;
    const projection = String(full).replace('bank/', '');
    const checkpoint = checkpoints.find((one) => one.subscription === subscription);
    const collection = collections.find(({ name }) => name === subscription);
    all.push({
      projection,
      number,
      state,
      code: codes.get(fingerprint) ?? 0,
      isInline: inline_types !== null,
      low: checkpoint?.low,
      ahead: checkpoint?.ahead ?? [],
      heldKeys: checkpoint?.heldKeys ?? 0,
      letters: letters.get(subscription) ?? 0,
      isPaused: subscriptions.some(({ name, paused }) => name === subscription && paused !== undefined),
      kept:
        projection === 'statements'
          ? await readTables(database, statementTables(number, store.units.schema))
          : collection && (await readDocuments(database, collection['number'])),
    });
  }
  return [...all, ...strayOnes(all, collections)];
}

/**
 * Places that are there for no generation that ever was.
 * @param {readonly Generation[]} known
 * @param {readonly Record<string, any>[]} collections
 * @returns {Generation[]}
 */
function strayOnes(known, collections) {
  const names = new Set(known.map(({ projection, number }) => `bank/${projection}#${number}`));
  const stray = collections.map(({ name }) => String(name)).filter((name) => !names.has(name));
  const nothing = { code: 0, isInline: false, low: undefined, ahead: [], heldKeys: 0, letters: 0 };
  return stray.map((name) => {
    const [projection = '', number] = name.replace('bank/', '').split('#');
    return {
      ...nothing,
      projection,
      number: Number(number),
      state: 'gone',
      isPaused: false,
      kept: new Map(),
    };
  });
}

/**
 * @param {Database} database
 * @param {number | string} number of the collection
 */
async function readDocuments({ rows, table }, number) {
  const found = await rows(`SELECT tenant, key, body FROM ${table(`documents_${number}`)} ORDER BY key`);
  return new Map(found.map(({ tenant, key, body }) => [`${tenant}${key}`, String(body)]));
}

/**
 * @param {Database} database
 * @param {ReturnType<typeof statementTables>} names
 */
async function readTables({ rows, table }, { lines, balances }) {
  const master =
    table('x') === 'mortar_x'
      ? `SELECT 1 AS there FROM sqlite_schema WHERE name IN ('${lines}', '${balances}')`
      : `SELECT 1 AS there WHERE to_regclass('${lines}') IS NOT NULL OR to_regclass('${balances}') IS NOT NULL`;
  if ((await rows(master)).length === 0) return undefined;
  /** @type {Map<string, string>} */
  const kept = new Map();
  for (const row of await rows(`SELECT event, account, change, code FROM ${lines}`))
    kept.set(`lines ${row['event']}`, JSON.stringify(row));
  for (const row of await rows(`SELECT account, balance, movements, trace FROM ${balances}`))
    kept.set(`balances ${row['account']}`, JSON.stringify(row));
  return kept;
}

/** @param {Database} database */
async function readSnapshots({ rows, table }) {
  const stream = table('x') === 'mortar_x' ? 'stream' : 'stream_id';
  const codes = codesByFingerprint();
  const found = await rows(
    `SELECT ${stream} AS stream, fingerprint, version, event_id, state FROM ${table('snapshots')}`,
  );
  return found.map(({ stream: of, fingerprint, version, event_id, state }) => ({
    stream: String(of),
    code: codes.get(fingerprint) ?? 0,
    version: Number(version),
    eventId: String(event_id),
    state: String(state),
  }));
}

/** Of aggregates and projections. */
function codesByFingerprint() {
  const codes = CODES.flatMap((code) => {
    const { account, transfer, projections } = makeBank(code);
    return [account, transfer, ...projections].map(
      ({ fingerprint }) => /** @type {const} */ ([fingerprint, code]),
    );
  });
  return new Map(codes);
}
