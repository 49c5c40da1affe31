import { MortarError } from 'mortar/errors';
import { type Collection, collectionMissing, columnOf } from 'mortar/read-models';
import type { Connection, Database } from '../connection/database.js';
import { failureOf, serverError } from '../connection/failures.js';
import { type RawRow, text } from '../reading/rows.js';

/** A collection, and the table that keeps its documents. */
export interface CollectionPlace extends Collection {
  readonly table: string;
}

const UNDEFINED_TABLE = '42P01';
/** How many collections are remembered. */
const MAX_KNOWN = 1_000;

/** Where collections lie, remembered: a table belongs to one collection for ever, or is gone, which is noticed then. */
export class CollectionPlaces {
  readonly #database: Database;
  readonly #known = new Map<string, CollectionPlace>();

  constructor(database: Database) {
    this.#database = database;
  }

  async all(): Promise<readonly CollectionPlace[]> {
    const rows = await this.#database.rows({ text: `${this.#select} ORDER BY name` });
    return rows.map((row) => this.#placeOf(row));
  }

  /**
   * Reads from a collection, once more where it was made anew meanwhile.
   * @throws MortarError `MORTAR_COLLECTION_MISSING`; `MORTAR_STORE_CORRUPT` where its table is gone and it is not; as `failureOf` answers
   */
  async readFrom<T>(
    name: string,
    read: (connection: Connection, place: CollectionPlace) => Promise<T>,
  ): Promise<T> {
    let missing: string | undefined;
    for (;;) {
      const place = this.#known.get(name) ?? (await this.#find(name));
      // No other collection ever has the same table.
      if (place.table === missing) throw tableMissing(name, this.#database.place);
      try {
        return await this.#database.use((connection) => read(connection, place));
      } catch (error) {
        if (serverError(error)?.code !== UNDEFINED_TABLE) throw failureOf(error, this.#database.place);
        this.#known.delete(name);
        missing = place.table;
      }
    }
  }

  async #find(name: string): Promise<CollectionPlace> {
    const [row] = await this.#database.rows({ text: `${this.#select} WHERE name = $1`, values: [name] });
    if (row === undefined) throw collectionMissing(name);
    const place = this.#placeOf(row);
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(name, place);
    return place;
  }

  get #select(): string {
    return `SELECT number, name, array_to_json(fields), indexes FROM ${this.#database.schema}.collections`;
  }

  #placeOf([number, name, fields, indexes]: RawRow): CollectionPlace {
    return {
      table: `${this.#database.schema}.documents_${number}`,
      name: text(name),
      fields: JSON.parse(text(fields)),
      indexes: JSON.parse(text(indexes)),
    };
  }
}

/** Somebody else has dropped it: a collection goes with its table. */
function tableMissing(collection: string, place: string): MortarError {
  return new MortarError('MORTAR_STORE_CORRUPT', {
    rule: 'A collection that is there has its table.',
    expected: `the table of ${collection} at ${place}`,
    got: 'none',
    details: { collection },
  });
}

/** The values of a document's fields, as one column of JSON. */
export function valuesColumn({ fields }: Collection): string {
  return `array_to_json(ARRAY[${fields.map((field) => columnOf(field, fields)).join(', ')}]::text[])`;
}
