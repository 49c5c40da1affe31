import type { Position } from 'mortar/event-store';
import {
  type GenerationRow,
  type GenerationStanding,
  type GenerationsWithin,
  type GenerationTables,
  INLINE_OWNER,
} from 'mortar/read-models';
import { WriteGuard } from 'mortar/unit-of-work';
import type { SqliteSession } from '../../transaction.js';
import type { Database } from '../database/database.js';
import type { JobContext } from '../database/writer.js';
import type { Connection, Statement } from '../driver/driver.js';
import type { LetterKeeper } from '../letters/letter-keeper.js';
import { ENTRY_COLUMNS, type EntryRow, entryOf } from '../rows.js';
import { DocumentChanges } from './document-changes.js';
import { SqliteProjectionTransaction } from './projection-transaction.js';

type Row = readonly [
  projection: string,
  number: number,
  fingerprint: string,
  state: GenerationRow['state'],
  begunAt: number,
  changedAt: number,
  inlineTypes: string | null,
];

type StandingRow = readonly [
  low: Position | null,
  isAhead: number | null,
  heldKeys: number,
  deadLetters: number,
  pausedAt: number | null,
];

/** What generations are kept with. */
export interface GenerationParts {
  readonly database: Database;
  readonly letters: LetterKeeper;
  readonly session: SqliteSession;
  readonly writeTimeoutMs: number;
}

/** Which generations of projections there are, in a SQLite file. */
export function sqliteGenerations(parts: GenerationParts): GenerationTables {
  const { database, letters } = parts;
  const all = database.reader.prepare<Row>(`${SELECT} ORDER BY projection, number`, 'tuples');
  const read = ofProjection(database.reader);
  const written = ofProjection(database.writer);
  const put = database.writer.prepare<never>(
    'INSERT OR REPLACE INTO mortar_generations VALUES (?, ?, ?, ?, ?, ?, ?)',
    'tuples',
  );
  const standing = database.writer.prepare<StandingRow>(STANDING, 'tuples');
  const inlines = database.reader.prepare<readonly [number, ...Row]>(INLINES, 'tuples');
  const inline = inlineSteps(parts);
  return {
    read: (projection) =>
      database.read(() => ({
        now: Date.now(),
        rows: (projection === undefined ? all.all([]) : read.all([projection])).map(rowOf),
      })),
    readInlines: () =>
      database.read(() => {
        const found = inlines.all([]);
        const rows = found
          .map(([, ...row]) => rowOf(row))
          .filter(({ inlineTypes }) => inlineTypes !== undefined);
        return { epoch: found[0]?.[0] ?? 0, rows };
      }),
    within: (projection, work) =>
      database.write({
        decidesFirst: false,
        run: (context) =>
          work({
            now: context.now,
            rows: written.all([projection]).map(rowOf),
            put: (row) => keep(put, row, context),
            record: (action, subscription, actor) =>
              letters.record({ action, subscription, actor }, context.now),
            standing: (subscription) =>
              standingOf(
                standing.first([subscription, subscription, subscription, subscription, subscription]),
              ),
            ...inline(context),
          }),
      }),
  };
}

type InlineSteps = Omit<GenerationsWithin, 'now' | 'rows' | 'put' | 'record' | 'standing'>;

/** What is done about inline generations in a transaction, which has the file to itself: so appends are stopped anyway. */
function inlineSteps({
  database,
  session,
  writeTimeoutMs,
}: GenerationParts): (context: JobContext) => InlineSteps {
  const { writer } = database;
  const rest = writer.prepare<EntryRow>(REST, 'tuples');
  const known = writer.prepare<never>(KNOWN, 'tuples');
  const leased = writer.prepare<never>(LEASED, 'tuples');
  const place = writer.prepare<never>(TO_HEAD, 'tuples');
  const change = writer.prepare<readonly [number]>(CHANGE_EPOCH, 'tuples');
  const documents = new DocumentChanges(writer);
  return (context) => ({
    stopAppends: () => undefined,
    entriesAfter: (position, types, limit) => rest.all([position, JSON.stringify(types), limit]).map(entryOf),
    async fold(work) {
      const guard = new WriteGuard(writeTimeoutMs);
      await guard.run([work], new SqliteProjectionTransaction(session, guard, documents));
    },
    toHead: (subscription, isInline) => {
      // Where an operator has removed them meanwhile.
      known.run([subscription]);
      leased.run([subscription]);
      place.run([isInline ? INLINE_OWNER : null, isInline ? NEVER : 0, subscription]);
    },
    changeEpoch: () => {
      context.inlineEpoch = change.first([])?.[0];
    },
  });
}

