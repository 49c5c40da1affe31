import {
  changesByCollection,
  columnOf,
  type DocumentChange,
  type StoredDocument,
  valuesUnfit,
} from 'mortar/read-models';
import { StatementCache } from '../database/statement-cache.js';
import type { Connection } from '../driver/driver.js';
import {
  type CollectionTable,
  CollectionTables,
  type DocumentRow,
  documentOf,
  readSql,
} from './collection-tables.js';

/** Changes and reads documents within transactions that write. */
export class DocumentChanges {
  readonly #collections: CollectionTables;
  readonly #statements: StatementCache<DocumentRow>;

  constructor(writer: Connection) {
    this.#collections = new CollectionTables(writer);
    this.#statements = new StatementCache(writer, 'tuples');
  }

  /** Passes over those of collections that are gone. @throws MortarError `MORTAR_DOCUMENT_INVALID` */
  change(changes: readonly DocumentChange[]): void {
    for (const { collection: name, puts, removals } of changesByCollection(changes)) {
      const collection = this.#collections.find(name);
      if (collection === undefined) continue;
      const { table, fields } = collection;
      if (removals.length > 0) {
        const remove = this.#statements.get(`DELETE FROM ${table} WHERE tenant = ? AND key = ?`);
        for (const { tenant, key } of removals) remove.run([tenant, key]);
      }
      if (puts.length === 0) continue;
      const put = this.#statements.get(putSql(collection));
      for (const { tenant, key, body, values } of puts) {
        if (values.length !== fields.length) throw valuesUnfit(name);
        put.run([tenant, key, body, ...values]);
      }
    }
  }

  /** None of a collection that is gone. */
  read(name: string, tenant: string, keys: readonly string[]): readonly StoredDocument[] {
    const collection = this.#collections.find(name);
    if (collection === undefined || keys.length === 0) return [];
    const statement = this.#statements.get(readSql(collection));
    return statement.all([JSON.stringify([...new Set(keys)]), tenant]).map(documentOf);
  }
}

function putSql({ table, fields }: CollectionTable): string {
  const columns = fields.map((field) => columnOf(field, fields));
  const all = ['tenant', 'key', 'body', ...columns];
  const changed = ['body', ...columns].map((column) => `${column} = excluded.${column}`);
  return `INSERT INTO ${table} (${all.join(', ')}) VALUES (${all.map(() => '?').join(', ')})
    ON CONFLICT (tenant, key) DO UPDATE SET ${changed.join(', ')}`;
}
