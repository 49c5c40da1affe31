import type { EventContract } from '../contracts/index.js';
import { checkKeys, checkOneOf, describeValue } from '../errors/index.js';
import type { DomainEventOf, Retired } from '../sourcing/index.js';
import type { SqlTransaction } from '../unit-of-work/index.js';
import { type BaseOptions, baseOf, functionsOf, invalid, sourcesByName } from './internal/definition/base.js';
import { asked, checkedKey, keyFunction } from './internal/definition/keys.js';
import type { ProjectedEvent, ProjectedEventNamed } from './projected-event.js';
import type { KeyOptions, ProjectionBase } from './projection.js';

/**
 * What a projection into tables of its own has: the transaction that commits its progress, and the names of its tables in this
 * generation. There is nothing in it to publish or dispatch with.
 */
export interface ProjectionSql<T extends string = string> extends SqlTransaction {
  /**
   * The name of a table in this generation, as it may stand in SQL: on PostgreSQL with the schema of the store before it.
   * @throws MortarError `MORTAR_OPTIONS_INVALID` for one that was not declared
   */
  table(name: T): string;
}

/** Handlers of events with a transaction, over tables of their own. It follows the log, or is brought on by each append. */
export interface SqlProjection<N extends string = string, T extends string = string>
  extends ProjectionBase<N> {
  readonly kind: 'sql';
  readonly placement: 'async' | 'inline';
  /** Of each table: the statements that make it, under the name that it has in a generation. */
  readonly tables: ReadonlyMap<T, (name: string) => readonly string[]>;
  /** What failing events hold together; all of them where there is none. @throws MortarError `MORTAR_FOLD_FAILED` */
  readonly keyOf: ((event: ProjectedEvent) => string) | undefined;
  /** Handles an event, which is one of `events`. May throw, and reject. */
  readonly handle: (tx: ProjectionSql, event: ProjectedEvent) => unknown;
}

/** What `sqlProjection` takes. */
export interface SqlProjectionDefinition<T extends string, C extends EventContract> extends BaseOptions<C> {
  /** The contracts of all its events, of whichever modules. */
  readonly events: readonly C[];
  /**
   * The statements that make each table, under a name that they are given: each generation has tables of its own. Other tables can
   * only be made anew in place, by hand.
   *
   * The name has no schema, so that names of indexes and constraints may begin with it; on PostgreSQL, which cuts names to 63 bytes, it
   * has 60 at most. What the statements make lies in the schema of the store there: it is the first one of the search path while they
   * run. It has tables of the store as well, `events` for one, so other tables of your own are named with their schema.
   */
  readonly tables: { readonly [K in T]: (name: string) => string | readonly string[] };
  /**
   * For each type of events, what it does to the tables. It awaits its transaction and nothing else, and may run several times
   * for one event, of which one counts.
   */
  readonly on: {
    readonly [N in C['name']]: (
      tx: ProjectionSql<NoInfer<T>>,
      event: ProjectedEventNamed<C, N>,
    ) => void | PromiseLike<void>;
  };
  /** What a failing event holds: those of its key. All of the projection unless said, and where it has retired events. */
  readonly key?: KeyOptions<C, string>;
  /**
   * `async` unless said. With `inline`, handlers run in the transaction that appends an event. Events of one `key`, or all where there
   * is none, are handled in the order in which they will lie in the log, and appends of them wait for each other.
   */
  readonly placement?: 'async' | 'inline';
  /** Event types that lie in the log and that nobody publishes any more. */
  readonly retired?: readonly Retired<DomainEventOf<NoInfer<C>>>[];
}

const KEYS = [
  'events',
  'tables',
  'on',
  'key',
  'placement',
  'retired',
  'version',
  'fingerprint',
  'batch',
  'onDead',
  'onUnreadable',
] as const satisfies readonly (keyof SqlProjectionDefinition<string, EventContract>)[];

const MAX_BATCH = 1_000;
const TABLE = /^[a-z][a-z0-9_]{0,39}$/;

