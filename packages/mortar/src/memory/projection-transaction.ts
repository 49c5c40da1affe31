import {
  checkDocumentChanges,
  checkDocumentKeys,
  type DocumentChange,
  type StoredDocument,
} from '../read-models/index.js';
import type { ProjectionTransaction, WriteGuard } from '../unit-of-work/index.js';
import type { MemoryLog } from './memory-log.js';
import { MemoryTransaction } from './transaction.js';

/** What inline projections have in memory. Nobody else runs meanwhile, so there is nothing to lock. */
export class MemoryProjectionTransaction extends MemoryTransaction implements ProjectionTransaction {
  readonly #log: MemoryLog;
  readonly #guard: WriteGuard;

  constructor(log: MemoryLog, guard: WriteGuard) {
    super(log, guard);
    this.#log = log;
    this.#guard = guard;
  }

  readDocuments(
    collection: string,
    tenant: string,
    keys: readonly string[],
  ): Promise<readonly StoredDocument[]> {
    return this.#guard.operation(() => {
      checkDocumentKeys(collection, tenant, keys);
      return this.#log.documents.read(collection, tenant, keys);
    });
  }

  changeDocuments(changes: readonly DocumentChange[]): Promise<void> {
    return this.#guard.operation(() => {
      checkDocumentChanges(changes);
      this.#log.documents.change(changes);
    });
  }
}
