import fc from 'fast-check';
import type { OpenStore } from 'mortar/delivery';
import { type AppendResult, streamId, type Version } from 'mortar/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendCall, appendSql } from '../src/internal/append/append-statement.js';
import { anEvent, appendOf, aUnit } from './support/events.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';

const SCHEMA = 'appending';

let database: TestDatabase;
let store: OpenStore;

// Left out where no server is named.
describe.skipIf(leftOut.skip)('appends that share a statement', () => {
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: SCHEMA });
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('are answered one by one, as a plain model says', { timeout: 120_000 }, async () => {
    const append = fc.record({
      stream: fc.integer({ min: 0, max: 3 }),
      expected: fc.oneof(
        fc.constantFrom('any' as const, 'noStream' as const, 'streamExists' as const),
        fc.nat({ max: 4 }),
      ),
      count: fc.integer({ min: 1, max: 3 }),
    });
    const member = fc.uniqueArray(append, { selector: ({ stream }) => stream, minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.uuid(), fc.array(member, { minLength: 1, maxLength: 12 }), async (run, members) => {
        const versions = new Map<number, number>();
        const outcomes = await store.units.commit(
          members.map((appends) =>
            aUnit({
              appends: appends.map(({ stream, expected, count }) => ({
                streamId: streamId(`s${stream}-${run}`),
                expectedVersion: typeof expected === 'number' ? (expected as Version) : expected,
                events: Array.from({ length: count }, () => anEvent()),
              })),
            }),
          ),
        );
        members.forEach((appends, index) => {
          const fits = appends.every(({ stream, expected }) => isFit(expected, versions.get(stream) ?? 0));
          expect(outcomes[index]?.ok).toBe(fits);
          if (!fits) return;
          const last = appends.map(({ stream, count }) => {
            versions.set(stream, (versions.get(stream) ?? 0) + count);
            return versions.get(stream);
          });
          expect(outcomes[index]).toMatchObject({ result: { append: { versions: last } } });
        });
        for (const [stream, version] of versions) {
          const entries = await store.events.readStream(streamId(`s${stream}-${run}`));
          expect(entries.map((entry) => entry.version)).toEqual(
            Array.from({ length: version }, (_, index) => index + 1),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it('have positions in the order in which they were given', async () => {
    const results = await Promise.all(
      Array.from({ length: 300 }, (_, index) =>
        store.events.append([appendOf(`o-${index % 7}`), appendOf()]),
      ),
    );
    const positions = results.flatMap((result: AppendResult) => result.positions);
    expect(new Set(positions).size).toBe(600);
    for (const { positions: own } of results) expect(own[0]).toBeLessThan(own[1] ?? 0);
  });

  it('of one stream follow each other at the first try, which draws no position for nothing', async () => {
    const units = Array.from({ length: 10 }, () => aUnit({ appends: [appendOf('hot-1'), appendOf()] }));
    const [last] = (await store.events.append([appendOf()])).positions;
    const outcomes = await store.units.commit(units);
    const appended = outcomes.map((outcome) => (outcome.ok ? outcome.result.append : undefined));
    expect(appended.map((one) => one?.versions[0])).toEqual(units.map((_, index) => index + 1));
    const positions = appended.flatMap((one) => one?.positions ?? []);
    expect(positions).toEqual(positions.map((_, index) => (last ?? 0) + 1 + index));
  });

  it('of one id at once, the first is appended and the others repeat it', async () => {
    const event = anEvent();
    const results = await Promise.all(
      Array.from({ length: 20 }, () => store.events.append([appendOf('same-1', event)])),
    );
    expect(results.filter(({ isRepeated }) => !isRepeated)).toHaveLength(1);
    expect(new Set(results.map(({ positions }) => positions[0])).size).toBe(1);
  });

  it('that make the same streams in two processes all succeed', async () => {
    const other = await database.open({ schema: SCHEMA });
    const handles = [store, other];
    for (let round = 0; round < 20; round += 1)
      await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          handles[index % 2]?.events.append(
            [appendOf(`new${round}-1`), appendOf(`new${round}-2`)].slice(index % 3 === 0 ? 1 : 0),
          ),
        ),
      );
    const info = await store.events.streamInfo(streamId('new19-2'));
    expect(info?.version).toBe(12);
  });

  it('keep a payload that is no JSON from no other, and say what is wrong with it', async () => {
    const [bad, good] = await Promise.allSettled([
      store.events.append([appendOf(undefined, anEvent({ payload: '{' }))]),
      store.events.append([appendOf()]),
    ]);
    expect(good.status).toBe('fulfilled');
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'MORTAR_CODEC_CORRUPT' } });
  });
});