/**
 * Declares handlers that keep tables of their own, in the transaction that commits how far they have come.
 * @example
 * export const balances = sqlProjection('balances', {
 *   events: [Deposited],
 *   tables: { balances: (name) => `CREATE TABLE ${name} (account TEXT PRIMARY KEY, balance INTEGER NOT NULL)` },
 *   on: {
 *     'bank.deposited': async (tx, { key, data }) => {
 *       const values = tx.dialect === 'postgres' ? '$1, $2' : '?, ?';
 *       const sql = `INSERT INTO ${tx.table('balances')} AS b VALUES (${values})
 *         ON CONFLICT (account) DO UPDATE SET balance = b.balance + excluded.balance`;
 *       await tx.execute(sql, [key, data.amount]);
 *     },
 *   },
 * });
 * @throws MortarError `MORTAR_NAME_INVALID`, `MORTAR_OPTIONS_INVALID`
 */
export function sqlProjection<const N extends string, T extends string, C extends EventContract>(
  name: N,
  definition: SqlProjectionDefinition<T, C>,
): SqlProjection<N, T> {
  const owner = `projection ${String(name)}`;
  checkKeys(owner, definition, KEYS);
  const { on, key, events, placement = 'async' } = definition;
  checkOneOf('placement', placement, ['async', 'inline']);
  const tables = tablesOf(owner, definition.tables) as SqlProjection<N, T>['tables'];
  const keys = key === undefined ? undefined : keyFunction(owner, 'key', key, events);
  const base = baseOf<N, C>(name, definition, {
    sources: [...(keys?.sources ?? []), ...sourcesByName(on)],
    shape: [...tables].map(([table, make]) => [table, make(`${table}_0`)]),
    maxBatch: MAX_BATCH,
  });
  const handlers = functionsOf<SqlProjection['handle']>(owner, 'on', on, [...base.events.keys()]);
  return Object.freeze({
    ...base,
    kind: 'sql',
    placement,
    tables,
    keyOf:
      keys === undefined || base.retired.size > 0
        ? undefined
        : (event: ProjectedEvent) => checkedKey(owner, 'key', asked(owner, 'key', keys.ask, event)),
    handle: (tx, event) => handlers.get(event.type)?.(tx, event),
  } satisfies SqlProjection<N, T>);
}

function tablesOf(owner: string, given: unknown): SqlProjection['tables'] {
  const rule = `The tables of ${owner} are made by statements, under names that they are given.`;
  if (typeof given !== 'object' || given === null || Object.keys(given).length === 0)
    throw invalid(rule, 'a function for each of its tables, one at least', describeValue(given));
  return new Map(
    Object.entries(given).map(([table, make]: [string, unknown]) => {
      if (!TABLE.test(table))
        throw invalid(rule, 'names of lower case letters, digits and _, 40 at most', describeValue(table));
      if (typeof make !== 'function') throw invalid(rule, `a function for ${table}`, describeValue(make));
      const statements = (name: string): readonly string[] => {
        const sql: unknown = make(name);
        const list: readonly unknown[] = Array.isArray(sql) ? sql : [sql];
        if (list.length > 0 && list.every((one) => typeof one === 'string' && isNamed(one, name)))
          return list as readonly string[];
        const expected = `statements for ${table} that call it, and its indexes, by the name they are told`;
        throw invalid(rule, expected, describeValue(sql));
      };
      // Under a name that no statement has by chance.
      statements(`${table}_0`);
      return [table, statements] as const;
    }),
  );
}

const INDEX = /^\s*create\s+(?:unique\s+)?index\s+(?:if\s+not\s+exists\s+)?(\S+)\s+on\s/i;

/** Whether a statement is one of this generation alone: an index has a name of its own, too. */
function isNamed(statement: string, name: string): boolean {
  const index = INDEX.exec(statement)?.[1];
  return statement.includes(name) && (index === undefined || index.includes(name));
}
