import { newId } from 'mortar/contracts';
import type { OpenStore } from 'mortar/delivery';
import type { KeptResult, Unit } from 'mortar/unit-of-work';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendOf, aUnit, until } from './support/events.js';
import { HOOK_MS, leftOut, makeDatabase, type TestDatabase } from './support/server.js';
import { whileConnectionsEnd } from './support/storm.js';

// Left out where no server is named.
describe.skipIf(leftOut.skip)('units that leave something behind', () => {
  let database: TestDatabase;
  let store: OpenStore;
  beforeAll(async () => {
    database = await makeDatabase();
    store = await database.open({ schema: 'units' });
  }, HOOK_MS);
  afterAll(() => database.drop(), HOOK_MS);

  it('share transactions, and are answered each for itself', async () => {
    await database.query('CREATE TABLE transactions (id xid8)');
    await database.query(`
      CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.transactions VALUES (pg_current_xact_id()); RETURN NEW; END $$;
      CREATE TRIGGER note AFTER INSERT ON units.results FOR EACH ROW EXECUTE FUNCTION note()`);
    const outcomes = await commitAll(Array.from({ length: 100 }, (_, index) => keeping(`shared-${index}`)));
    expect(outcomes.every((outcome) => outcome === 'ok')).toBe(true);
    const [found] = await database.query('SELECT count(DISTINCT id)::int AS count FROM transactions');
    expect(found?.['count']).toBeLessThan(50);
    expect(await store.units.findResult('shared-7')).toEqual({ digest: 'd', result: '"shared-7"' });
  });

  it('of one key at once, one is committed, and the others say that it was', async () => {
    const outcomes = await commitAll(Array.from({ length: 20 }, () => keeping('same')));
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['ok', 'MORTAR_COMMAND_REPEATED']));
  });

  it('one whose result can not be made fails alone', async () => {
    const bad = keeping('bad', () => {
      throw new Error('no result');
    });
    const outcomes = await Promise.all(
      [bad, keeping('good-1'), keeping('good-2')].map((unit) => store.units.commit([unit])),
    );
    expect(outcomes.flat()).toMatchObject([
      { ok: false, error: { message: 'no result' } },
      { ok: true },
      { ok: true },
    ]);
    expect(await store.units.findResult('bad')).toBeUndefined();
  });

  it('whose connections are ended are committed once, and know it', { timeout: 60_000 }, async () => {
    const keys = Array.from({ length: 60 }, () => newId());
    const commit = async (key: string): Promise<void> => {
      const unit = keeping(key);
      const isCommitted = async (): Promise<boolean> => {
        const [code] = await commitAll([unit]);
        // The caller is told of its own commit as a success, so a repeated command can't be its own.
        expect(['ok', 'MORTAR_STORE_UNAVAILABLE', 'MORTAR_COMMIT_UNKNOWN']).toContain(code);
        return code === 'ok';
      };
      await until(isCommitted, 'the unit is committed', 50_000);
    };
    await whileConnectionsEnd(database, async () => void (await Promise.all(keys.map(commit))));
    const [count] = await database.query(
      'SELECT count(*)::int AS count FROM units.results WHERE key = ANY ($1)',
      [keys],
    );
    expect(count?.['count']).toBe(keys.length);
  });

  const commitAll = async (units: readonly Unit[]): Promise<readonly string[]> => {
    const outcomes = await Promise.all(units.map((unit) => store.units.commit([unit])));
    return outcomes.flat().map((outcome) => (outcome.ok ? 'ok' : String(Object(outcome.error).code)));
  };
});

function keeping(key: string, result: KeptResult['result'] = () => JSON.stringify(key)): Unit {
  return aUnit({ appends: [appendOf()], keep: { key, digest: 'd', result, expiresAt: 8.64e15 } });
}
