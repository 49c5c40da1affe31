import {
  checkUnit,
  type KnownResult,
  type Unit,
  type UnitOutcome,
  type UnitStore,
} from 'mortar/unit-of-work';
import type { Database } from './internal/database/database.js';
import type { Statement } from './internal/driver/driver.js';
import { decidesFirst, type UnitCommitter } from './internal/unit-committer.js';

/** How many rows of a table are removed in one transaction, so that nobody waits long for the writer. */
const REMOVED_AT_ONCE = 1_000;

/** Units of work in a SQLite file. Their `write` functions get a `SqliteTransaction`. */
export class SqliteUnitStore implements UnitStore {
  readonly #database: Database;
  readonly #committer: UnitCommitter;
  readonly #findResult: Statement<KnownResult>;
  readonly #removals: readonly Statement<never>[];

  constructor(database: Database, committer: UnitCommitter) {
    const { reader, writer } = database;
    this.#database = database;
    this.#committer = committer;
    this.#findResult = reader.prepare(
      'SELECT digest, result FROM mortar_results WHERE key = ? AND expires_at > ?',
      'objects',
    );
    this.#removals = [
      removal('mortar_results', 'key', 'expires_at <= ?'),
      removal('mortar_inbox', 'subscription, message_id', 'handled_at < ?'),
      removal('mortar_units', 'id', 'committed_at < ?'),
    ].map((sql) => writer.prepare(sql, 'tuples'));
  }

  commit(units: readonly Unit[]): Promise<readonly UnitOutcome[]> {
    return Promise.all(units.map((unit) => this.#outcomeOf(unit)));
  }

  async findResult(key: string): Promise<KnownResult | undefined> {
    return this.#database.read(() => {
      const found = this.#findResult.first([key, Date.now()]);
      return found === undefined ? undefined : { digest: found.digest, result: found.result };
    });
  }

  async cleanUp({ inboxBefore }: { readonly inboxBefore: number }): Promise<number> {
    return this.#database.write({
      decidesFirst: false,
      run: ({ now }) =>
        this.#removals.reduce(
          (sum, statement, index) => sum + statement.run([index === 0 ? now : inboxBefore]).changes,
          0,
        ),
    });
  }

  async #outcomeOf(unit: Unit): Promise<UnitOutcome> {
    try {
      checkUnit(unit);
      const result = await this.#database.write({
        decidesFirst: decidesFirst(unit),
        run: (context) => this.#committer.commit(unit, context),
      });
      return { ok: true, result };
    } catch (error) {
      return { ok: false, error };
    }
  }
}

function removal(table: string, key: string, isOver: string): string {
  return `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE ${isOver} LIMIT ${REMOVED_AT_ONCE})`;
}
