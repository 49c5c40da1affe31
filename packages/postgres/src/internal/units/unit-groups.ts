import { type CommitResult, isKnownById, type JobOutcome, type Unit } from 'mortar/unit-of-work';
import { numbersOf } from '../append/append-answer.js';
import { Places } from '../append/appender.js';
import { Lanes } from '../append/lanes.js';
import type { Connection } from '../connection/database.js';
import { failureOf, isLost } from '../connection/failures.js';
import { beginStatement, sendCommit, undoing } from '../connection/transacting.js';
import { changeStatements } from '../documents/change-statements.js';
import { type Settlement, settlementOf, settleStatement } from './settlement.js';
import type { UnitCommit, UnitCommitParts } from './unit-commit.js';

type Outcome = JobOutcome<CommitResult>;

/**
 * Commits units without functions and conditions that leave something behind beside their events. Those that come at once
 * share a transaction; where it fails, they are committed one by one, so that each is answered for itself.
 */
export class UnitGroups {
  readonly #parts: UnitCommitParts;
  readonly #alone: UnitCommit;
  readonly #lanes: Lanes<Unit, CommitResult>;

  constructor(parts: UnitCommitParts, alone: UnitCommit) {
    this.#parts = parts;
    this.#alone = alone;
    this.#lanes = new Lanes((units) => this.#commitAll(units));
  }

  /** Commits a unit that was checked. Rejects with why it was not. */
  commit(unit: Unit): Promise<CommitResult> {
    return this.#lanes.submit(unit);
  }

  async #commitAll(units: readonly Unit[]): Promise<readonly Outcome[]> {
    if (units.length === 1) return this.#oneByOne(units, false);
    const { database, onCommitted } = this.#parts;
    let isSent = false;
    try {
      const results = await database.use((connection) => {
        isSent = true;
        return undoing(connection, () => this.#together(connection, units));
      });
      for (const unit of units) onCommitted(unit);
      return results.map((result) => ({ ok: true, result }));
    } catch (error) {
      const mayBeCommitted = isLost(error);
      if (mayBeCommitted && !isSent)
        return units.map(() => ({ ok: false, error: failureOf(error, database.place) }));
      return this.#oneByOne(units, mayBeCommitted);
    }
  }

  async #together(connection: Connection, units: readonly Unit[]): Promise<readonly CommitResult[]> {
    const { database, appender } = this.#parts;
    const settlements = units.flatMap((unit): readonly Settlement[] => {
      const settlement = settlementOf(unit, isKnownById(unit));
      return settlement === undefined ? [] : [settlement];
    });
    const documents = units.flatMap((unit) => unit.documents ?? []);
    const answers = await sendCommit(connection, [
      beginStatement(database),
      ...(settlements.length > 0 ? [settleStatement(database, settlements)] : []),
      ...changeStatements(database, documents),
      appender.statement(units, true),
    ]);
    const [, versions, positions] = answers.at(-2)?.[0] ?? [];
    const places = new Places(numbersOf(versions), numbersOf(positions));
    return units.map((unit) => ({ append: places.take(unit), written: [] }));
  }

  async #oneByOne(units: readonly Unit[], mayBeCommitted: boolean): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const unit of units) {
      try {
        outcomes.push({ ok: true, result: await this.#alone.commit(unit, mayBeCommitted) });
      } catch (error) {
        outcomes.push({ ok: false, error });
      }
    }
    return outcomes;
  }
}

/** Whether a unit may share a transaction with others of its kind. */
export function isGroupable({ writes, condition, project }: Unit): boolean {
  return writes.length === 0 && condition === undefined && project === undefined;
}
