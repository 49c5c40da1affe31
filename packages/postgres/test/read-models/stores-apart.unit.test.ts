import { createApp, type DurableApp, defineModule, event } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { type ProjectionSql, sqlProjection } from 'mortar/projections';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { postgres } from '../../src/index.js';
import { until } from '../support/events.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

const Paid = event('till.paid', {
  data: z.object({ till: z.string(), amount: z.number() }),
  key: ({ till }) => till,
});

type Payment = { readonly data: { readonly till: string; readonly amount: number } };

async function add(tx: ProjectionSql<'sums'>, { data: { till, amount } }: Payment): Promise<void> {
  await tx.execute(
    `INSERT INTO ${tx.table('sums')} AS s VALUES ($1, $2) ON CONFLICT (till) DO UPDATE SET sum = s.sum + excluded.sum`,
    [till, amount],
  );
}

const definition = {
  events: [Paid],
  // Of each kind of things that lie in a schema: tables, sequences, indexes and constraints, by names of their own.
  tables: {
    sums: (name: string) => [
      `CREATE TABLE ${name} (till text CONSTRAINT ${name}_tills PRIMARY KEY, sum integer NOT NULL, number serial)`,
      `CREATE INDEX ${name}_by_sum ON ${name} (sum)`,
    ],
  },
  key: ({ data }: Payment) => data.till,
  on: { 'till.paid': add },
};

const sums = sqlProjection('sums', definition);
const inlineSums = sqlProjection('inline-sums', { ...definition, placement: 'inline' });

const till = defineModule('till', (module) => {
  module.publishes(Paid);
  module.project(sums);
  module.project(inlineSums);
});

/** One generation at a time is made. */
async function rebuildSums({ projections }: DurableApp): Promise<void> {
  const isBuilding = async (): Promise<boolean> =>
    (await projections.status()).some(({ generations }) =>
      generations.some(({ state }) => state === 'building'),
    );
  await until(async () => !(await isBuilding()), 'no generation is being made');
  await projections.rebuild('till/sums', { actor: 'ann' });
}

/** Removes generations that are not read any more; answers with whether the others alone are there. */
async function tidied({ projections }: DurableApp): Promise<boolean> {
  const all = await projections.status();
  const others = all.flatMap(({ name, generations }) =>
    generations
      .filter(({ state }) => state !== 'active')
      .map(({ number, state }) => ({ name, number, state })),
  );
  for (const { name, number, state } of others)
    if (state === 'retired') await projections.remove(name, number, { actor: 'ann' });
  return others.length === 0 && all.every(({ generations }) => generations.length === 1);
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('stores of one database, with the same projections of SQL', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const start = async (schema: string, url = database.url): Promise<DurableApp> => {
    const app = await createApp({ modules: [till], store: postgres(url, { schema }), logger: silentLogger });
    onTestFinished(async () => void (await app.stop()));
    await app.start();
    return app;
  };
  const rowsOf = async (app: DurableApp, projection: typeof sums | typeof inlineSums) => {
    await app.caughtUp({ projection: `till/${projection.name}`, timeoutMs: 20_000 });
    const table = await app.readModel(projection).table('sums');
    return database.query(`SELECT till, sum FROM ${table} ORDER BY till`);
  };
  const found = async (where: string): Promise<readonly unknown[]> => {
    const rows = await database.query(
      `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${where}`,
    );
    return rows;
  };

  // A word of SQL, and one that is another without its quotes.
  it('keep them apart, whatever is made anew meanwhile', { timeout: 60_000 }, async () => {
    const apps = [await start('order'), await start('Shop_2')] as const;
    const totals = [0, 0];
    for (let round = 1; round <= 4; round += 1) {
      await Promise.all(
        apps.map(async (app, index) => {
          const amounts = Array.from({ length: 20 }, (_, amount) => amount * 1_000 ** index + round);
          totals[index] = amounts.reduce((sum, amount) => sum + amount, totals[index] ?? 0);
          const publishing = Promise.all(amounts.map((amount) => app.publish(Paid, { till: 'a', amount })));
          // Each makes its own anew in other rounds than the other one does.
          if ((round + index) % 2) await rebuildSums(app);
          else await app.projections.reset('till/inline-sums', { actor: 'ann' });
          await publishing;
        }),
      );
    }
    for (const [index, app] of apps.entries())
      for (const projection of [sums, inlineSums])
        expect(await rowsOf(app, projection)).toEqual([{ till: 'a', sum: totals[index] }]);
    const [first, second] = apps;
    await rebuildSums(first);
    await until(() => tidied(first), 'there is nothing but the newest ones');
    const left = `n.nspname = 'order' AND relkind = 'r' AND relname LIKE 'till\\_%'`;
    await until(async () => (await found(left)).length === 2, 'the tables of the others are gone');
    for (const projection of [sums, inlineSums])
      expect(await rowsOf(second, projection)).toEqual([{ till: 'a', sum: totals[1] }]);
    expect(await found(`relname LIKE 'till\\_%' AND n.nspname NOT IN ('order', 'Shop_2')`)).toEqual([]);
  });

  it('find their own, whatever the search path of a process', async () => {
    const schema = newSchema();
    await database.query('CREATE SCHEMA IF NOT EXISTS elsewhere');
    const first = await start(schema);
    await first.publish(Paid, { till: 'a', amount: 1 });
    expect(await rowsOf(first, sums)).toEqual([{ till: 'a', sum: 1 }]);
    for (const path of ['elsewhere', '']) {
      const url = new URL(database.url);
      url.searchParams.set('options', `-c search_path=${path}`);
      const other = await start(schema, url.href);
      await other.publish(Paid, { till: 'a', amount: 1 });
      await rebuildSums(other);
    }
    expect(await rowsOf(first, sums)).toEqual([{ till: 'a', sum: 3 }]);
    expect(await rowsOf(first, inlineSums)).toEqual([{ till: 'a', sum: 3 }]);
    expect(await found(`n.nspname IN ('elsewhere', 'public')`)).toEqual([]);
  });

  it('take them along when they are dropped', async () => {
    const schema = newSchema();
    const first = await start(schema);
    await first.publish(Paid, { till: 'a', amount: 1 });
    expect(await rowsOf(first, sums)).toEqual([{ till: 'a', sum: 1 }]);
    await first.stop();
    await database.query(`DROP SCHEMA ${schema} CASCADE`);
    const second = await start(schema);
    await second.publish(Paid, { till: 'b', amount: 2 });
    expect(await rowsOf(second, sums)).toEqual([{ till: 'b', sum: 2 }]);
    expect(await rowsOf(second, inlineSums)).toEqual([{ till: 'b', sum: 2 }]);
  });
});
