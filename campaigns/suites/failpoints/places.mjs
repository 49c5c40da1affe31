import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { findServer } from '../../../scripts/postgres/find.mjs';
import { UsageError } from '../../frame/arguments.mjs';

/** @typedef {{ make: () => Promise<string>, close: () => Promise<void> }} Places */

/**
 * Empty files or databases, one after the other; all are removed at the end.
 * @param {import('../../frame/store.mjs').StoreKind} kind
 * @returns {Promise<Places>}
 */
export async function makePlaces(kind) {
  let made = 0;
  if (kind === 'sqlite') {
    const folder = mkdtempSync(join(tmpdir(), 'mortar-campaign-'));
    return {
      async make() {
        made += 1;
        return join(folder, `${made}.db`);
      },
      close: async () => rmSync(folder, { recursive: true, force: true }),
    };
  }
  const server = await findServer();
  if (server === undefined)
    throw new UsageError('The campaign needs PostgreSQL. Expected a server; got none.');
  const nameOf = (/** @type {number} */ number) => `mortar_campaign_${process.pid}_${number}`;
  return {
    async make() {
      made += 1;
      const name = nameOf(made);
      await run(server.url, `CREATE DATABASE ${name}`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    async close() {
      for (let number = 1; number <= made; number += 1) {
        await run(server.url, `DROP DATABASE IF EXISTS ${nameOf(number)} WITH (FORCE)`);
      }
      await server.stop();
    },
  };
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
