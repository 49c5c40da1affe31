import type { Position } from 'mortar/event-store';
import {
  type GenerationRow,
  type GenerationStanding,
  type GenerationsWithin,
  type GenerationTables,
  INLINE_OWNER,
} from 'mortar/read-models';
import { WriteGuard } from 'mortar/unit-of-work';
import { textArray } from '../append/binary-array.js';
import type { Connection, Database, Statement } from '../connection/database.js';
import type { Notifications } from '../connection/notifications.js';
import { send, sendCommit, transact } from '../connection/transacting.js';
import { auditStatement } from '../letters/audit.js';
import { ENTRY_COLUMNS, entryOf, type RawRow, text } from '../reading/rows.js';
import { PostgresProjectionTransaction } from './projection-transaction.js';

/** Which generations of projections there are, on PostgreSQL. */
export function postgresGenerations(database: Database, notifications: Notifications): GenerationTables {
  return {
    read: async (projection) => {
      const rows = await database.rows(selection(database, projection));
      return { now: nowOf(rows), rows: rows.flatMap(rowOf) };
    },
    readInlines: () => readInlines(database),
    within: async (projection, work) => {
      const done = { hasChanged: false, hasOtherEpoch: false };
      const answer = await transact(database, async (connection, begin) => {
        const { schema } = database;
        const lock = { text: `SELECT ${schema}.lock_generations($1)`, values: [projection] };
        // The rows are read by a later statement than the lock is taken by: it sees what the one before has done.
        const [, , rows = []] = await send(connection, [begin, lock, selection(database, projection)]);
        const result = await work(withinOf(database, connection, rows, done));
        const epoch = { text: `SELECT ${schema}.change_inline_epoch()` };
        await sendCommit(connection, done.hasOtherEpoch ? [epoch] : []);
        return result;
      });
      if (done.hasChanged) notifications.notify('deliveries');
      return answer;
    },
  };
}

/** How long one waits for appends that are under way, while those that come wait too. */
const STOP_MS = 1_000;
const STOP_IDLY_MS = 50;
const NEVER = 8_640_000_000_000_000;

/** What a transaction has done that is told others, or done at its end. */
interface Done {
  hasChanged: boolean;
  hasOtherEpoch: boolean;
}

/** Nobody changes what is inline meanwhile: the epoch is no part of what a statement sees of a moment. */
async function readInlines(database: Database): ReturnType<GenerationTables['readInlines']> {
  const found = await readEpoch(database);
  if (found.epoch === 0 || found.rows.length > 0) return found;
  // That the last of them is inline no more was committed; so it may be told by 0, which those know who ask for nothing.
  const { schema } = database;
  await transact(database, (connection, begin) =>
    sendCommit(connection, [
      begin,
      { text: `SELECT ${schema}.stop_appends($1)`, values: [`${STOP_IDLY_MS}`] },
      { text: `SELECT ${schema}.clear_inline_epoch()` },
    ]),
  ).catch(() => undefined);
  return readEpoch(database);
}

async function readEpoch(
  database: Database,
): Promise<{ readonly epoch: number; readonly rows: readonly GenerationRow[] }> {
  const { schema } = database;
  const rows = await transact(database, async (connection, begin) => {
    const [, , found] = await sendCommit(connection, [
      begin,
      { text: `SELECT ${schema}.share_appends()` },
      {
        text: `SELECT pg_sequence_last_value('${schema}.inline_epoch'), ${COLUMNS} FROM (SELECT 1) one
          LEFT JOIN ${schema}.generations g ON g.inline_types IS NOT NULL`,
      },
    ]);
    return found ?? [];
  });
  return { epoch: Number(rows[0]?.[0] ?? 0), rows: rows.flatMap(rowOf) };
}

