import type { OpenStore } from 'mortar/delivery';
import { streamId } from 'mortar/event-store';
import type { SqlTransaction, Unit, Write } from 'mortar/unit-of-work';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anEvent, aUnit, until } from '../support/events.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

const ORDER = streamId('order-1');

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a unit that appends to a stream which is to exist, tried again', () => {
  let database: TestDatabase;
  let store: OpenStore;
  beforeAll(async () => {
    database = await makeDatabase();
    await database.query('CREATE TABLE counters (name text PRIMARY KEY, value integer NOT NULL)');
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);
  beforeEach(async () => {
    store = await database.open({ schema: newSchema() });
    await database.query("TRUNCATE counters; INSERT INTO counters VALUES ('a', 0), ('b', 0)");
  }, HOOK_MS);

  const counters = async (): Promise<readonly unknown[]> =>
    (await database.query('SELECT value FROM counters ORDER BY name')).map(({ value }) => value);

  it('after a deadlock: both units are committed once, and their functions count once', {
    timeout: 60_000,
  }, async () => {
    await store.events.append([{ streamId: ORDER, events: [anEvent()] }]);
    let runs = 0;
    const met = meeting(2);
    const counting = (first: string, second: string): Unit => {
      let isFirstRun = true;
      return unitOf([
        async (tx) => {
          runs += 1;
          await count(tx, first);
        },
        async (tx) => {
          // Each holds its first row before it asks for the other's; the one that is tried again finds nobody to meet.
          if (isFirstRun) await met(tx);
          isFirstRun = false;
          await count(tx, second);
        },
      ]);
    };
    const outcomes = await Promise.all(
      [counting('a', 'b'), counting('b', 'a')].map((unit) => store.units.commit([unit])),
    );
    expect(outcomes.flat().map(({ ok }) => ok)).toEqual([true, true]);
    // The server may end one of them or, on a busy machine, both.
    expect([3, 4]).toContain(runs);
    expect(await counters()).toEqual([2, 2]);
    expect((await store.events.streamInfo(ORDER))?.version).toBe(3);
  });

  it('is refused for a stream that is not there in the end, and nothing of it happens', async () => {
    const client = await database.connect();
    await client.query("BEGIN; UPDATE counters SET value = value WHERE name = 'a'");
    const outcome = store.units.commit([unitOf([(tx) => count(tx, 'a')])]);
    await untilWaiting(database);
    await client.query('ROLLBACK');
    expect(await outcome).toMatchObject([{ ok: false, error: { code: 'MORTAR_VERSION_CONFLICT' } }]);
    expect(await counters()).toEqual([0, 0]);
  });

  it('is committed where another makes the stream while it waits', async () => {
    const client = await database.connect();
    await client.query("BEGIN; UPDATE counters SET value = value WHERE name = 'a'");
    const outcome = store.units.commit([unitOf([(tx) => count(tx, 'a')])]);
    await untilWaiting(database);
    await store.events.append([{ streamId: ORDER, events: [anEvent()] }]);
    await client.query('ROLLBACK');
    expect(await outcome).toMatchObject([{ ok: true, result: { append: { versions: [2] } } }]);
    expect(await counters()).toEqual([1, 0]);
  });

  it('a single event that is appended so is told the version that it met, and of a repetition what came of it', async () => {
    const append = { streamId: ORDER, expectedVersion: 'streamExists' as const, events: [anEvent()] };
    await expect(store.events.append([append])).rejects.toMatchObject({ code: 'MORTAR_VERSION_CONFLICT' });
    await store.events.append([{ streamId: ORDER, events: [anEvent()] }]);
    const first = await store.events.append([append]);
    expect(first).toMatchObject({ versions: [2], isRepeated: false });
    expect(await store.events.append([append])).toMatchObject({ ...first, isRepeated: true });
  });
});

function unitOf(writes: readonly ((tx: SqlTransaction) => Promise<unknown>)[]): Unit {
  return aUnit({
    writes: writes.map(
      (write): Write =>
        (tx) =>
          write(tx as SqlTransaction),
    ),
    appends: [{ streamId: ORDER, expectedVersion: 'streamExists', events: [anEvent()] }],
  });
}

function count(tx: SqlTransaction, name: string): Promise<number> {
  return tx.execute('UPDATE counters SET value = value + 1 WHERE name = $1', [name]);
}

/** Who comes waits, by statements of its own transaction, until so many have come. */
function meeting(size: number): (tx: SqlTransaction) => Promise<void> {
  let come = 0;
  return async (tx) => {
    come += 1;
    while (come < size) await tx.query('SELECT 1');
  };
}

function untilWaiting(database: TestDatabase): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return until(async () => (await database.query(waiting)).length > 0, 'the unit waits for the row');
}
