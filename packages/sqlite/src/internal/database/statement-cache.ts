import type { Connection, Statement } from '../driver/driver.js';

/** How many statements are kept prepared. */
const MAX_STATEMENTS = 100;

/** Statements whose text is not known beforehand, prepared once while they are used often. */
export class StatementCache<Row> {
  readonly #connection: Connection;
  readonly #rows: 'tuples' | 'objects';
  readonly #statements = new Map<string, Statement<Row>>();

  constructor(connection: Connection, rows: 'tuples' | 'objects') {
    this.#connection = connection;
    this.#rows = rows;
  }

  /** Throws as the driver does for text that is no statement. */
  get(sql: string): Statement<Row> {
    const known = this.#statements.get(sql);
    const statement = known ?? this.#connection.prepare<Row>(sql, this.#rows);
    // The last used stands last.
    if (known !== undefined) this.#statements.delete(sql);
    this.#statements.set(sql, statement);
    const [oldest] = this.#statements.keys();
    if (this.#statements.size > MAX_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }
}