function withinOf(
  database: Database,
  connection: Connection,
  rows: readonly RawRow[],
  done: Done,
): GenerationsWithin {
  const { schema } = database;
  return {
    now: nowOf(rows),
    rows: rows.flatMap(rowOf),
    async put({ projection, number, fingerprint, state, begunAt, changedAt, inlineTypes }) {
      done.hasChanged = true;
      const types = inlineTypes === undefined ? null : JSON.stringify(inlineTypes);
      await connection.rows({
        text: `INSERT INTO ${schema}.generations VALUES ($1, $2, $3, $4, $5, $6, $7)
          ON CONFLICT (projection, number) DO UPDATE
          SET state = excluded.state, changed_at = excluded.changed_at, inline_types = excluded.inline_types`,
        values: [projection, number, fingerprint, state, begunAt, changedAt, types],
      });
    },
    async record(action, subscription, actor) {
      await connection.rows(auditStatement(database, { action, subscription, actor }));
    },
    async standing(subscription) {
      const statement = `SELECT low, is_ahead, held, letters, is_paused FROM ${schema}.generation_standing($1)`;
      const [row = []] = await connection.rows({ text: statement, values: [subscription] });
      return standingOf(row);
    },
    ...inlineSteps(database, connection, done),
  };
}

/** What is done about inline generations in a transaction. */
function inlineSteps(
  database: Database,
  connection: Connection,
  done: Done,
): Omit<GenerationsWithin, 'now' | 'rows' | 'put' | 'record' | 'standing'> {
  const { schema, options } = database;
  return {
    async stopAppends() {
      await connection.rows({ text: `SELECT ${schema}.stop_appends($1)`, values: [`${STOP_MS}`] });
    },
    async entriesAfter(position, types, limit) {
      const rows = await connection.rows({
        text: `SELECT ${ENTRY_COLUMNS} FROM ${schema}.events e WHERE position > $1 AND type = ANY ($2::text[])
          ORDER BY position LIMIT ${limit}`,
        values: [position, textArray(types)],
      });
      return rows.map(entryOf);
    },
    async fold(work) {
      const guard = new WriteGuard(options.writeTimeoutMs);
      const tx = new PostgresProjectionTransaction(connection, database, guard);
      await guard.run([() => work(tx)], tx);
      await tx.ahead();
      await send(connection, tx.releases());
    },
    async toHead(subscription, isInline) {
      await connection.rows({
        text: `SELECT ${schema}.place_at_head($1, $2, $3)`,
        values: [subscription, isInline ? INLINE_OWNER : null, isInline ? NEVER : 0],
      });
    },
    changeEpoch() {
      done.hasOtherEpoch = true;
    },
  };
}

const COLUMNS = 'g.projection, g.number, g.fingerprint, g.state, g.begun_at, g.changed_at, g.inline_types';

/** There is a row without a generation, which says the time. */
function selection({ schema }: Database, projection: string | undefined): Statement {
  return {
    text: `SELECT ${schema}.now_ms(), ${COLUMNS} FROM (SELECT 1) one
      LEFT JOIN ${schema}.generations g ON $1::text IS NULL OR g.projection = $1 ORDER BY g.projection, g.number`,
    values: [projection ?? null],
  };
}

const STATES: readonly GenerationRow['state'][] = ['building', 'cancelled', 'active', 'retired', 'removing'];

function rowOf([
  ,
  projection,
  number,
  fingerprint,
  state,
  begunAt,
  changedAt,
  inlineTypes,
]: RawRow): readonly GenerationRow[] {
  if (projection == null) return [];
  return [
    {
      projection,
      number: Number(number),
      fingerprint: text(fingerprint),
      state: STATES.find((known) => known === state) ?? 'gone',
      begunAt: Number(begunAt),
      changedAt: Number(changedAt),
      inlineTypes: inlineTypes == null ? undefined : JSON.parse(inlineTypes),
    },
  ];
}

function nowOf(rows: readonly RawRow[]): number {
  return Number(rows[0]?.[0]);
}

function standingOf([low, isAhead, held, letters, isPaused]: RawRow): GenerationStanding {
  return {
    low: low == null ? undefined : (Number(low) as Position),
    heldKeys: Number(held),
    deadLetters: Number(letters),
    isAhead: isAhead === 't',
    isPaused: isPaused === 't',
  };
}
