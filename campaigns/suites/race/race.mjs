import process from 'node:process';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { findServer } from '../../../scripts/postgres/find.mjs';
import { UsageError } from '../../frame/arguments.mjs';
import { startChild } from '../../frame/child.mjs';
import { openStore } from '../../frame/store.mjs';
import { holdAppends, holdTransaction, killBackends } from './chaos.mjs';
import { makeLedger, makeSeen } from './ledger.mjs';

/** @typedef {import('../../frame/campaign.mjs').Task} Task */
/** @typedef {import('../../frame/campaign.mjs').Findings} Findings */
/** @typedef {import('../../frame/child.mjs').Child} Child */
/** @typedef {{ child: Child, seen: import('./ledger.mjs').Seen, at: number, movedAt: number, longestMs: number, restarts: number, failures: number, isReady: Promise<unknown> }} Reader */

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url));
const READER = fileURLToPath(new URL('reader.mjs', import.meta.url));
const PROCESSES = 4;
const WRITERS_EACH = 4;
const READERS = 3;
const RESTART_EVERY_MS = 600;
const STALLED_MS = 10_000;
const END_WITHIN_MS = 60_000;

/**
 * Four processes with four writers each append until so many events are acknowledged, while three readers follow.
 * @param {Task} task
 * @returns {Promise<Findings>}
 */
export async function raceOnPostgres(task) {
  const server = await findServer();
  if (server === undefined)
    throw new UsageError('The campaign needs PostgreSQL. Expected a server; got none.');
  const database = `mortar_race_${process.pid}`;
  await run(server.url, `CREATE DATABASE ${database}`);
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  try {
    return await race(task, { admin: server.url, url: url.href, database });
  } finally {
    await run(server.url, `DROP DATABASE ${database} WITH (FORCE)`);
    await server.stop();
  }
}

/**
 * @param {Task} task
 * @param {{ admin: string, url: string, database: string }} place
 * @returns {Promise<Findings>}
 */
async function race({ runs, random, isNaive, say, isStopped }, { admin, url, database }) {
  await (await openStore('postgres', url)).close();
  await holdAppends(url);
  const open = await holdTransaction(admin);
  const writing = startWriters(url, random);
  const readers = Array.from({ length: READERS }, () => startReader(url, random.seed(), isNaive));
  // A process whose connection is ended while it starts may give up, and would race no more.
  await Promise.all([writing.isReady, ...readers.map(({ isReady }) => isReady)]);
  const killer = killBackends(admin, database, random);
  const lastSaid = { at: 0 };
  while (writing.ledger.total() < runs && writing.violations.length === 0 && !isStopped()) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    watchReaders(readers, writing.ledger.total(), random);
    if (writing.ledger.total() - lastSaid.at < runs / 10) continue;
    lastSaid.at = writing.ledger.total();
    say(`${lastSaid.at} events acknowledged, ${killer.killed()} backends killed`);
  }
  await writing.stop();
  await killer.stop();
  writing.violations.push(...(await catchUp(readers, writing.ledger)));
  await open.end();
  return findings(writing, readers, killer.killed());
}

/**
 * @param {string} url
 * @param {import('../../frame/random.mjs').Random} random
 */
function startWriters(url, random) {
  const ledger = makeLedger();
  const failures = { count: 0 };
  /** @type {string[]} */
  const violations = [];
  const ready = Array.from({ length: PROCESSES }, makeSignal);
  const children = ready.map((signal, index) => {
    const assignment = { where: url, seed: random.seed(), writers: WRITERS_EACH, name: `p${index}` };
    const child = startChild(WRITER, assignment, (line) => {
      if (line === 'ready') signal.give();
      const [what, key = '', first, count] = line.split(' ');
      if (what === 'ack') ledger.acknowledge(key, Number(first), Number(count));
      if (what === 'failed') failures.count += 1;
    });
    void child.ended.then(({ code, stderr }) => {
      if (code !== 0) violations.push(`a writer's process ended with exit code ${code}: ${stderr}`);
    });
    return child;
  });
  return {
    isReady: Promise.all(children.map(({ ended }, index) => Promise.race([ready[index]?.given, ended]))),
    ledger,
    failures,
    violations,
    async stop() {
      for (const child of children) child.tell('stop');
      await Promise.all(children.map(({ ended }) => ended));
    },
  };
}

