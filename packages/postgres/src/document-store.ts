import { MortarError } from 'mortar/errors';
import {
  type Collection,
  checkCollection,
  checkCollectionName,
  checkConditions,
  checkDocumentKeys,
  checkDocumentQuery,
  collectionConflict,
  columnOf,
  type DocumentQuery,
  type DocumentStore,
  documentSql,
  isSameCollection,
  type SqlMarks,
  type StoredDocument,
} from 'mortar/read-models';
import { textArray } from './internal/append/binary-array.js';
import type { Database, Statement } from './internal/connection/database.js';
import { change } from './internal/connection/transacting.js';
import {
  type CollectionPlace,
  CollectionPlaces,
  valuesColumn,
} from './internal/documents/collection-places.js';
import { type RawRow, text } from './internal/reading/rows.js';

/** Documents of read models on PostgreSQL: a table for each collection, with its indexes. */
export class PostgresDocumentStore implements DocumentStore {
  readonly #database: Database;
  readonly #places: CollectionPlaces;

  constructor(database: Database) {
    this.#database = database;
    this.#places = new CollectionPlaces(database);
  }

  async make(collection: Collection): Promise<void> {
    checkCollection(collection);
    const { name, fields, indexes } = collection;
    const columns = indexes.map((index) => index.map((field) => columnOf(field, fields)).join(', '));
    const [row] = await change(this.#database, {
      text: `SELECT ${this.#database.schema}.make_collection($1, $2, $3, $4)`,
      values: [name, textArray(fields), JSON.stringify(indexes), textArray(columns)],
    });
    const known = row?.[0];
    if (typeof known !== 'string') return;
    const [knownFields, knownIndexes] = JSON.parse(known);
    if (!isSameCollection(collection, { name, fields: knownFields, indexes: knownIndexes }))
      throw collectionConflict(name);
  }

  async drop(name: string): Promise<void> {
    checkCollectionName(name);
    await change(this.#database, {
      text: `SELECT ${this.#database.schema}.drop_collection($1)`,
      values: [name],
    });
  }

  /** What is dropped meanwhile needs no statistics. */
  async analyze(name: string): Promise<void> {
    checkCollectionName(name);
    try {
      await this.#places.readFrom(name, (connection, { table }) =>
        connection.rows({ text: `ANALYZE ${table}` }),
      );
    } catch (error) {
      if (!(error instanceof MortarError) || error.code !== 'MORTAR_COLLECTION_MISSING') throw error;
    }
  }

  async collections(): Promise<readonly Collection[]> {
    const places = await this.#places.all();
    return places.map(({ name, fields, indexes }) => ({ name, fields, indexes }));
  }

  async read(name: string, tenant: string, keys: readonly string[]): Promise<readonly StoredDocument[]> {
    checkDocumentKeys(name, tenant, keys);
    return this.#places.readFrom(name, async (connection, place) => {
      const rows = await connection.rows({
        text: `SELECT ${columnsOf(place)} FROM ${place.table} WHERE tenant = $1 AND key = ANY ($2) AND body IS NOT NULL`,
        values: [tenant, textArray([...new Set(keys)])],
      });
      return rows.map((row) => documentOf(tenant, row));
    });
  }

  async find(name: string, query: DocumentQuery): Promise<readonly StoredDocument[]> {
    checkCollectionName(name);
    return this.#places.readFrom(name, async (connection, place) => {
      checkDocumentQuery(query, place.fields);
      const rows = await connection.rows(findStatement(place, query));
      return rows.map((row) => documentOf(query.tenant, row));
    });
  }

  async count(name: string, query: Pick<DocumentQuery, 'tenant' | 'where'>): Promise<number> {
    checkCollectionName(name);
    return this.#places.readFrom(name, async (connection, place) => {
      checkConditions(query, place.fields);
      const { where, parameters } = documentSql(query, place.fields, MARKS);
      const [row] = await connection.rows({
        text: `SELECT count(*) FROM ${place.table} WHERE ${where} AND body IS NOT NULL`,
        values: parameters,
      });
      return Number(row?.[0]);
    });
  }
}

/** The statement of a query that was checked. Indexes hold rows with a body alone, so it says that it asks for no others. */
export function findStatement(place: CollectionPlace, query: DocumentQuery): Statement {
  const { where, order, parameters } = documentSql(query, place.fields, MARKS);
  return {
    text: `SELECT ${columnsOf(place)} FROM ${place.table} WHERE ${where} AND body IS NOT NULL
      ORDER BY ${order} LIMIT ${query.limit}`,
    values: parameters,
  };
}

const MARKS: SqlMarks = {
  mark: (number) => `$${number}`,
  among: (column, mark) => `${column} = ANY (${mark})`,
  list: textArray,
};

function columnsOf(place: CollectionPlace): string {
  return `key, body, ${valuesColumn(place)}`;
}

function documentOf(tenant: string, [key, body, values]: RawRow): StoredDocument {
  return { tenant, key: text(key), body: text(body), values: JSON.parse(text(values)) };
}
