import {
  type Collection,
  changesByCollection,
  type DocumentChange,
  type StoredDocument,
  valuesUnfit,
} from '../../read-models/index.js';
import { rowKey } from './delivery-tables.js';
import { type Journal, JournaledMap } from './journal.js';

/** A collection in memory. */
export interface CollectionTable {
  readonly collection: Collection;
  /** By `rowKey` of tenant and key. */
  readonly documents: JournaledMap<string, StoredDocument>;
}

/** The documents of read models in memory. */
export class DocumentTables {
  readonly collections: JournaledMap<string, CollectionTable>;
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.collections = new JournaledMap(journal);
  }

  make(collection: Collection): void {
    this.collections.set(collection.name, { collection, documents: new JournaledMap(this.#journal) });
  }

  /** Those that are there; none of a collection that is not. */
  read(name: string, tenant: string, keys: readonly string[]): readonly StoredDocument[] {
    const documents = this.collections.get(name)?.documents;
    return [...new Set(keys)].flatMap((key) => documents?.get(rowKey(tenant, key)) ?? []);
  }

  /** Passes over those of collections that are not there. @throws MortarError `MORTAR_DOCUMENT_INVALID` */
  change(changes: readonly DocumentChange[]): void {
    for (const { collection: name, puts, removals } of changesByCollection(changes)) {
      const table = this.collections.get(name);
      if (table === undefined) continue;
      const { collection, documents } = table;
      for (const { tenant, key } of removals) documents.delete(rowKey(tenant, key));
      for (const { tenant, key, body, values } of puts) {
        if (values.length !== collection.fields.length) throw valuesUnfit(name);
        const kept = Object.freeze({ tenant, key, body, values: Object.freeze([...values]) });
        documents.set(rowKey(tenant, key), kept);
      }
    }
  }
}
