import { createApp, type DurableApp, defineModule, event } from 'mortar';
import { silentLogger } from 'mortar/logging';
import { projection, sqlProjection } from 'mortar/projections';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { postgres } from '../../src/index.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

let database: TestDatabase;

const Paid = event('till.paid', { data: z.object({ till: z.string(), amount: z.number() }) });

/** All amounts in their order, as one state of the code keeps them. */
const tillsOf = (code: string) =>
  projection('tills', {
    events: [Paid],
    initialState: (): { readonly code: string; readonly amounts: readonly number[] } => ({
      code,
      amounts: [],
    }),
    key: ({ data }) => data.till,
    on: { 'till.paid': ({ amounts }, { data }) => ({ code, amounts: [...amounts, data.amount] }) },
    placement: 'inline',
    fingerprint: 'declared',
    version: code.length,
  });

const sums = sqlProjection('sums', {
  events: [Paid],
  tables: {
    sums: (name) => `CREATE TABLE ${name} (till TEXT PRIMARY KEY, sum INTEGER NOT NULL CHECK (sum < 1000))`,
  },
  on: {
    'till.paid': async (tx, { data }) => {
      const add = `INSERT INTO ${tx.table('sums')} AS s VALUES ($1, $2) ON CONFLICT (till) DO UPDATE SET sum = s.sum + excluded.sum`;
      await tx.execute(add, [data.till, data.amount]);
    },
  },
  placement: 'inline',
});

type Tills = ReturnType<typeof tillsOf>;

async function started(schema: string, tills: Tills): Promise<DurableApp> {
  const till = defineModule('till', (module) => {
    module.publishes(Paid);
    module.project(tills);
    module.project(sums);
  });
  const app = await createApp({
    modules: [till],
    store: postgres(database.url, { schema }),
    logger: silentLogger,
  });
  await app.start();
  onTestFinished(async () => void (await app.stop()));
  return app;
}

async function inLog(app: DurableApp): Promise<readonly number[]> {
  const amounts: number[] = [];
  for await (const { data } of app.log.readAll({ events: [Paid] })) amounts.push(data.amount);
  return amounts;
}

async function areInline(app: DurableApp): Promise<void> {
  await vi.waitFor(
    async () => {
      const all = await app.projections.status();
      const active = all.map(({ generations }) => generations.find(({ state }) => state === 'active'));
      expect(active).toMatchObject([{ isInline: true }, { isInline: true }]);
    },
    { timeout: 20_000 },
  );
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('inline projections of apps on PostgreSQL', () => {
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('documents and tables have what was published as soon as it is', async () => {
    const schema = newSchema();
    const tills = tillsOf('old');
    const app = await started(schema, tills);
    for (const amount of [1, 2, 3]) {
      await app.publish(Paid, { till: 'a', amount });
      expect((await app.readModel(tills).get('a'))?.amounts.at(-1)).toBe(amount);
    }
    const table = await app.readModel(sums).table('sums');
    expect(await database.query(`SELECT * FROM ${table}`)).toEqual([{ till: 'a', sum: 6 }]);
    await expect(app.publish(Paid, { till: 'a', amount: 994 })).rejects.toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
    });
    expect(await inLog(app)).toEqual([1, 2, 3]);
    expect((await app.readModel(tills).get('a'))?.amounts).toEqual([1, 2, 3]);
  });

  it('old and new code on one server append side by side, and in the end the new code has all of it inline', async () => {
    const schema = newSchema();
    const [old, young] = [tillsOf('old'), tillsOf('newer')];
    const first = await started(schema, old);
    for (let amount = 0; amount < 5; amount += 1) await first.publish(Paid, { till: 'a', amount });
    const second = await started(schema, young);
    await Promise.all(
      [first, second].map(async (app, place) => {
        for (let amount = 0; amount < 20; amount += 1)
          await app.publish(Paid, { till: 'a', amount: place * 20 + amount });
      }),
    );
    await first.caughtUp({ projection: 'till/tills', timeoutMs: 20_000 });
    expect(await first.readModel(old).get('a')).toEqual({ code: 'old', amounts: await inLog(first) });
    await first.stop();
    await areInline(second);
    await second.publish(Paid, { till: 'a', amount: 40 });
    expect(await second.readModel(young).get('a')).toEqual({ code: 'newer', amounts: await inLog(second) });
    expect(await inLog(second)).toHaveLength(46);
  }, 60_000);
});
