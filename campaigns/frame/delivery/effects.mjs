import { hashOf } from '../event.mjs';
import { fateIn, HOLDING, SUBSCRIPTIONS, WORK, WORKING } from './plan.mjs';

/** @typedef {import('mortar/event-store').LogEntry} LogEntry */
/** @typedef {import('./remains.mjs').Remains} Remains */
/** @typedef {import('./remains.mjs').Letter} Letter */

/**
 * What the campaign knows beside what is left behind.
 * @typedef {object} Known
 * @property {ReadonlyMap<string, string>} published what was acknowledged: event ids, and the hashes of their payloads
 * @property {ReadonlySet<string>} commanded ids of the events whose unit wrote a row as well, and was acknowledged
 * @property {ReadonlyMap<string, number>} cutOff how often an attempt on record was cut off, by subscription and position
 */

/** What an event's letter says if its attempts were used up by processes that ended in the middle of one. */
const POISON = 'MORTAR_PROCESS_DIED';
/** A single attempt, or two, may be cut off by chance: nobody is to be blamed. */
const CUT_OFF_BEFORE_BLAME = 3;

/**
 * Once everything was delivered: every event that was acknowledged is in the log, once. For each subscription every event has
 * had its effect exactly once, with its follow-up; or it is a dead letter with its bytes, for a reason that the campaign
 * knows, and has had none. Letters that hold a key are replayed, with one effect, or discarded. Effects of a key came in order.
 * @param {Remains & Known} remains
 * @returns {string[]} violations
 */
export function auditEffects(remains) {
  const log = new Map(remains.entries.map((entry) => [entry.id, entry]));
  const twice = remains.entries.length - log.size;
  return [
    ...(twice > 0 ? [`${twice} events are twice in the log`] : []),
    ...auditPublished(log, remains.published),
    ...auditCommands(log, remains.commands, remains.commanded),
    ...auditLetters(log, remains.letters, remains.cutOff),
    ...SUBSCRIPTIONS.flatMap((subscription) => auditSubscription(subscription, log, remains)),
  ];
}

/**
 * How often it came to what a campaign should see now and then.
 * @param {Remains} remains
 * @returns {Record<string, number>}
 */
export function countLetters({ letters, effects }) {
  const count = (/** @type {(letter: Letter) => boolean} */ isCounted) => letters.filter(isCounted).length;
  return {
    'effects of deliveries found': effects.length,
    'dead letters, and kept': count(({ state }) => state === 'dead'),
    'dead letters, and replayed': count(({ state }) => state === 'replayed'),
    'dead letters, and discarded': count(({ state }) => state === 'discarded'),
    'dead letters that were replayed in vain first': count(({ replays }) => replays > 0),
    'dead letters since processes ended, three or more attempts of each cut off': count(
      ({ deaths }) => deaths >= CUT_OFF_BEFORE_BLAME,
    ),
    'dead letters since a failpoint used up an attempt': count(({ failpoints }) => failpoints > 0),
  };
}

/**
 * @param {ReadonlyMap<string, LogEntry>} log
 * @param {ReadonlyMap<string, string>} published
 */
function auditPublished(log, published) {
  return [...published].flatMap(([id, hash]) => {
    const entry = log.get(id);
    if (entry === undefined) return [`event ${id} was acknowledged, and is gone`];
    return hashOf(entry.payload) === hash ? [] : [`event ${id} has another payload than was acknowledged`];
  });
}

/**
 * A letter has the bytes of its event. An end of a process that it speaks of has cut off an attempt that was on record, and
 * only after three of these its event is blamed.
 * @param {ReadonlyMap<string, LogEntry>} log
 * @param {readonly Letter[]} letters
 * @param {ReadonlyMap<string, number>} cutOff
 */
function auditLetters(log, letters, cutOff) {
  return letters.flatMap(({ subscription, event, position, payload, code, deaths }) => {
    const what = `the letter of event ${event} in ${subscription}`;
    const times = cutOff.get(`${subscription} ${position}`) ?? 0;
    const least = code === POISON ? Math.max(CUT_OFF_BEFORE_BLAME, deaths) : deaths;
    return [
      ...(log.get(event)?.payload === payload ? [] : [`${what} has other bytes than the event`]),
      ...(times < least
        ? [`${what} speaks of ${least} ends of processes; ${times} of its attempts were cut off`]
        : []),
    ];
  });
}

/**
 * @param {import('./plan.mjs').Subscription} subscription
 * @param {ReadonlyMap<string, LogEntry>} log
 * @param {Remains} remains
 */
function auditSubscription(subscription, log, remains) {
  const effects = remains.effects.filter((effect) => effect.subscription === subscription);
  const letters = remains.letters.filter((letter) => letter.subscription === subscription);
  const counted = {
    effects: countsOf(effects.map(({ event }) => event)),
    letters: countsOf(letters.map(({ event }) => event)),
    followers: countsOf(
      remains.entries.flatMap(({ causationId = '', metadata }) =>
        metadata['by'] === subscription ? [causationId] : [],
      ),
    ),
  };
  const letterOf = new Map(letters.map((letter) => [letter.event, letter]));
  const violations = [];
  for (const entry of remains.entries) {
    if (entry.type !== WORK) continue;
    const data = /** @type {import('./plan.mjs').WorkData} */ (JSON.parse(entry.payload));
    const fate = fateIn(subscription, data);
    const letter = letterOf.get(entry.id);
    const expected = expectedOf(subscription, fate, data.follows, letter);
    for (const what of /** @type {const} */ (['effects', 'letters', 'followers'])) {
      const got = counted[what].get(entry.id) ?? 0;
      if (got === expected[what]) continue;
      violations.push(
        `event ${entry.id} (${fate}, position ${entry.position}) has ${got} ${what} in ${subscription}; expected ${expected[what]}`,
      );
    }
    if (letter !== undefined && isLeftOver(subscription, letter))
      violations.push(`the letter of event ${entry.id} in ${subscription} is ${letter.state} in the end`);
  }
  for (const id of counted.effects.keys())
    if (!log.has(id)) violations.push(`an effect of event ${id}, which is not in the log`);
  return [
    ...violations,
    ...auditOrder(
      log,
      effects.map(({ event }) => event),
    ),
  ];
}

/**
 * @param {string} subscription
 * @param {import('./plan.mjs').Fate} fate
 * @param {number} follows
 * @param {Letter | undefined} letter
 */
function expectedOf(subscription, fate, follows, letter) {
  // What the campaign has done to it is on record; that processes have ended is checked for each letter.
  const isExcused = letter !== undefined && (letter.deaths >= CUT_OFF_BEFORE_BLAME || letter.failpoints > 0);
  const letters = fate === 'dead' || isExcused ? 1 : 0;
  const isHandled = letters === 0 || letter?.state === 'replayed';
  const hasFollower = subscription === HOLDING || (subscription === WORKING && follows > 0);
  return { letters, effects: isHandled ? 1 : 0, followers: isHandled && hasFollower ? 1 : 0 };
}

/**
 * The operators of a campaign look after all letters that hold a key, and after no others.
 * @param {string} subscription
 * @param {Letter} letter
 */
function isLeftOver(subscription, { state }) {
  const isOver = state === 'replayed' || state === 'discarded';
  return subscription === HOLDING ? !isOver : state !== 'dead';
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
