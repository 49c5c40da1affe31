import {
  type CommitResult,
  checkUnit,
  type KnownResult,
  type Unit,
  type UnitOutcome,
  type UnitStore,
} from '../unit-of-work/index.js';
import { commitWithin, isExpired } from './internal/unit-commit.js';
import type { MemoryLog } from './memory-log.js';

/** Units of work in memory, over a log in memory. Their `write` functions get a `MemoryTransaction`. */
export class MemoryUnitStore implements UnitStore {
  readonly #log: MemoryLog;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async commit(units: readonly Unit[]): Promise<readonly UnitOutcome[]> {
    return Promise.all(units.map((unit) => outcomeOf(this.#commitOne(unit))));
  }

  async findResult(key: string): Promise<KnownResult | undefined> {
    return this.#log.exclusively(() => {
      const kept = this.#log.results.get(key);
      if (kept === undefined || isExpired(kept, this.#log.clock.now())) return undefined;
      return { digest: kept.digest, result: kept.result };
    });
  }

  async cleanUp({ inboxBefore }: { readonly inboxBefore: number }): Promise<number> {
    return this.#log.exclusively(() => {
      const { results, inbox, unitIds, clock } = this.#log;
      const now = clock.now();
      return (
        removeWhere(results, (kept) => isExpired(kept, now)) +
        removeWhere(inbox, (at) => at < inboxBefore) +
        removeWhere(unitIds, (at) => at < inboxBefore)
      );
    });
  }

  async #commitOne(unit: Unit): Promise<CommitResult> {
    checkUnit(unit);
    return this.#log.atomically(() => commitWithin(this.#log, unit));
  }
}

async function outcomeOf(commit: Promise<CommitResult>): Promise<UnitOutcome> {
  try {
    return { ok: true, result: await commit };
  } catch (error) {
    return { ok: false, error };
  }
}

interface Removable<Value> {
  entries(): IterableIterator<[string, Value]>;
  delete(key: string): boolean;
}

function removeWhere<Value>(rows: Removable<Value>, isOver: (value: Value) => boolean): number {
  const over = [...rows.entries()].filter(([, value]) => isOver(value));
  for (const [key] of over) rows.delete(key);
  return over.length;
}
