import { newId } from 'mortar/contracts';
import type { OpenStore } from 'mortar/delivery';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appendOf, aUnit, until } from './support/events.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from './support/server.js';

/** More than a statement removes. */
const MANY = 2_500;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('what is removed in the course of time', () => {
  let database: TestDatabase;
  let schema: string;
  let store: OpenStore;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);
  beforeEach(async () => {
    schema = newSchema();
    store = await database.open({ schema });
  }, HOOK_MS);

  const count = async (table: string): Promise<number> => {
    const [row] = await database.query(`SELECT count(*)::int AS count FROM ${schema}.${table}`);
    return Number(row?.['count']);
  };

  /** The most rows that one statement removed from a table from now on. */
  const watchSteps = async (table: string): Promise<() => Promise<number>> => {
    await database.query(`
      CREATE TABLE ${schema}.steps_${table} (rows integer);
      CREATE FUNCTION ${schema}.step_${table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO ${schema}.steps_${table} SELECT count(*) FROM removed; RETURN NULL; END $$;
      CREATE TRIGGER step AFTER DELETE ON ${schema}.${table} REFERENCING OLD TABLE AS removed
        FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.step_${table}()`);
    return async () => {
      const [row] = await database.query(`SELECT max(rows) AS most FROM ${schema}.steps_${table}`);
      return Number(row?.['most']);
    };
  };

  it('what units left behind, in bounded steps, and nothing that is younger', async () => {
    await database.query(`
      INSERT INTO ${schema}.inbox SELECT 's', n::text, n, gen_random_uuid() FROM generate_series(1, ${MANY}) n;
      INSERT INTO ${schema}.units SELECT gen_random_uuid(), n FROM generate_series(1, ${MANY}) n;
      INSERT INTO ${schema}.results SELECT n::text, 'd', '1', n, gen_random_uuid() FROM generate_series(1, ${MANY}) n;
      INSERT INTO ${schema}.results VALUES ('young', 'd', '1', ${schema}.now_ms() + 1000000, gen_random_uuid())`);
    const tables = ['inbox', 'units', 'results'] as const;
    const mosts = await Promise.all(tables.map(watchSteps));
    expect(await store.units.cleanUp({ inboxBefore: MANY })).toBe(3 * MANY - 2);
    expect(await Promise.all(tables.map(count))).toEqual([1, 1, 1]);
    for (const most of mosts) expect(await most()).toBe(1_000);
    expect(await store.units.findResult('young')).toBeDefined();
    expect(await store.units.cleanUp({ inboxBefore: MANY })).toBe(0);
  });

  it('replays that have ended and the audit, in bounded steps', async () => {
    const [ended, running] = [newId(), newId()];
    await database.query(`
      INSERT INTO ${schema}.replay_jobs (id, state, filter, started_at, ended_at, total) VALUES
        ('${ended}', 'done', '{}', 1, 10, ${MANY}), ('${running}', 'running', '{}', 1, NULL, 1);
      INSERT INTO ${schema}.replay_letters SELECT '${ended}', gen_random_uuid(), 'begun' FROM generate_series(1, ${MANY});
      INSERT INTO ${schema}.replay_letters VALUES ('${running}', gen_random_uuid(), 'waiting');
      INSERT INTO ${schema}.audit (id, at, action) SELECT gen_random_uuid(), n, 'replay' FROM generate_series(1, ${MANY}) n`);
    const mosts = await Promise.all(['replay_letters', 'audit'].map(watchSteps));
    expect(await store.deadLetters.cleanUp({ jobsBefore: 10, auditBefore: 1 })).toBe(0);
    let removed = 0;
    await until(async () => {
      const step = await store.deadLetters.cleanUp({ jobsBefore: 11, auditBefore: MANY });
      removed += step;
      return step === 0;
    }, 'nothing is left');
    expect(removed).toBe(MANY);
    for (const most of mosts) expect(await most()).toBeLessThanOrEqual(1_000);
    expect(await store.deadLetters.jobs()).toMatchObject([{ id: running }]);
    expect(await Promise.all(['replay_letters', 'audit'].map(count))).toEqual([1, 1]);
  });

  it('dead letters that are purged, in bounded steps, with one note of it and none of what is younger', async () => {
    await store.deliveries.register('s', 'beginning', 1);
    await database.query(`
      INSERT INTO ${schema}.dead_letters (id, state, subscription, event_id, type, module, correlation_id, reason, category,
          fingerprint, position, key_hash, attempts, replays, first_dead_at, last_dead_at, ended_at, error, failures, event, place)
        SELECT gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'dead' ELSE 'discarded' END, 's', gen_random_uuid(), 't', 'm', 'c',
          'r', 'bug', 'f', n, 1, 1, 0, 1, n, CASE WHEN n % 2 = 1 THEN n END, '{}', '[]', '{}', '{}'
        FROM generate_series(1, ${2 * MANY}) n`);
    const most = await watchSteps('dead_letters');
    const revision = async (): Promise<unknown> => (await store.deliveries.subscriptions())[0]?.revision;
    const before = await revision();
    expect(await store.deadLetters.purge(2 * MANY - 1, ['discarded'], { actor: 'ada' })).toBe(MANY - 1);
    expect(await revision()).toBe(before);
    expect(await store.deadLetters.purge(2 * MANY - 2, ['dead', 'discarded'])).toBe(MANY - 2);
    expect(await revision()).not.toBe(before);
    expect([await most(), await count('dead_letters')]).toEqual([1_000, 3]);
    expect(await store.deadLetters.audit()).toMatchObject([
      { action: 'purge' },
      { action: 'purge', actor: 'ada' },
    ]);
    expect(await store.deadLetters.purge(1, ['dead'])).toBe(0);
    expect(await store.deadLetters.audit()).toHaveLength(2);
  });

  it('who was killed is no owner any more, and those who live stay', async () => {
    await store.deliveries.register('s', 'beginning', 1);
    await store.deliveries.announce('alive', ['s'], 60_000);
    for (let owner = 0; owner < 5; owner += 1) await store.deliveries.announce(`killed-${owner}`, ['s'], 1);
    await until(async () => {
      const [presence] = await store.deliveries.announce('other', ['s'], 60_000);
      return presence?.owners.length === 2 && (await count('owners')) === 2;
    }, 'only those who live are left');
  });

  it('processes that announce themselves at once do not wait for each other in vain', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `s${index}`);
    for (const name of names) await store.deliveries.register(name, 'beginning', 1);
    const owners = Array.from({ length: 8 }, (_, index) => `owner-${index}`);
    for (let round = 0; round < 10; round += 1)
      await Promise.all(owners.map((owner) => store.deliveries.announce(owner, names, 1 + (round % 3))));
    expect(await store.deliveries.announce('last', names, 60_000)).toHaveLength(8);
  });

  it('the id of a unit with functions goes with the others of its age', async () => {
    const unit = aUnit({ writes: [() => 1], appends: [appendOf('order-1')] });
    expect((await store.units.commit([unit]))[0]?.ok).toBe(true);
    expect(await count('units')).toBe(1);
    expect(await store.units.cleanUp({ inboxBefore: 8.64e15 })).toBe(1);
    expect(await count('units')).toBe(0);
  });
});
