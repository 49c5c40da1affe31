import type { OpenStore } from 'mortar/delivery';
import { BEGINNING, type Position } from 'mortar/event-store';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendCall, appendSql } from '../src/internal/append/append-statement.js';
import { anEvent, appendOf, until } from './support/events.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';

const SCHEMA = 'race';
const MODE = { isStrict: true, isDurable: true, lockTimeoutMs: 5_000 };
const WRITERS = 8;
const ENOUGH = 12_000;
/** An append of so many takes a while, in which readers look. */
const LARGE = 150;

let database: TestDatabase;
let store: OpenStore;

/** What readers have found, each for itself, in the order in which they found it. */
interface Finding {
  readonly name: string;
  readonly positions: number[];
}

/** What goes on while the race is run. */
interface Race {
  isOver: boolean;
  appended: number;
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('while many append, hold, roll back and are killed', () => {
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: SCHEMA });
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('a reader misses nothing, and the same readers without the floor do', { timeout: 120_000 }, async () => {
    const race: Race = { isOver: false, appended: 0 };
    const second = await database.open({ schema: SCHEMA });
    const clients = await Promise.all([0, 1, 2].map(() => database.connect()));
    const naive = clients.map((client) => read('naive', race, naiveStep(client)));
    const ours = [
      read('the store', race, storeStep(store)),
      read('another handle', race, storeStep(second)),
      read('the SQL function', race, functionStep(await database.connect())),
    ];
    const writers = Array.from({ length: WRITERS }, (_, writer) => write(race, writer));
    const killer = kill(race);
    await Promise.all(writers);
    race.isOver = true;
    await killer;

    const rows = await database.query(`SELECT position FROM ${SCHEMA}.events ORDER BY position`);
    const truth = rows.map(({ position }) => Number(position));
    expect(truth.length).toBeGreaterThanOrEqual(ENOUGH);
    for (const { name, positions } of await Promise.all(ours)) {
      expect(missing(truth, positions), `missed by ${name}`).toEqual([]);
      expect(positions, `found by ${name}, in order and once`).toEqual(truth);
    }
    const lost = (await Promise.all(naive)).map(({ positions }) => missing(truth, positions).length);
    expect(Math.max(...lost), 'what naive readers lose').toBeGreaterThan(0);
  });
});

