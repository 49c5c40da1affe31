import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { postgres } from '@mortar/postgres';
import { createApp, defineModule, event } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { type Projection, projection } from 'mortar/projections';
import { aggregate, decider } from 'mortar/sourcing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { root } from '../source/repository.js';
import { makeDatabase, type OwnDatabase } from './database.js';

// The rights that the page on production gives the role of a program: enough for all that a program does, and too few to
// make or change what migrations make.

const page = readFileSync(join(root, 'docs', 'guide', '9-running-it.md'), 'utf8');
const granted = String(/```sql\n(?<text>[\s\S]*?)```/.exec(page)?.groups?.['text']);
const role = `mortar_rights_${process.pid}`;
const { MORTAR_TEST_POSTGRES_URL, MORTAR_REQUIRE_POSTGRES } = process.env;
// Left out where there is no server, as all tests that need one.
const leftOut = { skip: !MORTAR_TEST_POSTGRES_URL && !MORTAR_REQUIRE_POSTGRES };

const Counted = event('desk.counted', { data: z.object({ by: z.number() }), key: () => 'all' });
const desk = aggregate('desk', {
  decider: decider({
    initialState: () => 0,
    decide: (by: number) => ({ type: Counted.name, data: { by } }),
    evolve: (sum, { data }: { readonly type: 'desk.counted'; readonly data: { readonly by: number } }) =>
      sum + data.by,
  }),
  events: [Counted],
  snapshots: { everyEvents: 2 },
});
const sums = sumsOf('sums', 'async');
const sumsNow = sumsOf('sums-now', 'inline');

describe('the rights of a program', leftOut, () => {
  let database: OwnDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
    await (await postgres(urlOf(database)).open({ logger: silentLogger })).close(); // as mortar migrate does
    await asOwner(
      `CREATE ROLE ${role} LOGIN PASSWORD 'secret'`,
      granted.replaceAll(' TO shop;', ` TO ${role};`),
    );
  });
  afterAll(async () => {
    await asOwner(`DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
    await database.drop();
  });

  it('are enough to publish, deliver, decide, take snapshots, project, rebuild, and schedule', async () => {
    const heard: number[] = [];
    const module = defineModule('desk', (own) => {
      own.publishes(Counted);
      own.on(Counted, { name: 'desk/heard' }, ({ data }) => void heard.push(data.by));
      own.project(sums);
      own.project(sumsNow);
      own.schedule('midnight', '0 0 * * *', Counted, { by: 0 });
    });
    const app = await createApp({
      modules: [module],
      store: postgres(urlOf(database, role)),
      logger: silentLogger,
    });
    await app.start();
    const isInline = async (): Promise<boolean> =>
      (await app.projections.status()).some(({ generations }) => generations.some((one) => one.isInline));
    await expect.poll(isInline, { timeout: 20_000 }).toBe(true);
    await app.publish(Counted, { by: 1 }, { wait: 'handled' });
    for (const by of [2, 3, 4]) await app.repository(desk).handle('front', by);
    await app.caughtUp({ projection: 'desk/sums', timeoutMs: 20_000 });
    await app.projections.rebuild('desk/sums', { actor: 'ann' });
    await app.caughtUp({ projection: 'desk/sums', timeoutMs: 20_000 });
    await app.deliveries.idle();
    expect(heard.toSorted()).toEqual([1, 2, 3, 4]);
    expect(await app.readModel(sums).get('all')).toEqual({ sum: 10 });
    expect(await app.readModel(sumsNow).get('all')).toEqual({ sum: 10 });
    await app.stop();
  }, 60_000);

  it.each(['DROP TABLE mortar.events', 'ALTER TABLE mortar.leases ADD COLUMN x int', 'CREATE SCHEMA other'])(
    'are too few for %s',
    async (statement) => {
      await expect(run(urlOf(database, role), statement)).rejects.toThrow(/must be owner|permission denied/);
    },
  );

  function asOwner(...statements: readonly string[]): Promise<void> {
    return run(urlOf(database), ...statements);
  }
});

function sumsOf(
  name: string,
  placement: 'async' | 'inline',
): Projection<string, { sum: number }, typeof Counted> {
  return projection(name, {
    placement,
    events: [Counted],
    initialState: () => ({ sum: 0 }),
    key: () => 'all',
    on: { 'desk.counted': ({ sum }, { data }) => ({ sum: sum + data.by }) },
  });
}

function urlOf({ url }: OwnDatabase, user?: string): string {
  const place = new URL(String(url));
  if (user !== undefined) [place.username, place.password] = [user, 'secret'];
  return place.href;
}

async function run(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
