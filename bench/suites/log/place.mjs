import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import pg from 'pg';

const LONGEST_CLOSING_MS = 5_000;

/**
 * Where the contestants of a case keep their data: each its own file or database, on one disk or server.
 * @typedef {object} Place
 * @property {(name: string) => string} file a path in a folder that is removed at the end
 * @property {(name: string) => Promise<string>} database the URL of a new and empty database, dropped at the end
 * @property {(url: string, sql: string) => Promise<any[]>} query runs a statement there and answers with its rows
 * @property {() => Promise<void>} close
 */

/** @typedef {{ readonly commitDelayMs: number }} PlaceOptions */

/**
 * @param {PlaceOptions} options
 * @returns {Place}
 */
export function makePlace({ commitDelayMs }) {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-bench-'));
  const server = process.env['MORTAR_TEST_POSTGRES_URL'] ?? '';
  /** @type {string[]} */
  const databases = [];
  return {
    file: (name) => join(folder, name),
    query,
    async database(name) {
      const database = `mortar_bench_${process.pid}_${name}`;
      await query(server, `CREATE DATABASE ${database}`);
      databases.push(database);
      if (commitDelayMs > 0) await delayCommits(server, database, commitDelayMs);
      const url = new URL(server);
      url.pathname = `/${database}`;
      return url.href;
    },
    async close() {
      for (const database of databases) {
        await untilLeft(server, database);
        await query(server, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Waits for connections that are being closed: Emmett answers before its own have ended, and one that the server ended then would end
 * this process. Those that stay are ended by whoever drops the database.
 * @param {string} server
 * @param {string} database
 */
async function untilLeft(server, database) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    const left = 'SELECT pid FROM pg_stat_activity WHERE datname = $1';
    const until = performance.now() + LONGEST_CLOSING_MS;
    while ((await client.query(left, [database])).rows.length > 0 && performance.now() < until);
  } finally {
    await client.end();
  }
}

/**
 * Stands for a slower disk. Without `commit_siblings`, a transaction that is alone would not wait.
 * @param {string} server
 * @param {string} database
 * @param {number} delayMs
 */
async function delayCommits(server, database, delayMs) {
  await query(server, `ALTER DATABASE ${database} SET commit_delay = ${Math.round(delayMs * 1_000)}`);
  await query(server, `ALTER DATABASE ${database} SET commit_siblings = 0`);
}

/**
 * @param {string} url
 * @param {string} sql
 */
async function query(url, sql) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
