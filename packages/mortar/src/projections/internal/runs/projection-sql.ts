import { describeValue, MortarError } from '../../../errors/index.js';
import type { SqlTransaction } from '../../../unit-of-work/index.js';
import type { ProjectedEvent } from '../../projected-event.js';
import type { ProjectionSql, SqlProjection } from '../../sql-projection.js';
import { foldFailed, thrownFor } from '../folding/evolving.js';

/** The transaction of a projection of SQL, and which errors are those of the store. */
export interface WatchedSql {
  readonly sql: ProjectionSql;
  /** Whether the transaction has rejected with it: stores look at their own errors, to see what may succeed when tried again. */
  readonly isOfStore: (error: unknown) => boolean;
}

const OPERATIONS: readonly PropertyKey[] = ['query', 'execute', 'run'];

/**
 * A stand-in, so that whoever looks for the transaction of a certain store, as Kysely does, finds it.
 * @param names those of the projection's tables, in full
 */
export function projectionSql(
  projection: SqlProjection,
  tx: SqlTransaction,
  names: ReadonlyMap<string, string>,
): WatchedSql {
  const failures = new Set<unknown>();
  const table = (name: string): string => {
    const found = names.get(name);
    if (found === undefined) throw unknownTable(projection, name);
    return found;
  };
  const own = new Set<unknown>();
  const noted = <T>(answer: Promise<T>): Promise<T> => {
    answer.catch((error: unknown) => own.has(error) || failures.add(error));
    return answer;
  };
  const part =
    <T>(work: () => T | PromiseLike<T>) =>
    async (): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (!failures.has(error)) own.add(error);
        throw error;
      }
    };
  const sql = new Proxy(tx, {
    has: (_, key) => key === 'table' || Reflect.has(tx, key),
    get: (_, key) => {
      if (key === 'table') return table;
      if (key === 'savepoint')
        return <T>(work: () => T | PromiseLike<T>): Promise<T> => noted(tx.savepoint(part(work)));
      const value: unknown = Reflect.get(tx, key);
      if (typeof value !== 'function') return value;
      return OPERATIONS.includes(key)
        ? (...args: readonly unknown[]) => noted(Reflect.apply(value, tx, args))
        : value.bind(tx);
    },
  });
  return { sql: sql as ProjectionSql, isOfStore: (error) => failures.has(error) };
}

/**
 * Handles one event.
 * @throws MortarError `MORTAR_FOLD_FAILED`; errors of the store as they are
 */
export async function handled(
  projection: SqlProjection,
  sql: ProjectionSql,
  event: ProjectedEvent,
  isOfStore: WatchedSql['isOfStore'],
): Promise<void> {
  try {
    await projection.handle(sql, event);
  } catch (error) {
    if (isOfStore(error)) throw error;
    throw foldFailed(projection.name, 'on', thrownFor(event.type, error), error);
  }
}

/** The error of whoever asks for a table that a projection has not declared. */
export function unknownTable({ name, tables }: SqlProjection, table: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `Projection ${name} has the tables that it declares.`,
    expected: [...tables.keys()].join(', '),
    got: describeValue(table),
  });
}
