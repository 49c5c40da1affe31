import {
  checkDocumentChanges,
  checkDocumentKeys,
  type DocumentChange,
  type StoredDocument,
} from 'mortar/read-models';
import type { ProjectionTransaction, WriteGuard } from 'mortar/unit-of-work';
import { type SqliteSession, SqliteTransaction } from '../../transaction.js';
import type { DocumentChanges } from './document-changes.js';

/** What inline projections have on SQLite. The file has one writer, so there is nothing else to lock. */
export class SqliteProjectionTransaction extends SqliteTransaction implements ProjectionTransaction {
  readonly #documents: DocumentChanges;
  readonly #guard: WriteGuard;

  constructor(session: SqliteSession, guard: WriteGuard, documents: DocumentChanges) {
    super(session, guard);
    this.#documents = documents;
    this.#guard = guard;
  }

  readDocuments(
    collection: string,
    tenant: string,
    keys: readonly string[],
  ): Promise<readonly StoredDocument[]> {
    return this.#guard.operation(() => {
      checkDocumentKeys(collection, tenant, keys);
      return this.#documents.read(collection, tenant, keys);
    });
  }

  changeDocuments(changes: readonly DocumentChange[]): Promise<void> {
    return this.#guard.operation(() => {
      checkDocumentChanges(changes);
      this.#documents.change(changes);
    });
  }
}
