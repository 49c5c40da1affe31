import type { Sortable } from './sortable.js';

/** A field that documents may be sorted by. */
export type FieldOf<Doc> = {
  [K in keyof Doc & string]-?: Doc[K] extends Sortable ? K : never;
}[keyof Doc & string];

/** What a field must be. All that is said must hold. */
export interface FieldConditions<Value> {
  /** Equal to it; `null` also where there is nothing. */
  readonly is?: Value | null;
  /** One of these, 1,000 at most. */
  readonly among?: readonly (Value | null)[];
  /** Of these four: of the same kind of value, and before or after it. Strings go by their characters' code points. */
  readonly less?: NonNullable<Value>;
  readonly atMost?: NonNullable<Value>;
  readonly greater?: NonNullable<Value>;
  readonly atLeast?: NonNullable<Value>;
  /** Of strings: how they begin, 200 bytes at most. */
  readonly beginsWith?: Value extends string ? string : never;
}

/** Which documents: by top-level fields, each with a value, or with what must hold of it. */
export type Where<Doc> = {
  readonly [F in FieldOf<Doc>]?:
    | Extract<Doc[F], Sortable>
    | null
    | FieldConditions<NonNullable<Extract<Doc[F], Sortable>>>;
};

/** One field that documents are sorted by; ascending unless said. */
export type Sort<Doc> =
  | FieldOf<Doc>
  | { readonly by: FieldOf<Doc>; readonly direction?: 'ascending' | 'descending' };

/** Which documents, in which order. */
export interface FindOptions<Doc> {
  /** All of them unless said. */
  readonly where?: Where<Doc>;
  /** By key unless said. Those that are equal in it come by key, in the direction of the last field. */
  readonly sort?: Sort<Doc> | readonly Sort<Doc>[];
  /** How many at most: 1 to 1,000; 100 unless said. */
  readonly limit?: number;
  /** The `next` of a page of the same `where` and `sort`: those that come after it. */
  readonly after?: string;
}

/** A document with its key. */
export interface Found<Doc> {
  readonly key: string;
  readonly value: Doc;
}

/** Some of the documents that were asked for. */
export interface FoundPage<Doc> {
  /**
   * As many as were asked for, unless there are no more of them; or 10,000 documents have been looked at, which happens
   * where `where` names fields without an index.
   */
  readonly items: readonly Found<Doc>[];
  /** Where to go on from; absent where there is nothing beyond. */
  readonly next: string | undefined;
}

/**
 * The documents of a projection, as far as it has come. Fields that the projection names in its `indexes` are looked for and
 * sorted by in the store; of others, documents are read and looked at, which has its bounds.
 */
export interface ReadModel<Doc> {
  /** @throws MortarError `MORTAR_DOCUMENT_INVALID` for a key that can't be one */
  get(key: string): Promise<Doc | undefined>;
  /** Those that are there, by key. 1,000 keys at most. @throws MortarError `MORTAR_OPTIONS_INVALID` */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Doc>>;
  /**
   * A page of documents.
   * @throws MortarError `MORTAR_OPTIONS_INVALID` for what can't be asked; also for a sort by a field without an index, of more than
   * 10,000 documents
   */
  find(options?: FindOptions<Doc>): Promise<FoundPage<Doc>>;
  /** @throws MortarError `MORTAR_OPTIONS_INVALID`; also for a field without an index, of more than 10,000 documents */
  count(where?: Where<Doc>): Promise<number>;
}

/** Whose documents are read. */
export interface ReadModelOptions {
  /** Of a projection that is one per tenant, and of no other; empty for the documents of events of no tenant. */
  readonly tenant?: string;
}

/** The tables of a projection of SQL. */
export interface ReadTables<T extends string = string> {
  /**
   * The name of the table that is read now, as it may stand in SQL: another one once another generation is. On PostgreSQL it is
   * `<schema>.<table>`, of the schema of the store, so any connection to the database finds it that has the right to read it.
   */
  table(name: T): Promise<string>;
}

/** Of a projection of documents, what its reader needs to know. */
export interface ReadableDocuments<Doc = unknown> {
  readonly kind: 'documents';
  readonly name: string;
  readonly perTenant: boolean;
  readonly initialState: (key: string) => Doc;
}

/** Of a projection of SQL, what its reader needs to know. */
export interface ReadableTables<T extends string = string> {
  readonly kind: 'sql';
  readonly name: string;
  readonly tables: ReadonlyMap<T, unknown>;
}
