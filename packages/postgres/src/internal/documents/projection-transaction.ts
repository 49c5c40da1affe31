import {
  checkDocumentChanges,
  checkDocumentKeys,
  compareTexts,
  type DocumentChange,
  type StoredDocument,
} from 'mortar/read-models';
import type { ProjectionTransaction, WriteGuard } from 'mortar/unit-of-work';
import { PostgresTransaction } from '../../transaction.js';
import { textArray } from '../append/binary-array.js';
import type { Connection, Database, Statement } from '../connection/database.js';
import { send } from '../connection/transacting.js';
import { text } from '../reading/rows.js';
import { changeStatements, unfitDocument } from './change-statements.js';

/** What inline projections have on PostgreSQL. Their time, and what they may await, is the guard's to watch. */
export class PostgresProjectionTransaction extends PostgresTransaction implements ProjectionTransaction {
  readonly #connection: Connection;
  readonly #database: Database;
  readonly #guard: WriteGuard;
  /** Locked keys without a document, by collection and tenant: of each the lock has left a row. */
  readonly #empty = new Map<string, Set<string>>();
  #hasSavepoints = false;
  /** The changes that were sent, and not waited for. */
  #ahead: Promise<unknown> = Promise.resolve();

  constructor(connection: Connection, database: Database, guard: WriteGuard) {
    super(connection, guard);
    this.#connection = connection;
    this.#database = database;
    this.#guard = guard;
  }

  override savepoint<T>(work: () => T | PromiseLike<T>): Promise<T> {
    this.#hasSavepoints = true;
    return super.savepoint(work);
  }

  readDocuments(
    collection: string,
    tenant: string,
    keys: readonly string[],
  ): Promise<readonly StoredDocument[]> {
    return this.#guard.operation(async () => {
      checkDocumentKeys(collection, tenant, keys);
      return keys.length === 0 ? [] : this.#lock(collection, tenant, [...new Set(keys)].sort(compareTexts));
    });
  }

  /**
   * Statements are done in their order, so one that changes documents is not waited for, unless a savepoint might be rolled
   * back for it: that saves a round trip while documents are locked. Its failure is that of the unit, see `ahead`.
   */
  changeDocuments(changes: readonly DocumentChange[]): Promise<void> {
    return this.#guard.operation(async () => {
      checkDocumentChanges(changes);
      const change = this.#change(changes);
      if (this.#hasSavepoints) return change;
      this.#ahead = Promise.all([this.#ahead, change]);
      this.#ahead.catch(() => undefined);
    });
  }

  /** Resolves when what was sent ahead is done. Rejects with the first of it that failed. */
  async ahead(): Promise<void> {
    await this.#ahead;
  }

  /** What removes the rows that locks have left, for the end of the transaction. */
  releases(): readonly Statement[] {
    return [...this.#empty].flatMap(([place, keys]) => {
      const [collection, tenant]: readonly [string, string] = JSON.parse(place);
      if (keys.size === 0) return [];
      return {
        text: `SELECT ${this.#database.schema}.release_documents($1, $2, $3)`,
        values: [collection, tenant, textArray([...keys])],
      };
    });
  }

  async #change(changes: readonly DocumentChange[]): Promise<void> {
    for (const change of changes) this.#noteChange(change);
    try {
      await send(this.#connection, changeStatements(this.#database, changes));
    } catch (error) {
      throw unfitDocument(error)?.error ?? error;
    }
  }

  async #lock(
    collection: string,
    tenant: string,
    keys: readonly string[],
  ): Promise<readonly StoredDocument[]> {
    const rows = await this.#connection.rows({
      text: `SELECT found_key, found_body, found_values FROM ${this.#database.schema}.lock_documents($1, $2, $3)`,
      values: [collection, tenant, textArray(keys)],
    });
    const found = rows.map(([key, body, values]) => ({
      tenant,
      key: text(key),
      body: text(body),
      values: JSON.parse(text(values)),
    }));
    const present = new Set(found.map(({ key }) => key));
    const empty = this.#emptyOf(collection, tenant);
    for (const key of keys) if (!present.has(key)) empty.add(key);
    return found;
  }

  /** A savepoint that is rolled back takes the document back, and may leave the row. */
  #noteChange(change: DocumentChange): void {
    if (change.kind === 'remove' || this.#hasSavepoints) return;
    this.#emptyOf(change.collection, change.document.tenant).delete(change.document.key);
  }

  #emptyOf(collection: string, tenant: string): Set<string> {
    const place = JSON.stringify([collection, tenant]);
    const known = this.#empty.get(place) ?? new Set();
    this.#empty.set(place, known);
    return known;
  }
}
