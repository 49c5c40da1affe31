import { newId } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import type { LogEntry } from '../../../event-store/index.js';
import { compareTexts, type DocumentTransaction } from '../../../read-models/index.js';
import { placed } from '../../../sourcing/index.js';
import type { SqlTransaction, Transaction, UnplacedEntry } from '../../../unit-of-work/index.js';
import type { ProjectedEvent } from '../../projected-event.js';
import type { Folded, ProjectionRun, RunParts } from '../../projection-run.js';
import type { SqlProjection } from '../../sql-projection.js';
import { projectedEvents } from '../folding/projected-entry.js';
import { EntryMemory } from './entry-memory.js';
import { asInline, inlineFailed } from './inline-fold.js';
import { ALL_KEYS, isLostKey, lostKey } from './order-keys.js';
import { handled, projectionSql } from './projection-sql.js';
import { analyzeTables, fullName, makeTables, removeTables, type SqlTables } from './tables.js';

/** How many entries are handled in one transaction at most, which has few seconds. */
const MAX_ENTRIES = 1_000;

/** What a run of a projection of SQL works with. */
interface SqlParts extends RunParts {
  /** The full names of its tables. */
  readonly names: ReadonlyMap<string, string>;
  /** What is locked with a key: other stores of the database have locks of their own. */
  readonly lock: string;
}

/** The run of a projection of SQL. */
export function sqlRun(projection: SqlProjection, given: RunParts): ProjectionRun {
  const { codec, tableOf, units } = given;
  const tables: SqlTables = { projection, tableOf, schema: units.schema };
  const names = new Map([...projection.tables.keys()].map((table) => [table, fullName(tables, table)]));
  const parts: SqlParts = { ...given, names, lock: `${units.schema ?? ''} ${given.collection}` };
  const memory = new EntryMemory(codec);
  const limit = Math.min(MAX_ENTRIES, projection.batch);
  const fold = (entries: readonly LogEntry[]): Folded => foldPage(projection, parts, entries.slice(0, limit));
  return {
    types: projection.types,
    collection: undefined,
    prepare: () => alone(parts, (tx) => makeTables(sqlOf(projection, tx), tables)),
    analyze: () => alone(parts, (tx) => analyzeTables(sqlOf(projection, tx), tables)),
    drop: () => alone(parts, (tx) => removeTables(sqlOf(projection, tx), tables)),
    orderKey: (entry) => orderKey(projection, parts, entry),
    holdsAll: (key) => projection.onUnreadable === 'hold' && isLostKey(key),
    read: (entry) => {
      projectedEvents(projection, entry, codec);
      return memory.read(entry);
    },
    entryOf: (event) => memory.entryOf(event),
    fold: async (entries) => fold(entries),
    work: async (entries) => {
      const { work, entries: folded } = fold(entries);
      const next = entries[folded];
      // An entry that can't be read says so.
      if (next !== undefined) fold([next]);
      if (next === undefined) return work;
      throw new MortarError('MORTAR_OPTIONS_INVALID', {
        rule: 'A batch of a projection of SQL has few seconds.',
        expected: `at most ${limit} entries`,
        got: `${entries.length}`,
      });
    },
    project: (tx, entries) => projectSql(projection, parts, tx, entries),
  };
}

/** Events of one key are handled in the order in which they will lie in the log: until the commit nobody else handles any. */
async function projectSql(
  projection: SqlProjection,
  parts: SqlParts,
  given: DocumentTransaction,
  entries: readonly UnplacedEntry[],
): Promise<void> {
  const tx = sqlOf(projection, given);
  try {
    const steps = entries.map((entry) => ({ entry, events: eventsOf(projection, entry, parts) }));
    const keys = new Set(steps.map(({ events }) => keyOf(projection, events)));
    // On SQLite nobody else writes anyway.
    if (tx.dialect === 'postgres')
      for (const key of [...keys].sort(compareTexts))
        await tx.query('SELECT pg_advisory_xact_lock(hashtext($1), hashtext($2))', [parts.lock, key]);
    await handle(projection, parts, tx, steps);
  } catch (error) {
    throw asInline(projection, error);
  }
}

function eventsOf(
  projection: SqlProjection,
  entry: UnplacedEntry,
  { codec }: RunParts,
): readonly ProjectedEvent[] {
  try {
    return projectedEvents(projection, entry, codec);
  } catch (error) {
    throw inlineFailed(projection, placed(error, entry));
  }
}

/** An entry with the events that it stands for. */
interface Step {
  readonly entry: UnplacedEntry;
  readonly events: readonly ProjectedEvent[];
}

/** Of the entries up to one that can't be read; which is the error, where it is the first. */
function foldPage(projection: SqlProjection, parts: SqlParts, entries: readonly LogEntry[]): Folded {
  const steps: Step[] = [];
  for (const entry of entries) {
    try {
      steps.push({ entry, events: projectedEvents(projection, entry, parts.codec) });
    } catch (error) {
      if (steps.length === 0) throw placed(error, entry);
      break;
    }
  }
  const write = (tx: Transaction): Promise<void> => handle(projection, parts, sqlOf(projection, tx), steps);
  return { work: { writes: steps.length === 0 ? [] : [write], appends: [] }, entries: steps.length };
}

async function handle(
  projection: SqlProjection,
  { names }: SqlParts,
  tx: SqlTransaction,
  steps: readonly Step[],
): Promise<void> {
  const { sql, isOfStore } = projectionSql(projection, tx, names);
  for (const { entry, events } of steps) {
    try {
      for (const event of events) await handled(projection, sql, event, isOfStore);
    } catch (error) {
      throw isOfStore(error) ? error : placed(error, entry);
    }
  }
}

function orderKey(projection: SqlProjection, { codec }: RunParts, entry: LogEntry): string {
  // What fails holds all of it anyway.
  if (projection.keyOf === undefined && projection.onUnreadable === 'hold') return ALL_KEYS;
  try {
    return keyOf(projection, projectedEvents(projection, entry, codec));
  } catch {
    return lostKey(entry);
  }
}

function keyOf(projection: SqlProjection, [event]: readonly ProjectedEvent[]): string {
  if (event === undefined || projection.keyOf === undefined) return ALL_KEYS;
  return JSON.stringify(['', projection.keyOf(event)]);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for the transaction of a store that speaks no SQL */
function sqlOf({ name }: SqlProjection, tx: object): SqlTransaction {
  if (isSql(tx)) return tx;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `Projection ${name} keeps tables of SQL.`,
    expected: 'a store that speaks SQL',
    got: 'one that does not',
  });
}

function isSql(tx: object): tx is SqlTransaction {
  return 'dialect' in tx;
}

async function alone({ units }: RunParts, write: (tx: Transaction) => Promise<void>): Promise<void> {
  const [outcome] = await units.commit([{ id: newId(), writes: [write], appends: [] }]);
  if (outcome?.ok === false) throw outcome.error;
}
