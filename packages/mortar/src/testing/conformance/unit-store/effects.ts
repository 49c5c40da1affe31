import assert from 'node:assert/strict';
import type { SqlTransaction, Transaction } from '../../../unit-of-work/index.js';

/** A table of texts by key, in the database of the store: what `write` functions change in these cases. */
export interface Effects {
  /** Fails with `MORTAR_CONSTRAINT_VIOLATED` where the key is there. */
  insert(tx: Transaction, key: string, value: string): Promise<void>;
  /** Fails for what is asked, whatever is in the table: with an error of the database's driver. */
  refused(tx: Transaction): Promise<void>;
  /** What the transaction finds. */
  get(tx: Transaction, key: string): Promise<string | undefined>;
  /** What is committed, read outside of any unit. */
  all(): Promise<Readonly<Record<string, string>>>;
  /** The name by which the error calls the constraint on the key. */
  readonly constraint: string;
}

/**
 * Effects in a table of a store that speaks SQL, with a column `key`, which is unique, and a column `value`, both of text.
 * `all` and the constraint's name are for the adapter to say.
 */
export function sqlEffects(table: string, rest: Pick<Effects, 'all' | 'constraint'>): Effects {
  return {
    ...rest,
    insert: async (tx, key, value) => {
      const sql = sqlOf(tx);
      const marks = sql.dialect === 'postgres' ? '$1, $2' : '?, ?';
      const changed = await sql.execute(`INSERT INTO ${table} (key, value) VALUES (${marks})`, [key, value]);
      assert.equal(changed, 1, 'execute answers with the rows that it changed');
    },
    refused: async (tx) => {
      await sqlOf(tx).query('SELECT key FROM a_table_that_is_not_there');
    },
    get: async (tx, key) => {
      const sql = sqlOf(tx);
      const mark = sql.dialect === 'postgres' ? '$1' : '?';
      const rows = await sql.query<{ readonly value: string }>(
        `SELECT value FROM ${table} WHERE key = ${mark}`,
        [key],
      );
      return rows[0]?.value;
    },
  };
}

function sqlOf(tx: Transaction): SqlTransaction {
  assert.ok('dialect' in tx, 'the transaction speaks SQL');
  return tx as SqlTransaction;
}
