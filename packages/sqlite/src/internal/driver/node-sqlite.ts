import { MortarError } from 'mortar/errors';
import type { Changes, Connection, Driver, Statement } from './driver.js';

/** The parts of `node:sqlite` that we use. The oldest Node that we support does not have it, so its types lack it. */
interface NodeSqlite {
  readonly DatabaseSync: new (
    file: string,
    options: { readonly readOnly: boolean; readonly timeout: number },
  ) => NodeDatabase;
}

interface NodeDatabase {
  readonly isTransaction: boolean;
  exec(sql: string): void;
  prepare(sql: string): NodeStatement;
  close(): void;
}

interface NodeStatement {
  readonly sourceSQL: string;
  setReturnArrays(isOn: boolean): void;
  columns(): readonly unknown[];
  run(...parameters: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get<Row>(...parameters: readonly unknown[]): Row | undefined;
  all<Row>(...parameters: readonly unknown[]): readonly Row[];
}

/** A variable, since compilers and bundlers look for modules that they know of in the texts of imports. */
const MODULE: string = 'node:sqlite';

/** The version of SQLite that the runtime brings; absent where it has no `node:sqlite`. */
export function builtInVersion(): string | undefined {
  return process.versions['sqlite'];
}

/** The driver over the runtime's own SQLite. Rejects as the import does where there is none. */
export async function nodeSqlite(): Promise<Driver> {
  const { DatabaseSync }: NodeSqlite = await import(MODULE);
  const probe = new DatabaseSync(':memory:', { readOnly: false, timeout: 0 });
  const { v: sqliteVersion } = probe.prepare('SELECT sqlite_version() AS v').get<{ v: string }>() ?? {
    v: '0',
  };
  probe.close();
  return {
    name: 'node:sqlite',
    sqliteVersion,
    open: (file, isReadOnly) =>
      new NodeConnection(new DatabaseSync(file, { readOnly: isReadOnly, timeout: 0 })),
  };
}

class NodeConnection implements Connection {
  readonly #database: NodeDatabase;

  constructor(database: NodeDatabase) {
    this.#database = database;
  }

  get isInTransaction(): boolean {
    return this.#database.isTransaction;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  prepare<Row>(sql: string, rows: 'tuples' | 'objects'): Statement<Row> {
    const statement = this.#database.prepare(sql);
    checkSingle(sql, statement.sourceSQL);
    if (rows === 'tuples') statement.setReturnArrays(true);
    return new NodePrepared(statement);
  }

  close(): void {
    this.#database.close();
  }
}

class NodePrepared<Row> implements Statement<Row> {
  readonly returnsRows: boolean;
  readonly #statement: NodeStatement;

  constructor(statement: NodeStatement) {
    this.#statement = statement;
    this.returnsRows = statement.columns().length > 0;
  }

  run(parameters: readonly unknown[]): Changes {
    const { changes, lastInsertRowid } = this.#statement.run(...parameters);
    return { changes: Number(changes), lastInsertRowid: Number(lastInsertRowid) };
  }

  first(parameters: readonly unknown[]): Row | undefined {
    return this.#statement.get(...parameters);
  }

  all(parameters: readonly unknown[]): readonly Row[] {
    return this.#statement.all(...parameters);
  }
}

/** This driver prepares the first statement of a text and ignores the others. */
function checkSingle(sql: string, prepared: string): void {
  const rest = sql.slice(sql.indexOf(prepared) + prepared.length);
  if (/^(?:\s|;|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*$/.test(rest)) return;
  throw new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'SQL is given one statement at a time.',
    expected: 'one statement',
    got: 'a text with another one after it',
  });
}
