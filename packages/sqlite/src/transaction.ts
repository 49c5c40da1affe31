import { describeValue, MortarError } from 'mortar/errors';
import { checkWriteStatement, type SqlTransaction, type WriteGuard } from 'mortar/unit-of-work';
import { StatementCache } from './internal/database/statement-cache.js';
import type { Connection, Statement } from './internal/driver/driver.js';
import { storeError } from './internal/errors.js';

type Row = Readonly<Record<string, unknown>>;

/** What every transaction of a store shares. */
export class SqliteSession {
  readonly file: string;
  readonly statements: StatementCache<Row>;
  readonly begin: Statement<never>;
  readonly release: Statement<never>;
  readonly rollback: Statement<never>;

  constructor(file: string, writer: Connection) {
    this.file = file;
    this.statements = new StatementCache(writer, 'objects');
    this.begin = writer.prepare('SAVEPOINT mortar_write', 'tuples');
    this.release = writer.prepare('RELEASE mortar_write', 'tuples');
    this.rollback = writer.prepare('ROLLBACK TO mortar_write', 'tuples');
  }
}

/**
 * What a `write` function gets on SQLite. Parameters are marked by `?`, and given as numbers, texts, bigints, bytes, null
 * (or undefined, which is the same) or booleans, which are kept as 1 and 0. Rows are objects by the columns' names.
 */
export class SqliteTransaction implements SqlTransaction {
  readonly dialect = 'sqlite';
  readonly #session: SqliteSession;
  readonly #guard: WriteGuard;

  constructor(session: SqliteSession, guard: WriteGuard) {
    this.#session = session;
    this.#guard = guard;
  }

  query<Found = Row>(sql: string, parameters: readonly unknown[] = []): Promise<readonly Found[]> {
    return this.#guard.operation(() =>
      this.#run(() => this.#statement<Found>(sql).all(parameters.map(bindable))),
    );
  }

  execute(sql: string, parameters: readonly unknown[] = []): Promise<number> {
    return this.#guard.operation(() =>
      this.#run(() => this.#statement(sql).run(parameters.map(bindable)).changes),
    );
  }

  savepoint<T>(work: () => T | PromiseLike<T>): Promise<T> {
    const { begin, release, rollback } = this.#session;
    return this.#guard.savepoint(work, {
      begin: async () => void begin.run([]),
      release: async () => void release.run([]),
      rollback: async () => {
        rollback.run([]);
        release.run([]);
      },
    });
  }

  /** What rows look like is for the caller to say, as with every way to SQL. */
  #statement<Found>(sql: string): Statement<Found> {
    checkWriteStatement(sql, FORBIDDEN);
    return this.#session.statements.get(sql) as Statement<unknown> as Statement<Found>;
  }

  #run<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#session.file);
    }
  }
}

/** As both drivers take it. One of them takes an object for parameters by name, and would leave all of them empty. */
function bindable(parameter: unknown): unknown {
  if (parameter === undefined || parameter === null) return null;
  if (typeof parameter === 'boolean') return Number(parameter);
  if (['string', 'number', 'bigint'].includes(typeof parameter) || parameter instanceof Uint8Array)
    return parameter;
  throw new MortarError('MORTAR_WRITE_INVALID', {
    rule: 'A parameter is what SQLite can keep.',
    expected: 'a text, a number, a bigint, a boolean, bytes or null',
    got: describeValue(parameter),
  });
}

/** What begins, ends or leaves the transaction, which is not the write's to do. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'attach',
  'begin',
  'commit',
  'detach',
  'end',
  'pragma',
  'release',
  'rollback',
  'savepoint',
  'vacuum',
]);
