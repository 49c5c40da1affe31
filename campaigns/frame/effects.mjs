import { hashOf } from './event.mjs';

/** @typedef {import('./store.mjs').StoreKind} StoreKind */
/** @typedef {import('mortar/event-store').LogEntry} LogEntry */

/** The subscription of the campaigns' handler. */
export const SUBSCRIPTION = 'campaign/work';
/** The type of the events that it handles. */
export const WORK = 'campaign.work';

/**
 * What is to become of an event: it is handled at once, after two failures, or never.
 * @typedef {'handled' | 'retried' | 'dead'} Fate
 */

/** @typedef {{ readonly fate: Fate, readonly follows: number, readonly text: string }} WorkData */

/** Tables of an application's own, written by its handlers and commands in the transactions of the store. */
export const TABLES = {
  sqlite: [
    'CREATE TABLE IF NOT EXISTS campaign_effects (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL)',
    'CREATE TABLE IF NOT EXISTS campaign_commands (seq INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL)',
  ],
  postgres: [
    // Two that create a table at once are not kept apart by IF NOT EXISTS.
    'SELECT pg_advisory_xact_lock(4)',
    'CREATE TABLE IF NOT EXISTS campaign_effects (seq bigserial PRIMARY KEY, event text NOT NULL)',
    'CREATE TABLE IF NOT EXISTS campaign_commands (seq bigserial PRIMARY KEY, event text NOT NULL)',
  ],
};

/**
 * Writes one row; deliberately without a constraint that would hide a second one.
 * @param {StoreKind} kind
 * @param {'campaign_effects' | 'campaign_commands'} table
 * @param {string} event
 */
export function insertRow(kind, table, event) {
  const sql = `INSERT INTO ${table} (event) VALUES (${kind === 'sqlite' ? '?' : '$1'})`;
  return (/** @type {any} */ tx) => tx.execute(sql, [event]);
}

/**
 * All that a campaign with deliveries leaves behind, once everything has been delivered.
 * @typedef {object} Remains
 * @property {readonly LogEntry[]} entries the whole log
 * @property {readonly string[]} effects event ids, in the order of their rows
 * @property {readonly string[]} commands likewise
 * @property {readonly { event: string, payload: string | undefined, code: string | undefined, message?: string }[]} letters of the dead
 * @property {ReadonlyMap<string, string>} published what was acknowledged: event ids, and the hashes of their payloads
 * @property {ReadonlySet<string>} commanded ids of the events whose unit wrote a row as well, and was acknowledged
 */

/** What an event's letter says if its attempts were used up by processes that ended in the middle of one. */
const POISON = 'MORTAR_PROCESS_DIED';

/**
 * Every event that was acknowledged is in the log, once; every one that is to be handled has had its effect exactly once,
 * with its follow-up; every other one is a dead letter with its bytes, and has had none; effects of a key came in order.
 * One whose processes were killed too often is taken for poison, and is a dead letter without an effect: so it is meant.
 * @param {Remains} remains
 * @returns {string[]} violations
 */
export function auditEffects({ entries, effects, commands, letters, published, commanded }) {
  /** @type {string[]} */
  const violations = [];
  const log = new Map(entries.map((entry) => [entry.id, entry]));
  if (log.size !== entries.length)
    violations.push(`${entries.length - log.size} events are twice in the log`);
  for (const [id, hash] of published) {
    const entry = log.get(id);
    if (entry === undefined) violations.push(`event ${id} was acknowledged, and is gone`);
    else if (hashOf(entry.payload) !== hash)
      violations.push(`event ${id} has another payload than was acknowledged`);
  }
  const effectCounts = countsOf(effects);
  const letterCounts = countsOf(letters.map(({ event }) => event));
  const poison = new Set(letters.filter(isOfCampaign).map(({ event }) => event));
  const followers = countsOf(
    entries.flatMap(({ causationId }) => (causationId === undefined ? [] : [causationId])),
  );
  for (const entry of entries.filter(({ type }) => type === WORK)) {
    const { fate, follows } = /** @type {WorkData} */ (JSON.parse(entry.payload));
    const isHandled = fate !== 'dead' && !poison.has(entry.id);
    const expected = {
      effects: isHandled ? 1 : 0,
      letters: isHandled ? 0 : 1,
      followers: isHandled && follows > 0 ? 1 : 0,
    };
    const got = {
      effects: effectCounts.get(entry.id) ?? 0,
      letters: letterCounts.get(entry.id) ?? 0,
      followers: followers.get(entry.id) ?? 0,
    };
    for (const what of /** @type {const} */ (['effects', 'letters', 'followers'])) {
      if (got[what] !== expected[what]) {
        violations.push(
          `event ${entry.id} (${fate}, position ${entry.position}) has ${got[what]} ${what}; expected ${expected[what]}`,
        );
      }
    }
  }
  for (const id of effectCounts.keys())
    if (!log.has(id)) violations.push(`an effect of event ${id}, which is not in the log`);
  for (const { event, payload } of letters) {
    if (log.get(event)?.payload !== payload)
      violations.push(`the letter of event ${event} has other bytes than the event`);
  }
  return [...violations, ...auditCommands(log, commands, commanded), ...auditOrder(log, effects)];
}

/**
 * Whether a letter is there since the campaign has killed or failed the attempts, and not since its event is a bad one.
 * @param {Remains['letters'][number]} letter
 */
function isOfCampaign({ code, message = '' }) {
  return code === POISON || message.includes('failpoint');
}

/**
 * A unit's row and its event are there together or not at all.
 * @param {ReadonlyMap<string, LogEntry>} log
 * @param {readonly string[]} commands
 * @param {ReadonlySet<string>} commanded
 */
function auditCommands(log, commands, commanded) {
  const counts = countsOf(commands);
  const wrong = [...counts].filter(([id, count]) => count !== 1 || !log.has(id));
  const lost = [...commanded].filter((id) => !counts.has(id));
  const halves = [...log.values()].filter(
    ({ id, metadata }) => metadata['unit'] === 'yes' && !counts.has(id),
  );
  return [
    ...wrong.map(
      ([id, count]) => `the unit of event ${id} wrote ${count} rows${log.has(id) ? '' : ', and no event'}`,
    ),
    ...lost.map((id) => `the row of event ${id} was acknowledged, and is gone`),
    ...halves.map(({ id }) => `the unit of event ${id} wrote no row`),
  ];
}

/**
 * @param {ReadonlyMap<string, LogEntry>} log
 * @param {readonly string[]} effects
 */
function auditOrder(log, effects) {
  /** @type {Map<string, number>} */
  const last = new Map();
  return effects.flatMap((id) => {
    const { key = id, position = 0 } = log.get(id) ?? {};
    const before = last.get(key) ?? 0;
    last.set(key, Math.max(before, position));
    return position < before
      ? [`the effect of position ${position} came after that of ${before}, both of key ${key}`]
      : [];
  });
}

/** @param {readonly string[]} ids */
function countsOf(ids) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