/**
 * @param {string} url
 * @param {number} seed
 * @param {boolean} isNaive
 * @returns {Reader}
 */
function startReader(url, seed, isNaive) {
  const seen = makeSeen();
  /** @type {Omit<Reader, 'child' | 'isReady'>} */
  const state = { seen, at: 0, movedAt: Date.now(), longestMs: 0, restarts: 0, failures: 0 };
  const ready = makeSignal();
  const child = startChild(READER, { where: url, seed, isNaive }, (line) => {
    if (line === 'ready') ready.give();
    const [what, key = '', number] = line.split(' ');
    if (what === 'saw') seen.see(key, Number(number));
    if (what === 'failed') reader.failures += 1;
    if (what === 'at' && Number(key) > reader.at) {
      reader.at = Number(key);
      reader.longestMs = Math.max(reader.longestMs, Date.now() - reader.movedAt);
      reader.movedAt = Date.now();
    }
  });
  const reader = Object.assign(state, { child, isReady: Promise.race([ready.given, child.ended]) });
  return reader;
}

/**
 * Restarts readers from time to time, and takes note of one that does not move although there is something to read.
 * @param {readonly Reader[]} readers
 * @param {number} total
 * @param {import('../../frame/random.mjs').Random} random
 */
function watchReaders(readers, total, random) {
  for (const reader of readers) {
    if (reader.seen.total() < total)
      reader.longestMs = Math.max(reader.longestMs, Date.now() - reader.movedAt);
    if (!random.chance(50 / RESTART_EVERY_MS)) continue;
    reader.restarts += 1;
    reader.child.tell('restart');
  }
}

/**
 * Lets readers come to the end, and ends them.
 * @param {readonly Reader[]} readers
 * @param {import('./ledger.mjs').Ledger} ledger
 */
async function catchUp(readers, ledger) {
  const end = Date.now() + END_WITHIN_MS;
  for (let last = -1, total = 0; Date.now() < end; last = total) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    total = readers.reduce((sum, { seen }) => sum + seen.total(), 0);
    if (readers.every(({ seen }) => ledger.missedBy(seen) === 0) || total === last) break;
  }
  for (const { child } of readers) child.tell('stop');
  const ends = await Promise.all(readers.map(({ child }) => child.ended));
  return ends.flatMap(({ code, stderr }) =>
    code === 0 ? [] : [`a reader's process ended with exit code ${code}: ${stderr}`],
  );
}

/**
 * @param {ReturnType<typeof startWriters>} writing
 * @param {readonly Reader[]} readers
 * @param {number} killed
 * @returns {Findings}
 */
function findings({ ledger, failures, violations }, readers, killed) {
  const sum = (/** @type {(reader: Reader) => number} */ pick) =>
    readers.reduce((total, reader) => total + pick(reader), 0);
  const missed = sum(({ seen }) => ledger.missedBy(seen));
  const disordered = sum(({ seen }) => seen.faults.disordered);
  const doubled = sum(({ seen }) => seen.faults.doubled);
  const stalled = readers.filter(({ longestMs }) => longestMs > STALLED_MS).length;
  const counts = {
    'events acknowledged': ledger.total(),
    'seen, by all readers': sum(({ seen }) => seen.total()),
    'backends killed': killed,
    'appends that failed, and were tried again': failures.count,
    'restarts of readers': sum(({ restarts }) => restarts),
    'failures of readers, and restarts after them': sum((reader) => reader.failures),
    'longest time without a move, ms': Math.max(...readers.map(({ longestMs }) => longestMs)),
    missed,
    'out of order within a key': disordered,
    doubled,
    stalled,
  };
  const found = Object.entries({ missed, 'out of order within a key': disordered, doubled })
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} events were ${what}`);
  if (stalled > 0) found.push(`${stalled} readers stood still for more than ${STALLED_MS} ms`);
  return { counts, violations: [...violations, ...found] };
}

/** Something that is said once. */
function makeSignal() {
  let give = () => {};
  /** @type {Promise<void>} */
  const given = new Promise((resolve) => {
    give = resolve;
  });
  return { given, give };
}

/**
 * @param {string} url
 * @param {string} sql
 */
async function run(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
