import { type Collection, columnOf, type StoredDocument } from 'mortar/read-models';
import type { Connection, Statement } from '../driver/driver.js';

/** A collection, and the table that keeps its documents. */
export interface CollectionTable extends Collection {
  readonly table: string;
}

/** A row of a table of documents: the fields' values follow. */
export type DocumentRow = readonly [tenant: string, key: string, body: string, ...values: string[]];

type RegisteredRow = readonly [number: number, name: string, fields: string, indexes: string];

/** Which collections there are, as one connection finds them. What it has read of a number stays true, unless it is rolled back. */
export class CollectionTables {
  readonly #connection: Connection;
  readonly #find: Statement<RegisteredRow>;
  readonly #all: Statement<RegisteredRow>;
  readonly #known = new Map<number, { readonly row: RegisteredRow; readonly table: CollectionTable }>();

  constructor(connection: Connection) {
    const columns = 'SELECT number, name, fields, indexes FROM mortar_collections';
    this.#connection = connection;
    this.#find = connection.prepare(`${columns} WHERE name = ?`, 'tuples');
    this.#all = connection.prepare(`${columns} ORDER BY name`, 'tuples');
  }

  find(name: string): CollectionTable | undefined {
    const row = this.#find.first([name]);
    return row === undefined ? undefined : this.#tableOf(row);
  }

  all(): readonly CollectionTable[] {
    return this.#all.all([]).map((row) => this.#tableOf(row));
  }

  /** Within a transaction that writes. */
  make({ name, fields, indexes }: Collection): void {
    const [number = 0] = this.#connection.prepare<readonly [number]>(NEXT_NUMBER, 'tuples').first([]) ?? [];
    this.#connection
      .prepare('INSERT INTO mortar_collections (number, name, fields, indexes) VALUES (?, ?, ?, ?)', 'tuples')
      .run([number, name, JSON.stringify(fields), JSON.stringify(indexes)]);
    const table = nameOf(number);
    const columns = fields.map((field) => `${columnOf(field, fields)} TEXT NOT NULL, `).join('');
    this.#connection.exec(
      `CREATE TABLE ${table} (tenant TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL, ${columns}PRIMARY KEY (tenant, key)) STRICT`,
    );
    indexes.forEach((index, place) => {
      const indexed = index.map((field) => columnOf(field, fields)).join(', ');
      this.#connection.exec(`CREATE INDEX ${table}_${place + 1} ON ${table} (tenant, ${indexed}, key)`);
    });
  }

  /** The same. */
  drop(name: string): void {
    const known = this.find(name);
    if (known === undefined) return;
    this.#connection.prepare('DELETE FROM mortar_collections WHERE name = ?', 'tuples').run([name]);
    this.#connection.exec(`DROP TABLE ${known.table}`);
  }

  #tableOf(row: RegisteredRow): CollectionTable {
    const [number, name, fields, indexes] = row;
    const known = this.#known.get(number);
    // The number of one that was rolled back comes again.
    if (known?.row.every((column, index) => column === row[index])) return known.table;
    const table = {
      name,
      fields: JSON.parse(fields),
      indexes: JSON.parse(indexes),
      table: nameOf(number),
    };
    this.#known.set(number, { row, table });
    return table;
  }
}

/** The columns of `DocumentRow`. */
export function documentColumns({ fields }: Collection): string {
  return ['d.tenant', 'd.key', 'd.body', ...fields.map((field) => `d.${columnOf(field, fields)}`)].join(', ');
}

export function documentOf([tenant, key, body, ...values]: DocumentRow): StoredDocument {
  return { tenant, key, body, values };
}

/** The statement that reads documents by keys: its parameters are the keys as JSON, and the tenant. */
export function readSql(table: CollectionTable): string {
  return `SELECT ${documentColumns(table)} FROM json_each(?) AS wanted CROSS JOIN ${table.table} AS d
    ON d.tenant = ? AND d.key = wanted.value`;
}

const NEXT_NUMBER = 'UPDATE mortar_collection_numbers SET last = last + 1 RETURNING last';

function nameOf(number: number): string {
  return `mortar_documents_${number}`;
}