/** Appends through the SQL function, on a connection of its own, until there is enough. */
async function write(race: Race, writer: number): Promise<void> {
  while (race.appended < ENOUGH) {
    const client = await database.connect();
    try {
      for (let round = 0; race.appended < ENOUGH; round += 1) await writeOnce(client, race, writer, round);
    } catch {
      // It was killed; another connection goes on.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function writeOnce(client: pg.Client, race: Race, writer: number, round: number): Promise<void> {
  const count = (round + writer) % 5 === 0 ? LARGE : 1 + (round % 3);
  const events = Array.from({ length: count }, () => anEvent());
  await client.query('BEGIN');
  const { name, values } = appendCall([{ appends: [{ events }] }], MODE);
  await client.query(appendSql(SCHEMA, name), values);
  // The transaction is held open for a while that differs.
  for (let hold = (round * 7 + writer) % 11; hold > 0; hold -= 1) await client.query('SELECT 1');
  const isRolledBack = (round + writer) % 9 === 0;
  await client.query(isRolledBack ? 'ROLLBACK' : 'COMMIT');
  if (!isRolledBack) race.appended += events.length;
}

/** Ends a backend in the middle of whatever it does, again and again. */
async function kill(race: Race): Promise<void> {
  const client = await database.connect();
  while (!race.isOver) {
    const before = race.appended;
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND state = 'idle in transaction' LIMIT 1`,
    );
    await until(() => race.isOver || race.appended > before + 400, 'the race goes on');
  }
}

type Step = (after: number) => Promise<{ readonly positions: readonly number[]; readonly next: number }>;

/** Reads from where it is, until the race is over and nothing is left. */
async function read(name: string, race: Race, step: Step): Promise<Finding> {
  const positions: number[] = [];
  for (let after = 0; ; ) {
    const isLast = race.isOver;
    const found = await step(after);
    positions.push(...found.positions);
    if (isLast && found.next === after) return { name, positions };
    after = found.next;
  }
}

function storeStep({ events }: OpenStore): Step {
  return async (after) => {
    const page = await events.readAll({ after: (after || BEGINNING) as Position, limit: 50 });
    return { positions: page.entries.map(({ position }) => position), next: page.next };
  };
}

function functionStep(client: pg.Client): Step {
  return async (after) => {
    const { rows } = await client.query(`SELECT ${SCHEMA}.safe_head(0) AS head`);
    return between(client, after, Number(rows[0].head));
  };
}

/** What most do: everything that is there beyond the last position. */
function naiveStep(client: pg.Client): Step {
  return (after) => between(client, after, Number.MAX_SAFE_INTEGER);
}

async function between(client: pg.Client, after: number, to: number): ReturnType<Step> {
  const text = `SELECT position FROM ${SCHEMA}.events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT 50`;
  const { rows } = await client.query(text, [after, to]);
  const positions = rows.map(({ position }) => Number(position));
  return { positions, next: positions.at(-1) ?? after };
}

function missing(truth: readonly number[], found: readonly number[]): readonly number[] {
  const seen = new Set(found);
  return truth.filter((position) => !seen.has(position));
}

// Left out where no server is named.
describe.skipIf(leftOut.skip)('what others do on the same server', () => {
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: SCHEMA });
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('does not stall readers: a long write transaction in another database', async () => {
    const other = await makeDatabase();
    try {
      const client = await other.connect();
      await client.query('CREATE TABLE t (id int); BEGIN; INSERT INTO t VALUES (1)');
      const { positions } = await store.events.append([appendOf('order-1')]);
      expect(await store.events.head()).toBe(positions[0]);
    } finally {
      await other.drop();
    }
  });

  it('does not stall readers: floors of a log in another database, and of another schema', async () => {
    const other = await makeDatabase();
    try {
      await other.open({ schema: SCHEMA });
      await holdAppend(await other.connect(), SCHEMA);
      await database.open({ schema: 'another' });
      await holdAppend(await database.connect(), 'another');
      const { positions } = await store.events.append([appendOf('order-2')]);
      expect(await store.events.head()).toBe(positions[0]);
    } finally {
      await other.drop();
    }
  });

  it('stalls them only as long as an append of this log is under way', async () => {
    const client = await database.connect();
    await holdAppend(client, SCHEMA);
    const before = await store.events.head();
    const { positions } = await store.events.append([appendOf('order-3')]);
    expect(await store.events.head()).toBe(before);
    expect((await store.events.readAll({ after: before })).entries).toEqual([]);
    await client.query('ROLLBACK');
    expect(await store.events.head()).toBe(positions[0]);
  });
});

// Left out where no server is named.
describe.skipIf(leftOut.skip)('an append that takes long', () => {
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: SCHEMA });
    await database.query(`
      CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NEW; END $$;
      CREATE TRIGGER linger BEFORE INSERT ON ${SCHEMA}.events FOR EACH ROW WHEN (NEW.type = 'shop.slow')
        EXECUTE FUNCTION linger()`);
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('holds its floor from before its first position on, so that nobody passes it', async () => {
    const before = await store.events.head();
    const slow = store.events.append([appendOf(undefined, anEvent({ type: 'shop.slow' }))]);
    const isLingering = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`;
    await until(
      async () => (await database.query(isLingering)).length > 0,
      'the slow one has drawn its position',
    );
    const fast = await store.events.append([appendOf()]);
    expect(await store.events.head()).toBe(before);
    const [first] = (await slow).positions;
    expect(first).toBeLessThan(fast.positions[0] ?? 0);
    expect(await store.events.head()).toBe(fast.positions[0]);
  });
});

async function holdAppend(client: pg.Client, schema: string): Promise<void> {
  await client.query('BEGIN');
  const { name, values } = appendCall([{ appends: [appendOf()] }], MODE);
  await client.query(appendSql(schema, name), values);
}
