import { createServer, type Socket } from 'node:net';
import type { OpenStore } from 'mortar/delivery';
import { silentLogger } from 'mortar/logging';
import type { SqlTransaction } from 'mortar/unit-of-work';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Database } from '../../src/internal/connection/database.js';
import { checkOptions } from '../../src/options.js';
import { appendOf, aUnit } from '../support/events.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from '../support/server.js';

const CONNECT_MS = 300;
const UNITS = 150;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a burst of units with functions', () => {
  let database: TestDatabase;
  let store: OpenStore;
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ maxConnections: 3, connectTimeoutMs: CONNECT_MS });
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('waits for its turn for longer than connecting may take, and stops nobody else', {
    timeout: 60_000,
  }, async () => {
    await store.deliveries.register('s', 'beginning', 1);
    const leases = await store.deliveries.acquire('s', [0], 'me', 60_000);
    let ended = 0;
    const begun = performance.now();
    const burst = Array.from({ length: UNITS }, async () => {
      const write = async (tx: unknown): Promise<unknown> =>
        (tx as SqlTransaction).query('SELECT pg_sleep(0.01)');
      const [outcome] = await store.units.commit([aUnit({ writes: [write], appends: [appendOf()] })]);
      ended += 1;
      return outcome;
    });
    // Each of these would come last if it waited behind the burst.
    for (let round = 0; round < 5; round += 1) {
      await store.events.readAll({ limit: 10 });
      expect(await store.deliveries.renew(leases, 60_000)).toHaveLength(1);
      await store.events.append([appendOf('order-1')]);
    }
    expect(ended).toBeLessThan(UNITS);
    expect((await Promise.all(burst)).every((outcome) => outcome?.ok === true)).toBe(true);
    expect(performance.now() - begun).toBeGreaterThan(CONNECT_MS);
  });

  it('looks for what is known of each in the turn of that unit, and in no other', async () => {
    const quiet = await database.open({ listen: false });
    const use = vi.spyOn(Database.prototype, 'use');
    const [outcome] = await quiet.units.commit([aUnit({ writes: [() => 1], appends: [appendOf()] })]);
    const kinds = use.mock.calls.map(([, kind]) => kind);
    vi.restoreAllMocks();
    expect(outcome?.ok).toBe(true);
    expect(kinds).toEqual(['long']);
  });
});

describe('a server that does not answer', () => {
  let sockets = 0;
  const open: Socket[] = [];
  const server = createServer((socket) => {
    sockets += 1;
    open.push(socket);
    socket.on('error', () => undefined);
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });

  it('is asked by few, and all who wait learn what those have learnt', async () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const url = `postgres://nobody@127.0.0.1:${port}/none`;
    const options = checkOptions({ url, maxConnections: 2, connectTimeoutMs: CONNECT_MS });
    const database = new Database(options, silentLogger);
    const asked = Array.from({ length: 40 }, () => database.rows({ text: 'SELECT 1' }));
    const outcomes = await Promise.allSettled(asked);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'MORTAR_STORE_UNAVAILABLE' } });
    expect(sockets).toBeLessThanOrEqual(4);
    await database.close();
  });
});
