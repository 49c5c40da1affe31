import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeRandom } from '../../campaigns/frame/random.mjs';
import { letTimePass } from '../../campaigns/frame/sourcing/database.mjs';
import { type Books, makeBooks } from '../../campaigns/suites/sourcing/books.mjs';
import { countOf, runCampaign, runsOf, TIMEOUT_MS } from './campaign.js';

const KILLS = runsOf(24, 150);
const KILLS_OF_POSTGRES = runsOf(6, 40);
const hasServer = (process.env['MORTAR_TEST_POSTGRES_URL'] ?? '') !== '';

describe('kills of a bank, in short', { timeout: TIMEOUT_MS }, () => {
  it(`${KILLS} on SQLite leave read models and states that are folds of the log`, async () => {
    const { status, output } = await runCampaign('sourcing', '--runs', `${KILLS}`);
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'processes killed')).toBe(KILLS);
    expect(countOf(output, 'commands acknowledged')).toBeGreaterThan(KILLS);
    expect(countOf(output, 'generations removed')).toBeGreaterThan(0);
  });

  // The summary of `npm test` says so where there is no server.
  it.skipIf(!hasServer)(`${KILLS_OF_POSTGRES} on PostgreSQL do so, too`, async () => {
    const { status, output } = await runCampaign(
      'sourcing',
      '--store',
      'postgres',
      '--runs',
      `${KILLS_OF_POSTGRES}`,
    );
    expect(output).toMatch(/\n0 violations\n$/);
    expect(status).toBe(0);
    expect(countOf(output, 'commands acknowledged')).toBeGreaterThan(0);
  });
});

// What is wrong in the database itself is found, past everything that the store and the app say.
describe('a bank whose database was changed by hand', { timeout: TIMEOUT_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mortar-campaign-'));
  const file = join(folder, 'bank.db');
  let books: Books;

  beforeAll(async () => {
    books = makeBooks('sqlite', file, makeRandom(5));
    const child = books.start(1);
    await until(() => count("SELECT count(*) FROM mortar_events WHERE type = 'bank.transfer-completed'") > 0);
    await until(() => count("SELECT count(*) FROM mortar_snapshots WHERE stream LIKE 'account-%'") > 2);
    child.kill('SIGKILL');
    expect(await child.ended).toBeUndefined();
    await letTimePass('sqlite', file, { isLong: false });
    expect((await books.close(2)).violations).toEqual([]);
  }, TIMEOUT_MS);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each<[string, (db: Database.Database) => string, string]>([
    [
      'a document is another one',
      (db) => `UPDATE ${collectionOf(db, 'accounts')} SET body = replace(body, '"balance":', '"balance":1')`,
      'the log says {"code":2',
    ],
    [
      'a document is missing',
      (db) => `DELETE FROM ${collectionOf(db, 'flows')} WHERE key = 'all'`,
      'has nothing of all; the log says',
    ],
    [
      'a row of a table is missing',
      (db) => `DELETE FROM ${tableOf(db, 'bank_statements_lines%')} WHERE rowid = 1`,
      'has nothing of lines',
    ],
    [
      'a snapshot lies',
      () => `UPDATE mortar_snapshots SET state = replace(state, '"movements":', '"movements":9')`,
      'the snapshot of account-',
    ],
    [
      'an event is gone',
      (db) => `${withoutTriggers(db)} DELETE FROM mortar_events WHERE type = 'bank.deposited'`,
      'was acknowledged, and has not happened',
    ],
  ])('where %s', async (_, damage, expected) => {
    damageBy(damage);
    const { violations } = await books.look();
    expect(violations.join('\n')).toContain(expected);
    restore();
    expect((await books.look()).violations).toEqual([]);
  });

  it('an app that decides by a snapshot that lies is found by what it answers', async () => {
    damageBy(() => `UPDATE mortar_snapshots SET state = replace(state, '"movements":', '"movements":9')`);
    const { violations } = await books.close(1);
    expect(violations.join('\n')).toContain('the states, as they are loaded has');
    restore();
  });

  function count(sql: string): number {
    const db = new Database(file, { timeout: 10_000 });
    try {
      return Number(db.prepare(sql).pluck().get());
    } catch {
      return 0;
    } finally {
      db.close();
    }
  }

  /** Of what is put back by `restore`. */
  function damageBy(damage: (db: Database.Database) => string): void {
    const db = new Database(file);
    db.pragma('wal_checkpoint(TRUNCATE)');
    copyFileSync(file, `${file}.right`);
    db.exec(damage(db));
    db.close();
  }

  function restore(): void {
    for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
    copyFileSync(`${file}.right`, file);
  }
});

function collectionOf(db: Database.Database, projection: string): string {
  const sql = `SELECT number FROM mortar_collections WHERE name LIKE 'bank/${projection}#%'`;
  return `mortar_documents_${db.prepare(sql).pluck().get()}`;
}

/** The log is append-only as long as nobody takes that away. */
function withoutTriggers(db: Database.Database): string {
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
  return names.map((name) => `DROP TRIGGER ${name};`).join(' ');
}

function tableOf(db: Database.Database, like: string): string {
  return String(db.prepare('SELECT name FROM sqlite_schema WHERE name LIKE ?').pluck().get(like));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
}
