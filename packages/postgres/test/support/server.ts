import { randomUUID } from 'node:crypto';
import type { OpenStore } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import pg from 'pg';
import { type PostgresOptions, postgres } from '../../src/index.js';

/** The server of the tests, where there is one. */
export const SERVER_URL: string | undefined = process.env['MORTAR_TEST_POSTGRES_URL'] || undefined;

const isRequired = process.env['MORTAR_REQUIRE_POSTGRES'] === '1';

/** What needs a server is left out where none is named, unless it is required: then it fails. */
export const leftOut: { readonly skip: boolean } = { skip: SERVER_URL === undefined && !isRequired };

/** Making and dropping a database waits for a checkpoint of the server. */
export const HOOK_MS = 60_000;

/** A database of a test file's own. */
export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Runs one statement, on a connection of its own. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** A connection of the test's own; ended with the database. */
  connect(): Promise<pg.Client>;
  /** A store on a schema; one of its own unless said. Closed with the database. */
  open(options?: Partial<PostgresOptions>): Promise<OpenStore>;
  drop(): Promise<void>;
}

/** A schema that no other test has. */
export function newSchema(): string {
  return `t${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}

/** Makes a database on the server of the tests, or on another one. */
export async function makeDatabase(server: string | undefined = SERVER_URL): Promise<TestDatabase> {
  if (server === undefined)
    throw new Error('MORTAR_REQUIRE_POSTGRES is 1, and MORTAR_TEST_POSTGRES_URL names no server');
  const name = `mortar_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  await once(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const clients: pg.Client[] = [];
  const stores: OpenStore[] = [];
  return {
    name,
    url: url.href,
    query: (text, values) => once(url.href, text, values),
    connect: async () => {
      const client = new pg.Client(url.href);
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    open: async (options = {}) => {
      const store = await postgres(url.href, { schema: newSchema(), ...options }).open({
        logger: silentLogger,
      });
      stores.push(store);
      return store;
    },
    drop: async () => {
      await Promise.allSettled(stores.map((store) => store.close()));
      await Promise.allSettled(clients.map((client) => client.end()));
      await once(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function once(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text, [...values])).rows;
  } finally {
    await client.end();
  }
}
