import { addCounts } from '../../frame/counts.mjs';
import { makeRandom } from '../../frame/random.mjs';
import { CODES } from '../../frame/sourcing/bank.mjs';
import { countGenerations, killBackends, letTimePass, whenAlone } from '../../frame/sourcing/database.mjs';
import { makePlaces } from '../failpoints/places.mjs';
import { makeBooks } from './books.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('../../frame/random.mjs').Random} Random */
/** @typedef {import('./books.mjs').Books} Books */

/** Logs that are worked on at the same time. */
const LANES = 3;
/** After so many kills everything is finished and read, and a new log is begun. */
const KILLS_A_LOG = 50;
const LOOK_CHANCE = 0.15;
/** How often processes come back as other code. */
const DEPLOY_CHANCE = 0.3;
/** How often hours have passed when they come back, so that what nobody reads is removed. */
const LONG_CHANCE = 0.15;
/** Killed by its time in the one case, and in the middle of its work in the other. */
const EARLY_CHANCE = 0.15;
const OPENING_MS = 500;
const WORKING_MS = { sqlite: 900, postgres: 2_000 };
/** Killed when so many commands are acknowledged, at most, in half of all cases; and not later than after so long. */
const MOST_DONE = 40;
const LATEST_MS = 10_000;
const COUNTED = [
  'processes killed',
  'rounds with two processes',
  'of them with two codes',
  'times that everything was read',
];
const [KILLED, DOUBLED, MIXED, LOOKS] = /** @type {[string, string, string, string]} */ (COUNTED);
const BUILDING = 'rebuilds that were under way when processes were killed';
const INLINE = 'read models that were inline when processes were killed';
const DEMOTED = 'read models placed inline that were not so then';
const BACKENDS = 'backends killed';

/**
 * Each round starts a process on the log that the ones before have left behind, or two of them, of the same or of different code,
 * and kills it: while it starts, or in the middle of its work. On PostgreSQL there are always two, and processes of the server are
 * killed under them, too. From time to time, and at the end of each log, everything is read.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function killBankers({ store, runs, random, say, isStopped }) {
  if (store === 'memory') throw new TypeError('A process that is killed takes its memory with it.');
  /** @type {{ counts: Record<string, number>, violations: string[] }} */
  const tally = { counts: Object.fromEntries(COUNTED.map((what) => [what, 0])), violations: [] };
  const places = await makePlaces(store);
  const kills = Math.min(KILLS_A_LOG, Math.ceil(runs / LANES));
  let left = runs;
  const lane = async (/** @type {Random} */ own) => {
    while (left > 0 && tally.violations.length === 0 && !isStopped()) {
      const some = Math.min(left, kills);
      left -= some;
      const where = await places.make();
      const books = makeBooks(store, where, own);
      await work({ store, where, books, kills: some, random: own, tally });
      say(`${tally.counts[KILLED]} kills, ${tally.violations.length} violations`);
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, () => lane(makeRandom(random.seed()))));
  } finally {
    // What was found wrong can be looked at.
    if (tally.violations.length === 0 || store === 'postgres') await places.close();
  }
  return tally;
}

/**
 * @typedef {object} Round
 * @property {import('../../frame/store.mjs').StoreKind} store
 * @property {string} where
 * @property {Books} books
 * @property {number} kills
 * @property {Random} random
 * @property {{ counts: Record<string, number>, violations: string[] }} tally
 */

/** @param {Round} round */
async function work(round) {
  const { store, where, books, kills, random, tally } = round;
  let code = random.pick(CODES);
  for (let done = 0; done < kills && tally.violations.length === 0; ) {
    if (random.chance(DEPLOY_CHANCE)) code = random.pick(CODES);
    const areTwo = (store === 'postgres' || random.chance(0.25)) && done + 1 < kills;
    const codes = areTwo ? [code, random.pick(CODES)] : [code];
    if (areTwo) addCounts(tally.counts, { [DOUBLED]: 1, [MIXED]: codes[0] === codes[1] ? 0 : 1 });
    const together = codes.map((one) => killOne(round, one));
    if (areTwo) together.push(rob(round));
    await Promise.all(together);
    done += codes.length;
    if (store === 'postgres') await whenAlone(where);
    const { building, inline, demoted } = await countGenerations(store, where);
    addCounts(tally.counts, { [BUILDING]: building, [INLINE]: inline, [DEMOTED]: demoted });
    if (random.chance(LOOK_CHANCE)) await count(round, books.look(), LOOKS);
    await letTimePass(store, where, { isLong: random.chance(LONG_CHANCE) });
  }
  if (tally.violations.length === 0) await count(round, books.close(random.pick(CODES)), LOOKS);
}

/**
 * Ends the leases of both processes while they work, as if they had stood still: each may take what the other has.
 * @param {Round} round
 */
async function rob({ store, where, random }) {
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    await new Promise((resolve) => setTimeout(resolve, OPENING_MS + random.below(WORKING_MS[store])));
    await letTimePass(store, where, { isLong: false });
  }
}

/**
 * @param {Round} round
 * @param {Promise<Findings>} looking
 * @param {string} what
 */
async function count({ where, tally }, looking, what) {
  const { counts, violations } = await looking;
  addCounts(tally.counts, { [what]: 1, ...counts });
  tally.violations.push(...violations.map((violation) => `${violation}, in ${where}`));
}

/**
 * @param {Round} round
 * @param {number} code
 */
async function killOne({ store, where, books, random, tally }, code) {
  const isEarly = random.chance(EARLY_CHANCE);
  const delayMs = random.next() * (isEarly ? OPENING_MS : WORKING_MS[store]);
  /** @type {NodeJS.Timeout[]} */
  const timers = [];
  const killing = [Promise.resolve(0)];
  // By time, or in the middle of its work, however slow the machine is.
  let left = random.chance(0.5) ? random.below(MOST_DONE) : Number.POSITIVE_INFINITY;
  const killLater = () => {
    const lateMs = left === Number.POSITIVE_INFINITY ? delayMs : LATEST_MS;
    timers.push(setTimeout(() => child.kill('SIGKILL'), lateMs));
    if (store !== 'postgres' || !random.chance(0.5)) return;
    const most = 1 + random.below(3);
    timers.push(setTimeout(() => killing.push(killBackends(where, most)), random.next() * delayMs));
  };
  const child = books.start(code, {
    ready() {
      if (!isEarly) killLater();
    },
    done() {
      left -= 1;
      if (left === 0) child.kill('SIGKILL');
    },
  });
  if (isEarly) killLater();
  const fault = await child.ended;
  for (const timer of timers) clearTimeout(timer);
  const backends = (await Promise.all(killing)).reduce((sum, killed) => sum + killed, 0);
  addCounts(tally.counts, { [KILLED]: 1, ...(store === 'postgres' ? { [BACKENDS]: backends } : {}) });
  if (fault !== undefined) tally.violations.push(`a process on ${where} ${fault}`);
}
