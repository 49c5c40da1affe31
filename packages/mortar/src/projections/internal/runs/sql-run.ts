import { newId } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import type { LogEntry } from '../../../event-store/index.js';
import { placed } from '../../../sourcing/index.js';
import type { SqlTransaction, Transaction } from '../../../unit-of-work/index.js';
import type { ProjectedEvent } from '../../projected-event.js';
import type { Folded, ProjectionRun, RunParts } from '../../projection-run.js';
import type { SqlProjection } from '../../sql-projection.js';
import { projectedEvents } from '../folding/projected-entry.js';
import { EntryMemory } from './entry-memory.js';
import { ALL_KEYS } from './order-keys.js';
import { handled, projectionSql } from './projection-sql.js';
import { makeTables, removeTables } from './tables.js';

/** How many entries are handled in one transaction, which has few seconds. */
const MAX_ENTRIES = 1_000;

/** The run of a projection of SQL. */
export function sqlRun(projection: SqlProjection, parts: RunParts): ProjectionRun {
  const { codec, tableOf } = parts;
  const memory = new EntryMemory(codec);
  const fold = (entries: readonly LogEntry[]): Folded =>
    foldPage(projection, parts, entries.slice(0, MAX_ENTRIES));
  return {
    types: projection.types,
    collection: undefined,
    prepare: () => alone(parts, (tx) => makeTables(sqlOf(projection, tx), projection, tableOf)),
    drop: () => alone(parts, (tx) => removeTables(sqlOf(projection, tx), projection, tableOf)),
    orderKey: (entry) => orderKey(projection, parts, entry),
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
        expected: `at most ${MAX_ENTRIES} entries`,
        got: `${entries.length}`,
      });
    },
  };
}

/** An entry with the events that it stands for. */
interface Step {
  readonly entry: LogEntry;
  readonly events: readonly ProjectedEvent[];
}

/** Of the entries up to one that can't be read; which is the error, where it is the first. */
function foldPage(projection: SqlProjection, parts: RunParts, entries: readonly LogEntry[]): Folded {
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
  { tableOf }: RunParts,
  tx: SqlTransaction,
  steps: readonly Step[],
): Promise<void> {
  const { sql, isOfStore } = projectionSql(projection, tx, tableOf);
  for (const { entry, events } of steps) {
    try {
      for (const event of events) await handled(projection, sql, event, isOfStore);
    } catch (error) {
      throw isOfStore(error) ? error : placed(error, entry);
    }
  }
}

function orderKey(projection: SqlProjection, { codec }: RunParts, entry: LogEntry): string {
  if (projection.keyOf === undefined) return ALL_KEYS;
  try {
    const [event] = projectedEvents(projection, entry, codec);
    return event === undefined ? ALL_KEYS : JSON.stringify(['', projection.keyOf(event)]);
  } catch {
    return ALL_KEYS;
  }
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` for the transaction of a store that speaks no SQL */
function sqlOf({ name }: SqlProjection, tx: Transaction): SqlTransaction {
  if (isSql(tx)) return tx;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: `Projection ${name} keeps tables of SQL.`,
    expected: 'a store that speaks SQL',
    got: 'one that does not',
  });
}

function isSql(tx: Transaction): tx is SqlTransaction {
  return 'dialect' in tx;
}

async function alone({ units }: RunParts, write: (tx: Transaction) => Promise<void>): Promise<void> {
  const [outcome] = await units.commit([{ id: newId(), writes: [write], appends: [] }]);
  if (outcome?.ok === false) throw outcome.error;
}
