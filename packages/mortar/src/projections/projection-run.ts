import { createHash } from 'node:crypto';
import type { CodecOptions } from '../contracts/index.js';
import type { LogEntry, RecordedEvent } from '../event-store/index.js';
import type { Collection, DocumentStore, DocumentTransaction } from '../read-models/index.js';
import type { Unit, UnitStore, UnplacedEntry } from '../unit-of-work/index.js';
import { documentRun } from './internal/runs/document-run.js';
import { sqlRun } from './internal/runs/sql-run.js';
import type { Projection } from './projection.js';
import type { SqlProjection } from './sql-projection.js';

/** A projection of either kind. */
export type AnyProjection = Projection | SqlProjection;

/** Where one generation of a projection lies. See `placeOf`. */
export interface GenerationPlace {
  /** The name of its collection, of a fold into documents. */
  readonly collection: string;
  /**
   * The name of a table of it, of a projection of SQL, within the schema of its store: as it may stand in SQL of either kind without
   * quotes, 63 bytes at most.
   */
  readonly tableOf: (table: string) => string;
}

/** What a run of a projection works with. */
export interface RunParts extends GenerationPlace {
  readonly documents: DocumentStore;
  /** Makes and removes the tables of a projection of SQL, in its schema. */
  readonly units: UnitStore;
  readonly codec?: CodecOptions;
}

/** What is to be committed with the progress. */
export type FoldWork = Omit<Unit, 'id'>;

/** How far a page was folded. */
export interface Folded {
  readonly work: FoldWork;
  /**
   * How many entries of the page, from the first on, are in it: not all of them where they change more than one unit of work may, and
   * where one fails. At least one, if there is one.
   */
  readonly entries: number;
}

/**
 * What one generation of a projection needs. Nothing of the documents is kept between calls: whoever holds the lease folds and
 * commits, page after page.
 */
export interface ProjectionRun {
  /** Of the entries that it takes. */
  readonly types: readonly string[];
  /** What the generation keeps documents in; absent for one of SQL. */
  readonly collection: Collection | undefined;
  /**
   * Makes its collection or tables; nothing happens where they are there. Safe in several processes at once.
   * @throws MortarError `MORTAR_OPTIONS_INVALID` for a projection of SQL on a store that speaks none; as the store
   */
  prepare(): Promise<void>;
  /** Much was written to them at once: see `DocumentStore.analyze`. */
  analyze(): Promise<void>;
  /** Removes them with all that is in them; nothing happens where they are not there. */
  drop(): Promise<void>;
  /**
   * What stands for an entry where a failing one holds others; never throws. `ALL_KEYS` where they all hold each other. One of which
   * nobody knows the document, since it can't be read, has a key of its own: see `holdsAll`.
   */
  orderKey(entry: LogEntry): string;
  /** Whether none is to go past a key that is held. */
  holdsAll(orderKey: string): boolean;
  /**
   * An entry for those who deliver it: as it was written, once it is clear that it can be read as events of today.
   * @throws MortarError what makes it unreadable, as `readEntry`
   */
  read(entry: LogEntry): RecordedEvent;
  /** The entry of an event that `read` has answered with. */
  entryOf(event: RecordedEvent): LogEntry;
  /**
   * Folds a page of entries of its types, in their order, onto what the store has, up to the first one that fails: documents are
   * read once, and each is put once. Of a projection of SQL, the work is one `write`, and what its handlers fail with is what the
   * commit fails with.
   * @throws MortarError where the first entry fails: `MORTAR_FOLD_FAILED`, or what makes it unreadable, with its `position`, `type`
   * and `id` among the `details`; as the store
   */
  fold(entries: readonly LogEntry[]): Promise<Folded>;
  /**
   * The same of all of them, which are no more than the projection's `batch`.
   * @throws MortarError where an entry fails, the first that does; `MORTAR_OPTIONS_INVALID` for more than one unit of work may change
   */
  work(entries: readonly LogEntry[]): Promise<FoldWork>;
  /**
   * Folds entries within a transaction: of the append that brings them, or of a promotion. Each document is locked before it is
   * read; of a projection of SQL, what its events of one key do is locked.
   * @throws MortarError `MORTAR_INLINE_FAILED` for the first entry that fails, with `projection`, `type`, `id` and, of a fold into documents, `key`
   * among the `details`; as the store
   */
  project(tx: DocumentTransaction, entries: readonly UnplacedEntry[]): Promise<void>;
}

const MAX_SLUG = 40;
const HASH_DIGITS = 8;

/** What a generation of a projection needs. */
export function runOf(projection: AnyProjection, parts: RunParts): ProjectionRun {
  return projection.kind === 'sql' ? sqlRun(projection, parts) : documentRun(projection, parts);
}

/** Where the generation of this number lies, of a projection of a module. */
export function placeOf(
  module: string,
  projection: Pick<AnyProjection, 'name'>,
  number: number,
): GenerationPlace {
  const { name } = projection;
  return {
    collection: `${module}/${name}#${number}`,
    tableOf: (table) => {
      const slug = `${module}_${name}_${table}`.replaceAll(/[^a-z0-9]+/g, '_').slice(0, MAX_SLUG);
      // Different places may have one slug.
      const hash = createHash('sha256')
        .update(JSON.stringify([module, name, table]))
        .digest('hex');
      return `${slug}_${hash.slice(0, HASH_DIGITS)}_${number}`;
    },
  };
}
