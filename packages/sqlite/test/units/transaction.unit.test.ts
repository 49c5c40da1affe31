import type { OpenStore } from 'mortar/delivery';
import type { Write } from 'mortar/unit-of-work';
import { beforeEach, describe, expect, it } from 'vitest';
import { aStore } from '../support/store.js';
import { anEvent, commit, sqlOf, unitOf } from '../support/units.js';

const execute =
  (sql: string, ...parameters: readonly unknown[]): Write =>
  (tx) =>
    sqlOf(tx).execute(sql, parameters);
const query =
  (sql: string, ...parameters: readonly unknown[]): Write =>
  (tx) =>
    sqlOf(tx).query(sql, parameters);

describe('the transaction of a unit on SQLite', () => {
  let store: OpenStore;

  beforeEach(async () => {
    store = await aStore();
    await commit(
      store,
      execute(
        'CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL CHECK (length(name) < 9))',
      ),
      execute(`CREATE TABLE children (
        parent INTEGER NOT NULL REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)`),
      execute('CREATE TABLE strict_children (parent INTEGER NOT NULL REFERENCES parents (id))'),
    );
  });

  it('answers with rows as objects, and with how many rows were changed', async () => {
    const answers = await commit(
      store,
      execute("INSERT INTO parents (name) VALUES ('a'), ('b')"),
      execute('UPDATE parents SET name = name || ?', '!'),
      query('SELECT id, name FROM parents WHERE id > ? ORDER BY id', 0),
      query("INSERT INTO parents (name) VALUES ('c')"),
      query("DELETE FROM parents WHERE name = 'c' RETURNING name"),
    );
    expect(answers).toEqual([
      2,
      2,
      [
        { id: 1, name: 'a!' },
        { id: 2, name: 'b!' },
      ],
      [],
      [{ name: 'c' }],
    ]);
  });

  it('takes every kind of value', async () => {
    const values = [1, 1.5, 'text', undefined, 2n, Uint8Array.of(1, 2), true, false];
    const [rows] = await commit(store, query('SELECT ? a, ? b, ? c, ? d, ? e, ? f, ? g, ? h', ...values));
    expect(rows).toEqual([{ a: 1, b: 1.5, c: 'text', d: null, e: 2, f: expect.anything(), g: 1, h: 0 }]);
  });

  it.each([
    ['a Date', new Date(0)],
    ['an object', { a: 1 }],
    ['a list', [1]],
    ['a symbol', Symbol('s')],
    ['a function', () => 1],
  ])('refuses %s as a value', async (_, value) => {
    await expect(commit(store, query('SELECT ?', value))).rejects.toMatchObject({
      code: 'MORTAR_WRITE_INVALID',
    });
  });

  it.each([
    ['UNIQUE', "INSERT INTO parents (name) VALUES ('a'), ('a')", 'parents.name'],
    ['NOT NULL', 'INSERT INTO parents (name) VALUES (NULL)', 'parents.name'],
    ['CHECK', "INSERT INTO parents (name) VALUES ('123456789')", 'length(name) < 9'],
    ['FOREIGN KEY', 'INSERT INTO strict_children VALUES (99)', 'FOREIGN KEY'],
  ])('names the constraint of a broken %s', async (_, sql, constraint) => {
    await expect(commit(store, execute(sql))).rejects.toMatchObject({
      code: 'MORTAR_CONSTRAINT_VIOLATED',
      details: { constraint },
    });
  });

  it('fails alone for a constraint that is looked at when the transaction ends', async () => {
    const units = [
      unitOf(execute("INSERT INTO parents (name) VALUES ('a')")),
      unitOf(execute('INSERT INTO children VALUES (99)')),
    ];
    const outcomes = await store.units.commit([
      ...units,
      { ...unitOf(), appends: [{ events: [anEvent()] }] },
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(outcomes[1]).toMatchObject({ error: { code: 'MORTAR_CONSTRAINT_VIOLATED' } });
    expect(await commit(store, query('SELECT name FROM parents'))).toEqual([[{ name: 'a' }]]);
    expect(await store.events.head()).toBe(1);
  });

  it('fails alone when a trigger of the user rolls everything back', async () => {
    await commit(
      store,
      execute(`CREATE TRIGGER no BEFORE INSERT ON children BEGIN SELECT RAISE(ROLLBACK, 'never'); END`),
    );
    const outcomes = await store.units.commit([
      unitOf(execute("INSERT INTO parents (name) VALUES ('a')")),
      unitOf(execute('INSERT INTO children VALUES (1)')),
      unitOf(execute("INSERT INTO parents (name) VALUES ('b')")),
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    expect(await commit(store, query('SELECT name FROM parents ORDER BY id'))).toEqual([
      [{ name: 'a' }, { name: 'b' }],
    ]);
  });

  it.each([
    'BEGIN',
    'commit',
    '  END',
    'ROLLBACK',
    '-- a comment\nSAVEPOINT x',
    '/* a\ncomment */ RELEASE x',
    ';;VACUUM',
    'PRAGMA synchronous = OFF',
    "ATTACH 'other.db' AS other",
    'DETACH other',
  ])('refuses %j, which is not for a write', async (sql) => {
    await expect(commit(store, execute(sql))).rejects.toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
    await expect(commit(store, query(sql))).rejects.toMatchObject({ code: 'MORTAR_WRITE_INVALID' });
  });

  it('takes one statement at a time', async () => {
    const two = "INSERT INTO parents (name) VALUES ('a'); INSERT INTO parents (name) VALUES ('b')";
    await expect(commit(store, execute(two))).rejects.toThrow();
    expect(await commit(store, query('SELECT name FROM parents'))).toEqual([[]]);
    expect(await commit(store, query("SELECT 'x;y' AS a; -- and no more\n"))).toEqual([[{ a: 'x;y' }]]);
  });

  it('says what is wrong with SQL in the words of the driver', async () => {
    await expect(commit(store, query('SELECT * FROM nowhere'))).rejects.toThrow('no such table: nowhere');
  });

  it('can not change what is in the log', async () => {
    await store.events.append([{ events: [anEvent()] }]);
    for (const sql of ['DELETE FROM mortar_events', "UPDATE mortar_events SET payload = '{}'"])
      await expect(commit(store, execute(sql))).rejects.toMatchObject({
        details: { constraint: 'mortar_events is append-only' },
      });
    expect((await store.events.readAll()).entries).toHaveLength(1);
  });

  it('reads payloads by the functions of JSON', async () => {
    await store.events.append([{ events: [anEvent({ payload: '{"total":17,"lines":[{"sku":"a"}]}' })] }]);
    const sql = `SELECT payload ->> '$.total' AS total, payload ->> '$.lines[0].sku' AS sku FROM mortar_events`;
    expect(await commit(store, query(sql))).toEqual([[{ total: 17, sku: 'a' }]]);
  });

  it('undoes the writes of a unit whose events are known, though it learns so from the writes themselves', async () => {
    const event = anEvent();
    const unit = () => {
      const appends: { events: ReturnType<typeof anEvent>[] }[] = [];
      const write: Write = async (tx) => {
        await sqlOf(tx).execute("INSERT INTO parents (name) VALUES ('a') ON CONFLICT DO NOTHING");
        await sqlOf(tx).execute('INSERT INTO strict_children SELECT id FROM parents');
        appends.push({ events: [event] });
      };
      return { ...unitOf(write), appends };
    };
    await store.units.commit([unit()]);
    const [outcome] = await store.units.commit([unit()]);
    expect(outcome).toMatchObject({ ok: true, result: { append: { isRepeated: true }, written: [] } });
    expect(await commit(store, query('SELECT count(*) AS n FROM strict_children'))).toEqual([[{ n: 1 }]]);
  });
});
