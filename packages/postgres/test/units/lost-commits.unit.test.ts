import { newId } from 'mortar/contracts';
import type { OpenStore } from 'mortar/delivery';
import type { Append } from 'mortar/event-store';
import { silentLogger } from 'mortar/logging';
import type { SqlTransaction, Transaction, Unit, UnitOutcome } from 'mortar/unit-of-work';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type PostgresOptions, postgres } from '../../src/index.js';
import { appendOf, aUnit, until } from '../support/events.js';
import { TcpProxy } from '../support/proxy.js';
import { HOOK_MS, leftOut, makeDatabase, newSchema, type TestDatabase } from '../support/server.js';

/** Held by the test while an append is to linger on the server. */
const LINGER = 4_711;
/** What units leave behind that says by itself that they were committed. */
const KINDS: readonly [string, () => Partial<Unit>][] = [
  ['events alone', () => ({})],
  ['a kept result', () => ({ keep: { key: newId(), digest: 'd', result: () => '1', expiresAt: 8.64e15 } })],
  ['an inbox row', () => ({ inbox: { subscription: 's', messageId: newId() } })],
];

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a connection that is lost while the server commits', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let schema: string;
  let store: OpenStore;
  let release: () => Promise<void>;
  beforeAll(async () => {
    database = await makeDatabase();
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);
  beforeEach(async () => {
    schema = newSchema();
    proxy = await TcpProxy.start(database.url);
  });
  afterEach(async () => {
    await proxy.stop();
    await store.close();
  });

  it.each(KINDS)('a unit that publishes while it writes is committed once: %s', async (_, parts) => {
    await open();
    const { unit, runs } = publishing(parts());
    const committing = store.units.commit([unit]);
    await until(lingers, 'the append lingers');
    proxy.cut();
    await until(async () => runs() > 1 || (await waitsForOther()), 'the next try has come');
    await release();
    const [outcome] = await committing;
    expect(runs()).toBe(1);
    await expectOnce(unit, outcome);
    expect(outcome).toMatchObject({ ok: true, result: { written: ['run 1'] } });
  });

  it('an append that failed on the server after all is run again', async () => {
    await open();
    const { unit, runs } = publishing();
    const committing = store.units.commit([unit]);
    await until(lingers, 'the append lingers');
    proxy.cut();
    await until(waitsForOther, 'the next try waits for the first');
    await database.query(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND objid = ${LINGER} AND NOT granted`,
    );
    await until(() => runs() === 2, 'the functions run again');
    await release();
    const [outcome] = await committing;
    await expectOnce(unit, outcome);
    expect(outcome).toMatchObject({
      ok: true,
      result: { append: { isRepeated: false }, written: ['run 2'] },
    });
  });

  it('says that it is not known where the server does not end in time, and a repeat finds out', async () => {
    await open({ lockTimeoutMs: 100, recoveryTimeoutMs: 300 });
    const { unit, runs } = publishing();
    const committing = store.units.commit([unit]);
    await until(lingers, 'the append lingers');
    proxy.cut();
    expect(await committing).toMatchObject([{ ok: false, error: { code: 'MORTAR_COMMIT_UNKNOWN' } }]);
    await release();
    await until(async () => (await store.events.statistics()).events === 1, 'it was committed');
    const [outcome] = await store.units.commit([unit]);
    expect(runs()).toBe(1);
    await expectOnce(unit, outcome);
  });

  it('nor is it known where the server can not be asked any more', async () => {
    await open({ recoveryTimeoutMs: 500 });
    const { unit } = publishing();
    const committing = store.units.commit([unit]);
    await until(lingers, 'the append lingers');
    proxy.cut();
    await until(waitsForOther, 'the next try waits for the first');
    await proxy.stop();
    expect(await committing).toMatchObject([{ ok: false, error: { code: 'MORTAR_COMMIT_UNKNOWN' } }]);
    await release();
  });

  /** A store behind the proxy, in which appends linger until `release`. */
  const open = async (options: Partial<PostgresOptions> = {}): Promise<void> => {
    store = await postgres(proxy.urlOf(database.url), { schema, listen: false, ...options }).open({
      logger: silentLogger,
    });
    await database.query(`CREATE TABLE ${schema}.effects (run text NOT NULL)`);
    await database.query(`
      CREATE FUNCTION ${schema}.linger() RETURNS trigger LANGUAGE plpgsql SET lock_timeout = 0 AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(${LINGER}); RETURN NULL; END $$;
      CREATE TRIGGER linger AFTER INSERT ON ${schema}.events FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.linger()`);
    const client = await database.connect();
    await client.query(`SELECT pg_advisory_lock(${LINGER})`);
    release = async () => void (await client.query(`SELECT pg_advisory_unlock(${LINGER})`));
  };

  /** A unit that publishes another event in each run of its function, as one of a handler does. */
  const publishing = (parts: Partial<Unit> = {}): { readonly unit: Unit; readonly runs: () => number } => {
    const appends: Append[] = [];
    let runs = 0;
    const write = async (tx: Transaction): Promise<string> => {
      runs += 1;
      const run = `run ${runs}`;
      appends.splice(0, appends.length, appendOf('order-1'));
      await (tx as SqlTransaction).execute(`INSERT INTO ${schema}.effects (run) VALUES ($1)`, [run]);
      return run;
    };
    return { unit: aUnit({ appends, writes: [write], ...parts }), runs: () => runs };
  };

  const expectOnce = async ({ appends }: Unit, outcome: UnitOutcome | undefined): Promise<void> => {
    const { entries } = await store.events.readAll();
    expect(entries.map(({ id }) => id)).toEqual(appends.flatMap(({ events }) => events.map(({ id }) => id)));
    expect(await database.query(`SELECT run FROM ${schema}.effects`)).toHaveLength(1);
    expect(outcome).toMatchObject({
      ok: true,
      result: { append: { positions: entries.map(({ position }) => position) } },
    });
  };

  const lingers = async (): Promise<boolean> => {
    const waiting = await database.query(
      `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = ${LINGER} AND NOT granted`,
    );
    return waiting.length > 0;
  };

  const waitsForOther = async (): Promise<boolean> => {
    const waiting = await database.query(
      `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE l.locktype = 'transactionid' AND NOT l.granted AND a.datname = current_database()`,
    );
    return waiting.length > 0;
  };
});
