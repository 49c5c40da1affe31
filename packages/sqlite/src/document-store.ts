import {
  type Collection,
  checkCollection,
  checkCollectionName,
  checkConditions,
  checkDocumentKeys,
  checkDocumentQuery,
  collectionConflict,
  collectionMissing,
  type DocumentQuery,
  type DocumentStore,
  documentSql,
  isSameCollection,
  type SqlMarks,
  type StoredDocument,
} from 'mortar/read-models';
import type { Database } from './internal/database/database.js';
import { StatementCache } from './internal/database/statement-cache.js';
import {
  type CollectionTable,
  CollectionTables,
  type DocumentRow,
  documentColumns,
  documentOf,
  readSql,
} from './internal/documents/collection-tables.js';
import type { Statement } from './internal/driver/driver.js';
import { resultOf } from './internal/driver/result.js';
import { corrupt } from './internal/errors.js';

/** Documents of read models in a SQLite file: a table for each collection, with its indexes. */
export class SqliteDocumentStore implements DocumentStore {
  readonly #database: Database;
  readonly #read: CollectionTables;
  readonly #written: CollectionTables;
  readonly #rows: StatementCache<DocumentRow>;
  readonly #counts: StatementCache<readonly [number]>;
  readonly #begin: Statement<never>;
  readonly #end: Statement<never>;

  constructor(database: Database) {
    const { reader, writer } = database;
    this.#database = database;
    this.#read = new CollectionTables(reader);
    this.#written = new CollectionTables(writer);
    this.#rows = new StatementCache(reader, 'tuples');
    this.#counts = new StatementCache(reader, 'tuples');
    this.#begin = reader.prepare('BEGIN', 'tuples');
    this.#end = reader.prepare('COMMIT', 'tuples');
  }

  async make(collection: Collection): Promise<void> {
    checkCollection(collection);
    await this.#database.write({
      decidesFirst: false,
      run: () => {
        const known = this.#written.find(collection.name);
        if (known === undefined) return this.#written.make(collection);
        if (!isSameCollection(known, collection)) throw collectionConflict(collection.name);
      },
    });
  }

  async drop(name: string): Promise<void> {
    checkCollectionName(name);
    await this.#database.write({ decidesFirst: false, run: () => this.#written.drop(name) });
  }

  /** Nothing to do: indexes are chosen by the form of a query alone, as long as nobody has called ANALYZE on the file. */
  async analyze(name: string): Promise<void> {
    checkCollectionName(name);
  }

  async collections(): Promise<readonly Collection[]> {
    return this.#database.read(() =>
      this.#read.all().map(({ name, fields, indexes }) => ({ name, fields, indexes })),
    );
  }

  async read(name: string, tenant: string, keys: readonly string[]): Promise<readonly StoredDocument[]> {
    checkDocumentKeys(name, tenant, keys);
    return this.#from(name, (table) =>
      this.#rows
        .get(readSql(table))
        .all([JSON.stringify([...new Set(keys)]), tenant])
        .map(documentOf),
    );
  }

  async find(name: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    checkCollectionName(name);
    return this.#from(name, (table) => {
      checkDocumentQuery(query, table.fields);
      const { sql, parameters } = findStatement(table, query);
      return this.#rows.get(sql).all(parameters).map(documentOf);
    });
  }

  async count(name: string, query: Pick<DocumentQuery, 'tenant' | 'where'>): Promise<number> {
    checkCollectionName(name);
    return this.#from(name, (table) => {
      checkConditions(query, table.fields);
      const { where, parameters } = documentSql(query, table.fields, MARKS);
      const sql = `SELECT count(*) FROM ${table.table} WHERE ${where}`;
      return this.#counts.get(sql).first(parameters)?.[0] ?? 0;
    });
  }

  /** In a transaction of its own, so that no other process drops the collection between the two looks. */
  #from<T>(name: string, read: (table: CollectionTable) => T): Promise<T> {
    return this.#database.read(() => {
      this.#begin.run([]);
      try {
        const table = this.#read.find(name);
        if (table === undefined) throw collectionMissing(name);
        return read(table);
      } catch (error) {
        // The statements are our own: it is the table that is not as it was made.
        throw resultOf(error)?.primary === 'SQLITE_ERROR' ? corrupt(this.#database.file, error) : error;
      } finally {
        this.#end.run([]);
      }
    });
  }
}

/** The statement of a query that was checked. */
export function findStatement(
  table: CollectionTable,
  query: DocumentQuery,
): { readonly sql: string; readonly parameters: readonly unknown[] } {
  const { where, order, parameters } = documentSql(query, table.fields, MARKS);
  return {
    sql: `SELECT ${documentColumns(table)} FROM ${table.table} AS d WHERE ${where} ORDER BY ${order} LIMIT ?`,
    parameters: [...parameters, query.limit],
  };
}

const MARKS: SqlMarks = {
  mark: () => '?',
  among: (column, mark) => `${column} IN (SELECT value FROM json_each(${mark}))`,
  list: (values) => JSON.stringify(values),
};
