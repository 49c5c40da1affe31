/**
 * A place for documents: of one projection, in one of its generations. Its fields are what documents may be asked for by; each
 * document says its value of each as a text that sorts as the values do, see `sortableOf`.
 */
export interface Collection {
  /** 1 to 200 characters. */
  readonly name: string;
  /** 32 at most, each of 1 to 200 characters, and once. */
  readonly fields: readonly string[];
  /** 16 at most. Each a list of 1 to 4 fields, the leading one first. For each the store keeps an index of its own. */
  readonly indexes: readonly (readonly string[])[];
}

/** A document as it is kept. */
export interface StoredDocument {
  /** Empty where it is of no tenant; 512 bytes at most. */
  readonly tenant: string;
  /** 1 to 1,024 bytes. */
  readonly key: string;
  /** The codec's text. */
  readonly body: string;
  /** Of each field of the collection, in their order; each of 250 bytes at most, as `sortableOf` makes them. */
  readonly values: readonly string[];
}

/** What a read model has changed by one document. */
export type DocumentChange =
  | { readonly kind: 'put'; readonly collection: string; readonly document: StoredDocument }
  | {
      readonly kind: 'remove';
      readonly collection: string;
      readonly tenant: string;
      readonly key: string;
    };

/** What a field must be. Texts are those of `sortableOf`, and compared byte by byte, as UTF-8. */
export type FieldCondition =
  | {
      readonly field: string;
      readonly is: 'equal' | 'less' | 'atMost' | 'greater' | 'atLeast';
      readonly value: string;
    }
  | { readonly field: string; readonly is: 'among'; readonly values: readonly string[] }
  /** From the first on, up to but without the second: see `sortablesBeginningWith`. */
  | { readonly field: string; readonly is: 'between'; readonly from: string; readonly to: string };

/**
 * Which documents, and in which order. Those that are equal in it come by key, in the direction of the last field of it: so an
 * index on its fields gives the whole order, where all of them have one direction.
 */
export interface DocumentQuery {
  readonly tenant: string;
  /** All of them must hold. 32 at most; `among` has 1,000 values at most. */
  readonly where: readonly FieldCondition[];
  /** Each field once. */
  readonly order: readonly { readonly field: string; readonly direction: 'ascending' | 'descending' }[];
  /** Those after the one with these values of the fields of `order`, and this key. */
  readonly after?: { readonly values: readonly string[]; readonly key: string };
  /** 1 to 10,000. */
  readonly limit: number;
}

/** Documents within a transaction: see `ProjectionTransaction` of `mortar/unit-of-work`, which is one. */
export interface DocumentTransaction {
  /**
   * The documents of these keys that are there, in no particular order, with what this transaction has changed. They are
   * locked up to its end, as are keys without a document: another transaction that asks for one waits. Keys are locked in
   * a fixed order, so callers ask once for all of a collection. A collection that is gone has no documents. 10,000 keys at most.
   * @throws MortarError `MORTAR_DOCUMENT_INVALID`, `MORTAR_OPTIONS_INVALID`
   */
  readDocuments(
    collection: string,
    tenant: string,
    keys: readonly string[],
  ): Promise<readonly StoredDocument[]>;
  /**
   * Puts and removes documents, in this order. Those of a collection that is gone are passed over.
   * @throws MortarError `MORTAR_DOCUMENT_INVALID`, `MORTAR_OPTIONS_INVALID`
   */
  changeDocuments(changes: readonly DocumentChange[]): Promise<void>;
}

/**
 * The port to documents of read models. Methods are atomic, and reject as those of `EventStore` do; for what is malformed, with
 * `MORTAR_OPTIONS_INVALID`. Documents are changed by units of work alone: `Unit.documents` and `ProjectionTransaction`. What
 * a unit has changed is seen once it is committed, all of it at once.
 */
export interface DocumentStore {
  /**
   * Makes a place for documents, under a lock. Nothing happens for one that is there. One that is made anew after it was
   * dropped is empty.
   * @throws MortarError `MORTAR_COLLECTION_CONFLICT` where it is there with other fields or indexes
   */
  make(collection: Collection): Promise<void>;
  /** Removes a place with all its documents. Nothing happens for one that is not there. */
  drop(name: string): Promise<void>;
  /**
   * Says that much of a place was written at once: a store that plans queries by what it knows of a table looks at this one now. What
   * is kept stays as it is, and others may read and change it meanwhile. Nothing happens for a place that is not there.
   */
  analyze(name: string): Promise<void>;
  /** By name. */
  collections(): Promise<readonly Collection[]>;
  /**
   * The documents of these keys, those that are there, in no particular order. 10,000 keys at most.
   * @throws MortarError `MORTAR_COLLECTION_MISSING`
   */
  read(name: string, tenant: string, keys: readonly string[]): Promise<readonly StoredDocument[]>;
  /** @throws MortarError `MORTAR_COLLECTION_MISSING` */
  find(name: string, query: DocumentQuery): Promise<readonly StoredDocument[]>;
  /** Of those that the conditions ask for. @throws MortarError `MORTAR_COLLECTION_MISSING` */
  count(name: string, query: Pick<DocumentQuery, 'tenant' | 'where'>): Promise<number>;
}
