import { checkVersion, type EntityId, type ExpectedVersion } from '../repository.js';

/** An entity as it is kept: encoded, so that nobody holds a reference to it. */
export interface Row {
  readonly id: EntityId;
  readonly version: number;
  readonly text: string;
}

/** What a repository in memory holds. */
export class MemoryTable {
  readonly #rows = new Map<EntityId, Row>();
  /** One count for all entities, so that one that is deleted and made anew has no old version again. */
  #lastVersion = 0;

  get(id: EntityId): Row | undefined {
    return this.#rows.get(id);
  }

  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  nextVersion(): number {
    this.#lastVersion += 1;
    return this.#lastVersion;
  }

  /** Puts each row in place of the one before; undefined takes it away. */
  apply(changes: ReadonlyMap<EntityId, Row | undefined>): void {
    for (const [id, row] of changes) {
      if (row === undefined) this.#rows.delete(id);
      else this.#rows.set(id, row);
    }
  }
}

/**
 * Changes to a table that nobody sees before `apply`. Between the first change and `apply` nothing may be awaited: that
 * is what makes them atomic.
 */
export class Draft {
  readonly #table: MemoryTable;
  readonly #changes = new Map<EntityId, Row | undefined>();

  constructor(table: MemoryTable) {
    this.#table = table;
  }

  /** @throws MortarError `MORTAR_VERSION_CONFLICT` */
  put(id: EntityId, text: string, expected: ExpectedVersion): number {
    checkVersion(id, expected, this.#current(id)?.version);
    const version = this.#table.nextVersion();
    this.#changes.set(id, { id, version, text });
    return version;
  }

  /** @throws MortarError `MORTAR_VERSION_CONFLICT` */
  remove(id: EntityId, expected: ExpectedVersion): boolean {
    const present = this.#current(id);
    checkVersion(id, expected, present?.version);
    this.#changes.set(id, undefined);
    return present !== undefined;
  }

  apply(): void {
    this.#table.apply(this.#changes);
  }

  #current(id: EntityId): Row | undefined {
    return this.#changes.has(id) ? this.#changes.get(id) : this.#table.get(id);
  }
}
