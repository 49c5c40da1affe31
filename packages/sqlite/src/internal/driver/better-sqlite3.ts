import type BetterSqlite3 from 'better-sqlite3';
import type { Changes, Connection, Driver, Statement } from './driver.js';

/** The driver over the package `better-sqlite3`. Rejects as the import does where it is not installed or does not load. */
export async function betterSqlite3(): Promise<Driver> {
  const { default: Database } = await import('better-sqlite3');
  const probe = new Database(':memory:');
  const [[sqliteVersion] = ['0']] = probe.prepare<[], [string]>('SELECT sqlite_version()').raw().all();
  probe.close();
  return {
    name: 'better-sqlite3',
    sqliteVersion,
    open: (file, isReadOnly) =>
      new BetterConnection(new Database(file, { readonly: isReadOnly, timeout: 0 })),
  };
}

class BetterConnection implements Connection {
  readonly #database: BetterSqlite3.Database;

  constructor(database: BetterSqlite3.Database) {
    this.#database = database;
  }

  get isInTransaction(): boolean {
    return this.#database.inTransaction;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  prepare<Row>(sql: string, rows: 'tuples' | 'objects'): Statement<Row> {
    const statement = this.#database.prepare<[readonly unknown[]], Row>(sql);
    if (statement.reader && rows === 'tuples') statement.raw(true);
    return statement.reader ? new Reading(statement) : new Changing(statement);
  }

  close(): void {
    this.#database.close();
  }
}

type Prepared<Row> = BetterSqlite3.Statement<[readonly unknown[]], Row>;

class Reading<Row> implements Statement<Row> {
  readonly returnsRows = true;
  readonly #statement: Prepared<Row>;

  constructor(statement: Prepared<Row>) {
    this.#statement = statement;
  }

  run(parameters: readonly unknown[]): Changes {
    return changesOf(this.#statement.run(parameters));
  }

  first(parameters: readonly unknown[]): Row | undefined {
    return this.#statement.get(parameters);
  }

  all(parameters: readonly unknown[]): readonly Row[] {
    return this.#statement.all(parameters);
  }
}

/** The driver refuses to ask for the rows of a statement that has none. */
class Changing<Row> implements Statement<Row> {
  readonly returnsRows = false;
  readonly #statement: Prepared<Row>;

  constructor(statement: Prepared<Row>) {
    this.#statement = statement;
  }

  run(parameters: readonly unknown[]): Changes {
    return changesOf(this.#statement.run(parameters));
  }

  first(parameters: readonly unknown[]): undefined {
    this.#statement.run(parameters);
  }

  all(parameters: readonly unknown[]): readonly Row[] {
    this.#statement.run(parameters);
    return [];
  }
}

function changesOf({ changes, lastInsertRowid }: BetterSqlite3.RunResult): Changes {
  return { changes, lastInsertRowid: Number(lastInsertRowid) };
}
