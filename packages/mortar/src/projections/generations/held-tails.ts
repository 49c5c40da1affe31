import type { HeldKey } from '../../delivery/index.js';
import type { LogEntry, Position } from '../../event-store/index.js';
import type { ProjectionRun } from '../projection-run.js';

/**
 * The keys of a generation that wait for an operator, each behind its dead letter. Whoever folds past the delivery lets what comes
 * later of them wait there as well. Only who has the lease changes them, so they are known for as long as it is held.
 */
export class HeldTails {
  readonly #keys: Map<string, HeldKey>;
  readonly #orderKey: ProjectionRun['orderKey'];

  constructor(keys: readonly HeldKey[], orderKey: ProjectionRun['orderKey']) {
    this.#keys = new Map(keys.map((key) => [key.orderKey, key]));
    this.#orderKey = orderKey;
  }

  /** The entries of a page that wait for nobody, in their order. */
  flowing(entries: readonly LogEntry[]): readonly LogEntry[] {
    if (this.#keys.size === 0) return entries;
    return entries.filter((entry) => !this.#keys.has(this.#orderKey(entry)));
  }

  /** What the keys come to with those of these entries that lie up to a position: the ones that have changed. */
  grown(entries: readonly LogEntry[], to: Position): readonly HeldKey[] {
    const changed = new Map<string, HeldKey>();
    if (this.#keys.size === 0) return [];
    for (const entry of entries) {
      const key = this.#keys.get(this.#orderKey(entry));
      if (key !== undefined && entry.position > key.last && entry.position <= to)
        changed.set(key.orderKey, { ...key, last: entry.position });
    }
    return [...changed.values()];
  }

  /** They were committed. */
  keep(changed: readonly HeldKey[]): void {
    for (const key of changed) this.#keys.set(key.orderKey, key);
  }
}
