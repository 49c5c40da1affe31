import type { OpenStore } from 'mortar/delivery';
import { MortarError } from 'mortar/errors';
import { BEGINNING } from 'mortar/event-store';
import { silentLogger } from 'mortar/logging';
import type { SqlTransaction, Transaction, Unit } from 'mortar/unit-of-work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgres } from '../src/index.js';
import { anEvent, appendOf, aUnit, until } from './support/events.js';
import { noServer, type OwnServer, ownServer } from './support/own-server.js';
import { TcpProxy } from './support/proxy.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';
import { whileConnectionsEnd } from './support/storm.js';

const CALLERS = Array.from({ length: 16 }, (_, index) => index);

// Left out where no server is named.
describe.skipIf(leftOut.skip)('when connections are ended', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('the process goes on, no acknowledged append is lost, and none happens twice', {
    timeout: 60_000,
  }, async () => {
    const store = await database.open();
    const acknowledged: string[] = [];
    const call = async (caller: number): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        const event = anEvent();
        if (await succeeds(() => store.events.append([appendOf(`order-${caller}`, event)])))
          acknowledged.push(event.id);
      }
    };
    const storms = await whileConnectionsEnd(
      database,
      async () => void (await Promise.all(CALLERS.map(call))),
    );
    expect(storms).toBeGreaterThan(1);
    expect(acknowledged.length).toBeGreaterThan(0);
    const ids = await idsIn(store);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(acknowledged));
  });

  it('a unit that is tried until it succeeds writes once', { timeout: 60_000 }, async () => {
    const store = await database.open();
    await database.query('CREATE TABLE effects (unit uuid NOT NULL)');
    const units = CALLERS.flatMap(() => Array.from({ length: 2 }, effectUnit));
    const committed = async (): Promise<void> =>
      void (await Promise.all(units.map((unit) => untilCommitted(store, unit))));
    await whileConnectionsEnd(database, committed);
    const rows = await database.query('SELECT unit, count(*)::int AS count FROM effects GROUP BY unit');
    expect(rows.length).toBe(units.length);
    expect(rows.every(({ count }) => count === 1)).toBe(true);
  });

  it('a silent connection is given up, and another takes its place', { timeout: 30_000 }, async () => {
    const proxy = await TcpProxy.start(database.url);
    const store = await postgres(proxy.urlOf(database.url), {
      schema: 'silent',
      statementTimeoutMs: 100,
      listen: false,
    }).open({ logger: silentLogger });
    try {
      await store.events.append([appendOf('order-1')]);
      proxy.freeze();
      // Its connection is silent for as long as a statement may take and a little more; the next try finds out.
      await store.events.append([appendOf('order-1')]);
      expect(await idsIn(store)).toHaveLength(2);
    } finally {
      await store.close();
      await proxy.stop();
    }
  });

  it('where nothing answers, the failure says so in time, without a password', {
    timeout: 30_000,
  }, async () => {
    const proxy = await TcpProxy.start(database.url);
    const url = new URL(proxy.urlOf(database.url));
    url.password = 'hunter2';
    const store = await postgres(url.href, {
      schema: 'nothing',
      connectTimeoutMs: 200,
      statementTimeoutMs: 100,
      recoveryTimeoutMs: 300,
      listen: false,
    }).open({ logger: silentLogger });
    try {
      proxy.freezeAll();
      const failed = await store.events.append([appendOf('order-1')]).catch((error: unknown) => error);
      expect(failed).toMatchObject({ code: 'MORTAR_COMMIT_UNKNOWN' });
      const next = await store.events.head().catch((error: unknown) => error);
      expect(next).toMatchObject({ code: 'MORTAR_STORE_UNAVAILABLE', category: 'unavailable' });
      for (const error of [failed, next]) expect(describeAll(error)).not.toContain('hunter2');
    } finally {
      await store.close();
      await proxy.stop();
    }
  });
});