// Left out where no server is named.
describe.skipIf(leftOut.skip)('what was acknowledged is on disk', () => {
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: SCHEMA });
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  const settingAfter = async (server: string, isDurable: boolean): Promise<unknown> => {
    const client = await database.connect();
    const mode = { isStrict: false, isDurable, lockTimeoutMs: 1_234 };
    await client.query(`SET synchronous_commit = ${server}`);
    await client.query('BEGIN');
    const { name, values } = appendCall([{ appends: [appendOf()] }], mode);
    await client.query(appendSql(SCHEMA, name), values);
    const { rows } = await client.query(
      `SELECT current_setting('synchronous_commit') AS s, current_setting('lock_timeout') AS l`,
    );
    await client.query('ROLLBACK');
    expect(rows[0].l).toBe('1234ms');
    return rows[0].s;
  };

  it.each([
    ['off', 'on'],
    ['local', 'on'],
    ['remote_write', 'on'],
    ['on', 'on'],
    ['remote_apply', 'remote_apply'],
  ])('where the server has synchronous_commit = %s, it is %s at the commit', async (server, atCommit) => {
    expect(await settingAfter(server, true)).toBe(atCommit);
  });

  it('unless it was asked for less', async () => {
    expect(await settingAfter('off', false)).toBe('off');
  });

  it('also for units with functions, and for what delivery keeps', async () => {
    await database.query(`ALTER DATABASE ${database.name} SET synchronous_commit = off`);
    const lax = await database.open({ schema: SCHEMA });
    const setting = `SELECT current_setting('synchronous_commit') AS s, current_setting('idle_in_transaction_session_timeout') AS i`;
    const [outcome] = await lax.units.commit([
      aUnit({ writes: [(tx) => (tx as { query?(sql: string): Promise<unknown> }).query?.(setting)] }),
    ]);
    expect(outcome).toMatchObject({ ok: true, result: { written: [[{ s: 'on', i: '2s' }]] } });
  });
});

// Left out where no server is named.
describe.skipIf(leftOut.skip)('a failure of the server', () => {
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: SCHEMA, lockTimeoutMs: 100, writeTimeoutMs: 300 });
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('a stream that another holds for too long fails the append, and nobody waits for ever', async () => {
    await store.events.append([appendOf('held-1')]);
    const client = await database.connect();
    await client.query(`BEGIN; SELECT 1 FROM ${SCHEMA}.streams FOR UPDATE`);
    await expect(store.events.append([appendOf('held-1')])).rejects.toMatchObject({
      code: 'MORTAR_STORE_UNAVAILABLE',
      got: expect.stringContaining('lock timeout'),
    });
    await client.query('ROLLBACK');
    await store.events.append([appendOf('held-1')]);
  });

  it('a statement of a write that takes too long is ended on the server too', async () => {
    const slow = aUnit({
      writes: [(tx) => (tx as { query?(sql: string): Promise<unknown> }).query?.('SELECT pg_sleep(60)')],
    });
    const [outcome] = await store.units.commit([slow]);
    expect(outcome).toMatchObject({ ok: false, error: { code: 'MORTAR_WRITE_TIMEOUT' } });
    const sleeping = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    await expect.poll(() => database.query(sleeping), { timeout: 5_000 }).toEqual([]);
  });

  it('a closed store waits for what is under way, and refuses what comes later', async () => {
    const own = await database.open({ schema: SCHEMA });
    const underWay = Array.from({ length: 50 }, (_, index) =>
      own.events.append([appendOf(`closing-${index}`)]),
    );
    const closing = own.close();
    const late = own.events.append([appendOf()]).catch((error: unknown) => error);
    expect((await Promise.allSettled(underWay)).every(({ status }) => status === 'fulfilled')).toBe(true);
    await closing;
    expect(await late).toMatchObject({ code: 'MORTAR_STORE_CLOSED' });
    for (const call of [
      () => own.events.head(),
      () => own.deliveries.due(1),
      () => own.deadLetters.list(),
      () => own.check(),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'MORTAR_STORE_CLOSED' });
    expect(await own.units.commit([aUnit()])).toMatchObject([
      { ok: false, error: { code: 'MORTAR_STORE_CLOSED' } },
    ]);
    await own.close();
  });
});

function isFit(expected: number | string, actual: number): boolean {
  if (expected === 'any') return true;
  if (expected === 'noStream') return actual === 0;
  return expected === 'streamExists' ? actual > 0 : actual === expected;
}
