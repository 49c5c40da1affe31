import type { OpenStore } from 'mortar/delivery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anEvent, appendOf, aUnit, until } from './support/events.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from './support/server.js';

const LISTENING = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%' OR query = 'SELECT 1'`;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('watching', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const two = async (options: {
    listen: boolean;
    pollMs?: number;
  }): Promise<readonly [OpenStore, OpenStore]> => {
    const schema = newSchema();
    return [await database.open({ schema, ...options }), await database.open({ schema, ...options })];
  };

  it('wakes this process at once', async () => {
    const [store] = await two({ listen: false, pollMs: 60_000 });
    const calls = counted(store);
    await store.events.append([appendOf()]);
    await until(() => calls.count > 0, 'a call', 1_000);
    calls.end();
    await store.events.append([appendOf()]);
    expect(calls.count).toBe(1);
  });

  it('wakes another process by NOTIFY', async () => {
    const [store, other] = await two({ listen: true, pollMs: 60_000 });
    const calls = counted(other);
    await until(async () => (await database.query(LISTENING)).length > 0, 'it listens');
    const before = calls.count;
    await store.events.append([appendOf()]);
    await until(() => calls.count > before, 'a call');
    calls.end();
  });

  it('wakes another process by looking, where nobody listens', async () => {
    const [store, other] = await two({ listen: false, pollMs: 20 });
    const calls = counted(other);
    await until(() => calls.count > 0, 'the first look');
    const before = calls.count;
    await store.events.append([appendOf()]);
    await until(() => calls.count > before, 'a call');
    calls.end();
  });

  it('listens again when its connection was ended', async () => {
    const [store, other] = await two({ listen: true, pollMs: 60_000 });
    const calls = counted(other);
    await until(async () => (await database.query(LISTENING)).length > 0, 'it listens');
    const [listener] = await database.query(LISTENING);
    await database.query('SELECT pg_terminate_backend($1)', [listener?.['pid']]);
    await until(async () => {
      const before = calls.count;
      await store.events.append([appendOf()]);
      return calls.count > before;
    }, 'it is woken again');
    calls.end();
  });

  it('tells of what is scheduled, and not of events, who watches deliveries', async () => {
    const [store] = await two({ listen: false, pollMs: 60_000 });
    let count = 0;
    const end = store.deliveries.watch(() => {
      count += 1;
    });
    await store.events.append([appendOf()]);
    expect(count).toBe(0);
    const event = anEvent();
    await store.units.commit([aUnit({ schedule: [{ name: 'a', dueAt: 1, event }] })]);
    await until(() => count > 0, 'a call', 1_000);
    end();
  });

  it('a listener that throws is nobody else’s trouble', async () => {
    const [store] = await two({ listen: false, pollMs: 60_000 });
    const end = store.events.watch(() => {
      throw new Error('mine');
    });
    const calls = counted(store);
    await store.events.append([appendOf()]);
    await until(() => calls.count > 0, 'a call', 1_000);
    calls.end();
    end();
  });
});

function counted({ events }: OpenStore): { count: number; end: () => void } {
  const calls = { count: 0, end: (): void => undefined };
  calls.end = events.watch(() => {
    calls.count += 1;
  });
  return calls;
}