// Left out where PostgreSQL's programs are not installed.
describe.skipIf(noServer.skip)('when the server is killed and starts again', () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await ownServer();
  }, HOOK_MS);
  afterAll(() => server.stop(), HOOK_MS);

  it('calls fail meanwhile and work again, and what was acknowledged is there', {
    timeout: 60_000,
  }, async () => {
    const database = await makeDatabase(server.url);
    const store = await database.open({ recoveryTimeoutMs: 20_000 });
    const acknowledged: string[] = [];
    let isOver = false;
    const callers = CALLERS.map(async () => {
      while (!isOver) {
        const event = anEvent();
        if (await succeeds(() => store.events.append([appendOf(undefined, event)])))
          acknowledged.push(event.id);
      }
    });
    for (let round = 0; round < 3; round += 1) {
      const before = acknowledged.length;
      await until(() => acknowledged.length > before + 50, 'appends go on');
      await server.kill();
      await expect(store.check()).rejects.toMatchObject({ code: 'MORTAR_STORE_UNAVAILABLE' });
      await server.start();
    }
    const before = acknowledged.length;
    await until(() => acknowledged.length > before + 50, 'appends go on');
    isOver = true;
    await Promise.all(callers);
    const ids = await idsIn(store);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(acknowledged));
    await database.drop();
  });

  it('no position is passed that the server may hand out once more after a crash', {
    timeout: 60_000,
  }, async () => {
    const database = await makeDatabase(server.url);
    const store = await database.open({ schema: 'crash', listen: false });
    // Positions are written ahead 32 at a time, so the next one that is written is the first that a crash may take back.
    const [drawn] = await database.query(
      `SELECT nextval('crash.log_position') - 0 AS position FROM generate_series(1, 32)`,
    );
    expect(Number(drawn?.['position'])).toBe(1);
    await store.events.append([appendOf('order-1')]);
    const client = await database.connect();
    await client.query('BEGIN');
    await client.query(`SELECT nextval('crash.log_position') FROM generate_series(1, 100)`);
    await client.query('ROLLBACK');
    const passed = await store.events.head();
    await server.kill();
    await server.start();
    let position = BEGINNING;
    await until(
      async () =>
        succeeds(async () => {
          const { positions } = await store.events.append([appendOf('order-2')]);
          position = positions[0] ?? BEGINNING;
        }),
      'the server answers',
    );
    expect(position).toBeGreaterThan(passed);
    expect((await store.events.readAll({ after: passed })).entries).toHaveLength(1);
    await database.drop();
  });
});

/** Whether a call succeeds; it may fail for a lost connection, and for nothing else. */
async function succeeds(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    expect(['MORTAR_STORE_UNAVAILABLE', 'MORTAR_COMMIT_UNKNOWN']).toContain(
      error instanceof MortarError ? error.code : error,
    );
    return false;
  }
}

function effectUnit(): Unit {
  const unit = aUnit({ appends: [appendOf('order-1')] });
  const write = async (tx: Transaction): Promise<void> => {
    await (tx as SqlTransaction).execute('INSERT INTO effects (unit) VALUES ($1)', [unit.id]);
  };
  return { ...unit, writes: [write] };
}

async function untilCommitted({ units }: OpenStore, unit: Unit): Promise<void> {
  await until(
    () =>
      succeeds(async () => {
        const [outcome] = await units.commit([unit]);
        if (outcome?.ok === false) throw outcome.error;
      }),
    'the unit is committed',
    50_000,
  );
}

async function idsIn({ events }: OpenStore): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let after = BEGINNING; ; ) {
    const page = await events.readAll({ after });
    ids.push(...page.entries.map(({ id }) => id));
    if (page.isEnd) return ids;
    after = page.next;
  }
}

/** All that is said of an error, its causes too. */
function describeAll(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = Object.entries(error).map(([key, value]) => `${key}=${String(value)}`);
  return [error.stack, JSON.stringify(error), ...own, describeAll(error.cause)].join('\n');
}
