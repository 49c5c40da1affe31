import { randomBytes } from 'node:crypto';
import process from 'node:process';
import { Client } from 'pg';

const { MORTAR_TEST_POSTGRES_URL: url, MORTAR_REQUIRE_POSTGRES: isRequired } = process.env;

/** A database of its own, dropped in the end; its place is not there where no server is named. */
export interface OwnDatabase {
  readonly url: string | undefined;
  drop(): Promise<void>;
}

/** Makes one. Throws if a server is required and none is named. */
export async function makeDatabase(): Promise<OwnDatabase> {
  if (!url && isRequired) throw new Error('MORTAR_TEST_POSTGRES_URL names no server.');
  if (!url) return { url: undefined, drop: async () => undefined };
  const name = `mortar_guide_${randomBytes(6).toString('hex')}`;
  const own = new URL(url);
  own.pathname = `/${name}`;
  await administer(`CREATE DATABASE ${name}`);
  return { url: own.href, drop: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function administer(...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}
