import { newId } from 'mortar/contracts';
import type { BatchOutcome, Lease, OpenStore } from 'mortar/delivery';
import { BEGINNING, streamId } from 'mortar/event-store';
import type { SqlTransaction, Unit, Write } from 'mortar/unit-of-work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anEvent, appendOf, aUnit, until } from '../support/events.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

/** Statements that the server refuses, and the SQLSTATE that it says. */
const REFUSED = [
  ['a table that is not there', 'SELECT * FROM nothing_here', '42P01'],
  ['a misspelt word', 'SELEKT 1', '42601'],
  ['a division by zero', 'SELECT 1/0', '22012'],
  ['a text that is no number', "SELECT 'x'::integer", '22P02'],
  ['what a function raises', 'DO $$ BEGIN RAISE EXCEPTION $m$no$m$; END $$', 'P0001'],
  ['what is protected', 'UPDATE log.events SET type = type', 'MR000'],
] as const;

/** Longer than the server lets a session idle in its transaction. */
const BLOCKING_MS = 2_400;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a write that fails on PostgreSQL', () => {
  let database: TestDatabase;
  let store: OpenStore;
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: 'log' });
    await store.events.append([appendOf('order-1')]);
    await database.query(`
      CREATE TABLE checked (n integer);
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
      CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON checked DEFERRABLE INITIALLY DEFERRED
        FOR EACH ROW EXECUTE FUNCTION refuse()`);
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it.each(REFUSED)("%s is the driver's error, alone and in a batch", async (_, sql, code) => {
    const [outcome] = await store.units.commit([writing(sql)]);
    expect(outcome).toMatchObject({ ok: false, error: { name: 'error', code } });
    const unit = writing(sql);
    expect(await commitBatch([aUnit({ appends: [appendOf()] }), unit])).toMatchObject({
      ok: false,
      unit: unit.id,
      error: { name: 'error', code },
    });
  });

  it.each(['COMMIT', ' rollback', '-- now\nEND', ';;BEGIN', 'SET LOCAL ROLE nobody', '/* a */ Savepoint a'])(
    '%j is refused, since the transaction is not the write’s',
    async (sql) => {
      const { writes: insert } = writing('CREATE TABLE half_done (n integer)');
      const unit = aUnit({ appends: [appendOf()], writes: [...insert, ...writing(sql).writes] });
      const head = await store.events.head();
      const [outcome] = await store.units.commit([unit]);
      expect(outcome).toMatchObject({ ok: false, error: { code: 'MORTAR_WRITE_INVALID' } });
      expect(await database.query("SELECT to_regclass('half_done') AS found")).toEqual([{ found: null }]);
      expect(await store.events.head()).toBe(head);
    },
  );

  it('a setting of the transaction is made by a function, and is over with it', async () => {
    const [outcome] = await store.units.commit([
      aUnit({
        writes: [
          async (tx) =>
            (tx as SqlTransaction).query("SELECT set_config('app.tenant', 'acme', true) AS tenant"),
        ],
      }),
    ]);
    expect(outcome).toMatchObject({ ok: true, result: { written: [[{ tenant: 'acme' }]] } });
  });

  it("what a trigger raises at the end is the driver's error too", async () => {
    const sql = 'INSERT INTO checked VALUES (1)';
    const [outcome] = await store.units.commit([writing(sql)]);
    expect(outcome).toMatchObject({ ok: false, error: { name: 'error', code: 'P0001' } });
    const unit = writing(sql);
    expect(await commitBatch([unit])).toMatchObject({ ok: false, unit: unit.id, error: { code: 'P0001' } });
  });

  it('what can not be kept of an event is an error of its own', async () => {
    const unit = aUnit({
      writes: [() => 1],
      appends: [appendOf(undefined, anEvent({ payload: 'no JSON' }))],
    });
    expect(await store.units.commit([unit])).toMatchObject([
      { ok: false, error: { code: 'MORTAR_CODEC_CORRUPT' } },
    ]);
  });

  it('one that blocks its process past the patience of the server fails its unit alone', {
    timeout: 30_000,
  }, async () => {
    const blocking: Write = async (tx) => {
      await (tx as SqlTransaction).query('SELECT 1');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BLOCKING_MS);
      await (tx as SqlTransaction).query('SELECT 1');
    };
    const late = { code: 'MORTAR_WRITE_TIMEOUT' };
    const [outcome] = await store.units.commit([aUnit({ writes: [blocking] })]);
    expect(outcome).toMatchObject({ ok: false, error: late });
    const unit = aUnit({ writes: [blocking] });
    const batch = await commitBatch([writing('SELECT 1'), unit]);
    expect(batch).toMatchObject({ ok: false, unit: unit.id, error: late });
    expect((await store.units.commit([writing('SELECT 1')]))[0]).toMatchObject({ ok: true });
  });

  const commitBatch = async (units: readonly Unit[]): Promise<BatchOutcome> =>
    store.deliveries.commit(batchOf(await leaseOf(store), units));
});

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a batch of units with and without conditions', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('waits for all that it appends to before it holds readers back', { timeout: 30_000 }, async () => {
    const schema = newSchema();
    const store = await database.open({ schema });
    await store.events.append([appendOf('order-1')]);
    const lease = await leaseOf(store);
    const client = await database.connect();
    await client.query('BEGIN');
    await client.query(`SELECT 1 FROM ${schema}.streams WHERE stream_id = 'order-1' FOR UPDATE`);
    const condition = { query: [{ tags: ['none'] }], after: BEGINNING };
    const committing = store.deliveries.commit(
      batchOf(lease, [
        aUnit({ appends: [appendOf('order-2')] }),
        aUnit({ appends: [{ streamId: streamId('order-1'), events: [anEvent()] }], condition }),
      ]),
    );
    const waiting = `SELECT pid FROM pg_locks JOIN pg_stat_activity a USING (pid)
      WHERE NOT granted AND a.datname = current_database()`;
    await until(async () => (await database.query(waiting)).length > 0, 'the batch waits for the stream');
    const floors = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' AND pid IN (
      SELECT pid FROM (${waiting}) AS w)`;
    expect(await database.query(floors)).toEqual([]);
    await client.query('COMMIT');
    expect(await committing).toMatchObject({ ok: true });
    expect((await store.events.readAll()).entries).toHaveLength(3);
  });
});

function writing(sql: string): Unit {
  return aUnit({ writes: [async (tx) => void (await (tx as SqlTransaction).query(sql))] });
}

/** The lease of a new subscription with one partition. */
async function leaseOf({ deliveries }: OpenStore): Promise<Lease> {
  const name = newId();
  await deliveries.register(name, 'beginning', 1);
  const [lease] = await deliveries.acquire(name, [0], 'me', 60_000);
  if (lease === undefined) throw new Error('a new subscription is free');
  return lease;
}

function batchOf(
  { subscription, partition, token }: Lease,
  units: readonly Unit[],
): Parameters<OpenStore['deliveries']['commit']>[0] {
  const progress = [{ subscription, partition, token, low: BEGINNING, ahead: [] }];
  return { subscription, progress, units, hold: [], release: [], letters: [] };
}
