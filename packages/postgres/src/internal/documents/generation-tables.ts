import type { Position } from 'mortar/event-store';
import type {
  GenerationRow,
  GenerationStanding,
  GenerationsWithin,
  GenerationTables,
} from 'mortar/read-models';
import type { Connection, Database, Statement } from '../connection/database.js';
import type { Notifications } from '../connection/notifications.js';
import { send, sendCommit, transact } from '../connection/transacting.js';
import { auditStatement } from '../letters/audit.js';
import { type RawRow, text } from '../reading/rows.js';

/** Which generations of projections there are, on PostgreSQL. */
export function postgresGenerations(database: Database, notifications: Notifications): GenerationTables {
  return {
    read: async (projection) => {
      const rows = await database.rows(selection(database, projection));
      return { now: nowOf(rows), rows: rows.flatMap(rowOf) };
    },
    within: async (projection, work) => {
      let isChanged = false;
      const changed = (): void => {
        isChanged = true;
      };
      const answer = await transact(database, async (connection, begin) => {
        const { schema } = database;
        const lock = { text: `SELECT ${schema}.lock_generations($1)`, values: [projection] };
        // The rows are read by a later statement than the lock is taken by: it sees what the one before has done.
        const [, , rows = []] = await send(connection, [begin, lock, selection(database, projection)]);
        const result = await work(withinOf(database, connection, rows, changed));
        await sendCommit(connection, []);
        return result;
      });
      if (isChanged) notifications.notify('deliveries');
      return answer;
    },
  };
}

function withinOf(
  database: Database,
  connection: Connection,
  rows: readonly RawRow[],
  changed: () => void,
): GenerationsWithin {
  const { schema } = database;
  return {
    now: nowOf(rows),
    rows: rows.flatMap(rowOf),
    async put({ projection, number, fingerprint, state, begunAt, changedAt }) {
      changed();
      await connection.rows({
        text: `INSERT INTO ${schema}.generations VALUES ($1, $2, $3, $4, $5, $6)
          ON CONFLICT (projection, number) DO UPDATE SET state = excluded.state, changed_at = excluded.changed_at`,
        values: [projection, number, fingerprint, state, begunAt, changedAt],
      });
    },
    async record(action, subscription, actor) {
      await connection.rows(auditStatement(database, { action, subscription, actor }));
    },
    async standing(subscription) {
      const statement = `SELECT low, held, letters FROM ${schema}.generation_standing($1)`;
      const [row = []] = await connection.rows({ text: statement, values: [subscription] });
      return standingOf(row);
    },
  };
}

/** There is a row without a generation, which says the time. */
function selection({ schema }: Database, projection: string | undefined): Statement {
  const columns = 'g.projection, g.number, g.fingerprint, g.state, g.begun_at, g.changed_at';
  return {
    text: `SELECT ${schema}.now_ms(), ${columns} FROM (SELECT 1) one
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
    },
  ];
}

function nowOf(rows: readonly RawRow[]): number {
  return Number(rows[0]?.[0]);
}

function standingOf([low, held, letters]: RawRow): GenerationStanding {
  return {
    low: low == null ? undefined : (Number(low) as Position),
    heldKeys: Number(held),
    deadLetters: Number(letters),
  };
}