function ofProjection(connection: Connection): Statement<Row> {
  return connection.prepare(`${SELECT} WHERE projection = ? ORDER BY number`, 'tuples');
}

function keep(put: Statement<never>, row: GenerationRow, context: JobContext): void {
  const { projection, number, fingerprint, state, begunAt, changedAt, inlineTypes } = row;
  const types = inlineTypes === undefined ? null : JSON.stringify(inlineTypes);
  put.run([projection, number, fingerprint, state, begunAt, changedAt, types]);
  context.mark('deliveries');
}

function rowOf([projection, number, fingerprint, state, begunAt, changedAt, types]: Row): GenerationRow {
  const inlineTypes = types === null ? undefined : JSON.parse(types);
  return { projection, number, fingerprint, state, begunAt, changedAt, inlineTypes };
}

function standingOf([
  low,
  isAhead,
  heldKeys,
  deadLetters,
  pausedAt,
]: StandingRow = NO_STANDING): GenerationStanding {
  return {
    low: low ?? undefined,
    isAhead: isAhead === 1,
    heldKeys,
    deadLetters,
    isPaused: pausedAt !== null,
  };
}

const NO_STANDING: StandingRow = [null, null, 0, 0, null];
const NEVER = 8_640_000_000_000_000;
const COLUMNS = 'projection, number, fingerprint, state, begun_at, changed_at, inline_types';
const SELECT = `SELECT ${COLUMNS} FROM mortar_generations`;
const INLINES = `SELECT i.epoch, ${COLUMNS} FROM mortar_inline_epoch AS i
  LEFT JOIN mortar_generations AS g ON g.inline_types IS NOT NULL`;
const STANDING = `SELECT (SELECT low FROM mortar_leases WHERE subscription = ? AND partition = 0),
  (SELECT length(ahead) > 0 FROM mortar_leases WHERE subscription = ? AND partition = 0),
  (SELECT count(*) FROM mortar_held_keys WHERE subscription = ?),
  (SELECT count(*) FROM mortar_dead_letters WHERE subscription = ? AND state IN ('dead', 'replaying')),
  (SELECT paused_at FROM mortar_subscriptions WHERE name = ?)`;
const REST = `SELECT ${ENTRY_COLUMNS} FROM mortar_events AS e
  WHERE e.position > ? AND +e.type IN (SELECT value FROM json_each(?)) ORDER BY e.position LIMIT ?`;
const KNOWN = 'INSERT OR IGNORE INTO mortar_subscriptions (name, partitions) VALUES (?, 1)';
const LEASED = `INSERT OR IGNORE INTO mortar_leases (subscription, partition, low, token)
  SELECT ?, 0, 0, token FROM mortar_spent_tokens`;
const TO_HEAD = `UPDATE mortar_leases SET owner = ?, expires_at = ?, token = token + 1, unclean = 0, ahead = NULL,
  low = (SELECT coalesce(max(position), 0) FROM mortar_events) WHERE subscription = ? AND partition = 0`;
const CHANGE_EPOCH = `UPDATE mortar_inline_epoch SET last = last + 1, epoch = CASE
  WHEN EXISTS (SELECT 1 FROM mortar_generations WHERE inline_types IS NOT NULL) THEN last + 1 ELSE 0 END RETURNING epoch`;
