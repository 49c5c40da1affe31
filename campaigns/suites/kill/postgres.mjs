import pg from 'pg';
import { findBinaries } from '../../../scripts/postgres/binaries.mjs';
import { startServer } from '../../../scripts/postgres/server.mjs';
import { UsageError } from '../../frame/arguments.mjs';
import { addCounts } from '../../frame/counts.mjs';
import { openStore } from '../../frame/store.mjs';
import { makeCrew } from './crew.mjs';
import { appending, delivering } from './work.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('./work.mjs').Work} Work */
/** @typedef {import('./crew.mjs').Crew} Crew */
/** @typedef {import('../../../scripts/postgres/server.mjs').Server} Server */
/** @typedef {{ counts: Record<string, number>, violations: string[] }} Tally */

const PROCESSES = 2;
/** How many restarts come before everything is read, and before the databases are left for new ones. */
const LOOK_EVERY = 8;
const RESTARTS_A_DATABASE = 40;
const RESTARTED_WITHIN_MS = 10_000;
const SERVERS = 'servers killed';
const KILLED = 'processes killed';
const LOOKS = 'times that everything was read';

/**
 * Kills a server of its own with all of its processes, again and again, under processes that go on: some append, some
 * deliver, in a database each. They must be answered again once it is back, what was acknowledged must be there, and
 * effects come once. Processes are killed as well.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function killOnPostgres({ runs, random, say, isStopped }) {
  const binaries = findBinaries();
  if (binaries === undefined)
    throw new UsageError('The campaign starts a server. Expected the package postgresql; got none.');
  const server = await startServer(binaries);
  /** @type {Tally} */
  const tally = { counts: { [SERVERS]: 0, [KILLED]: 0, [LOOKS]: 0 }, violations: [] };
  try {
    for (let left = runs; left > 0 && tally.violations.length === 0 && !isStopped(); ) {
      const restarts = Math.min(left, RESTARTS_A_DATABASE);
      await workDatabases({ server, restarts, random, tally, isStopped });
      left -= restarts;
      say(`${tally.counts[SERVERS]} servers killed, ${tally.violations.length} violations`);
    }
  } finally {
    await server.stop();
  }
  return tally;
}

/** @param {{ server: Server, restarts: number, random: Task['random'], tally: Tally, isStopped: () => boolean }} round */
async function workDatabases({ server, restarts, random, tally, isStopped }) {
  const { counts, violations } = tally;
  const appendingIn = await makeDatabase(server.url, `append_${random.seed()}`);
  const deliveringIn = await makeDatabase(server.url, `deliver_${random.seed()}`);
  const appenders = makeCrew(appending('postgres', appendingIn), PROCESSES, random, violations);
  const work = delivering('postgres', deliveringIn, { isHoldBatched: random.chance(0.5) });
  const deliverers = makeCrew(work, PROCESSES, random, violations);
  const crews = [appenders, deliverers];
  try {
    for (let restart = 1; restart <= restarts && violations.length === 0 && !isStopped(); restart += 1) {
      for (const crew of crews) crew.fill();
      await Promise.all(crews.map((crew) => crew.isAnswered()));
      await new Promise((resolve) => setTimeout(resolve, random.below(100)));
      if (random.chance(0.3)) addCounts(counts, { [KILLED]: random.pick(crews).killOne() });
      await server.kill();
      addCounts(counts, { [SERVERS]: 1 });
      await startAgain(server);
      if (restart % LOOK_EVERY !== 0) continue;
      addCounts(counts, { [KILLED]: await deliverers.killAll(), [LOOKS]: 1 });
      await whenAlone(deliveringIn);
      violations.push(...(await deliverers.work.look()), ...(await appenders.work.look()));
    }
    await appenders.stop();
    addCounts(counts, { [KILLED]: await deliverers.killAll(), [LOOKS]: 1 });
    await whenAlone(deliveringIn);
    for (const crew of crews) await auditInto(tally, crew);
  } finally {
    for (const crew of crews) addCounts(counts, { [KILLED]: await crew.killAll() });
  }
}

/**
 * A process of the server that was being made when the others were killed ends by itself a moment later.
 * @param {Server} server
 */
async function startAgain(server) {
  for (const end = Date.now() + RESTARTED_WITHIN_MS; ; ) {
    try {
      await server.start();
      return;
    } catch (error) {
      const isInTheWay = error instanceof Error && /still in use|already exists/.test(error.message);
      if (!isInTheWay || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/**
 * @param {Tally} tally
 * @param {Crew} crew
 */
async function auditInto(tally, { work }) {
  const { counts, violations } = await work.audit();
  addCounts(tally.counts, counts);
  tally.violations.push(...violations);
}

/**
 * A database with everything that a store makes when it is opened first.
 * @param {string} server
 * @param {string} name
 * @returns {Promise<string>} its URL
 */
async function makeDatabase(server, name) {
  await ask(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  await (await openStore('postgres', url.href)).close();
  return url.href;
}

/**
 * Until the server has noticed that the processes are gone: what they have sent last may be committed yet.
 * @param {string} url
 */
async function whenAlone(url) {
  const others = `SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`;
  while ((await ask(url, others)) > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/**
 * @param {string} url
 * @param {string} sql
 * @returns {Promise<number>} how many rows
 */
async function ask(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
