import type { AppendResult } from 'mortar/event-store';
import {
  checkUnit,
  type JobOutcome,
  type KnownResult,
  type Unit,
  type UnitOutcome,
  type UnitStore,
} from 'mortar/unit-of-work';
import type { Appender } from './internal/append/appender.js';
import type { Database } from './internal/connection/database.js';
import { type Aging, removeOld } from './internal/connection/removing.js';
import { isPlain, type UnitCommit } from './internal/units/unit-commit.js';
import { isGroupable, type UnitGroups } from './internal/units/unit-groups.js';

const RESULTS: Aging = { table: 'results', column: 'expires_at' };
const INBOX: Aging = { table: 'inbox', column: 'handled_at' };
const UNITS: Aging = { table: 'units', column: 'committed_at' };

/** What the store of units works with. */
export interface UnitStoreParts {
  readonly database: Database;
  readonly appender: Appender;
  readonly commit: UnitCommit;
  readonly groups: UnitGroups;
}

/** Units of work on PostgreSQL. Their `write` functions get a `PostgresTransaction`. */
export class PostgresUnitStore implements UnitStore {
  readonly #parts: UnitStoreParts;

  constructor(parts: UnitStoreParts) {
    this.#parts = parts;
  }

  get schema(): string {
    return this.#parts.database.plainSchema;
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitOutcome[]> {
    const { database } = this.#parts;
    try {
      return await database.enter(() => this.#commitAll(units));
    } catch (error) {
      return units.map(() => ({ ok: false, error }));
    }
  }

  async findResult(key: string): Promise<KnownResult | undefined> {
    const { schema } = this.#parts.database;
    const [row] = await this.#parts.database.rows({
      text: `SELECT digest, result FROM ${schema}.results WHERE key = $1 AND expires_at > ${schema}.now_ms()`,
      values: [key],
    });
    return row === undefined ? undefined : { digest: row[0] ?? '', result: row[1] ?? '' };
  }

  async cleanUp({ inboxBefore }: { readonly inboxBefore: number }): Promise<number> {
    const { database } = this.#parts;
    const [now] = await database.rows({ text: `SELECT ${database.schema}.now_ms()` });
    const results = await removeOld(database, RESULTS, Number(now?.[0]) + 1);
    const inbox = await removeOld(database, INBOX, inboxBefore);
    return results + inbox + (await removeOld(database, UNITS, inboxBefore));
  }

  async #commitAll(units: readonly Unit[]): Promise<readonly UnitOutcome[]> {
    const [only] = units;
    if (units.length === 1 && only !== undefined) return [await this.#commitOne(only)];
    const outcomes: UnitOutcome[] = [];
    for (let next = 0; next < units.length; ) {
      const plain = this.#plainFrom(units, next);
      if (plain.length > 0) {
        const appended = await this.#parts.appender.appendAll(plain);
        outcomes.push(...appended.map(outcomeOfAppend));
        next += plain.length;
        continue;
      }
      const unit = units[next];
      if (unit !== undefined) outcomes.push(await this.#commitOne(unit));
      next += 1;
    }
    return outcomes;
  }

  /** Well-formed units from one place on that may share a statement, as many as come together. */
  #plainFrom(units: readonly Unit[], start: number): readonly Unit[] {
    let end = start;
    for (let unit = units[end]; unit !== undefined && isWellFormed(unit) && isPlain(unit); unit = units[end])
      end += 1;
    return end - start > 1 ? units.slice(start, end) : [];
  }

  async #commitOne(unit: Unit): Promise<UnitOutcome> {
    const { appender, commit, groups } = this.#parts;
    try {
      checkUnit(unit);
      if (isPlain(unit)) return { ok: true, result: { append: await appender.append(unit), written: [] } };
      return { ok: true, result: await (isGroupable(unit) ? groups : commit).commit(unit) };
    } catch (error) {
      return { ok: false, error };
    }
  }
}

function isWellFormed(unit: Unit): boolean {
  try {
    checkUnit(unit);
    return true;
  } catch {
    return false;
  }
}

function outcomeOfAppend(outcome: JobOutcome<AppendResult>): UnitOutcome {
  return outcome.ok ? { ok: true, result: { append: outcome.result, written: [] } } : outcome;
}
