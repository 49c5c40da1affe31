import {
  checkUnit,
  type KnownResult,
  type Unit,
  type UnitOutcome,
  type UnitStore,
} from 'mortar/unit-of-work';
import type { Database } from './internal/database/database.js';
import type { Statement } from './internal/driver/driver.js';
import type { UnitCommitter } from './internal/unit-committer.js';

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
      'DELETE FROM mortar_results WHERE expires_at <= ?',
      'DELETE FROM mortar_inbox WHERE handled_at < ?',
      'DELETE FROM mortar_units WHERE committed_at < ?',
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
        decidesFirst: unit.writes.length === 0,
        run: (context) => this.#committer.commit(unit, context),
      });
      return { ok: true, result };
    } catch (error) {
      return { ok: false, error };
    }
  }
}
