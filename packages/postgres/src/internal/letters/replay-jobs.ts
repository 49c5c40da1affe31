import { isId, newId } from 'mortar/contracts';
import { jobMissing, type LetterAction, type NewReplayJob, type ReplayJob } from 'mortar/delivery';
import { checkWholeNumber } from 'mortar/errors';
import type { Connection, Database, Statement } from '../connection/database.js';
import { REMOVED_AT_ONCE, removeOld } from '../connection/removing.js';
import { change, send, sendCommit, transact } from '../connection/transacting.js';
import { Conditions } from '../reading/filter-sql.js';
import { type RawRow, text } from '../reading/rows.js';
import { auditStatement } from './audit.js';
import { addLetterFilter, LETTER_COLUMNS, letterFrom } from './letter-rows.js';
import { changeState } from './letter-states.js';

const MAX_RATE = 1_000_000;
const MAX_JOBS = 100;
const STATES: readonly ReplayJob['state'][] = ['running', 'done', 'cancelled'];

/** Replays of many letters, over a set that is fixed when they are started. */
export class ReplayJobs {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async start({ filter, ratePerSecond, actor, note }: NewReplayJob): Promise<ReplayJob> {
    if (ratePerSecond !== undefined) checkWholeNumber('ratePerSecond', ratePerSecond, 1, MAX_RATE);
    const { schema } = this.#database;
    const id = newId();
    const conditions = new Conditions();
    conditions.add('?::uuid IS NOT NULL', id);
    addLetterFilter(conditions, { ...filter, state: 'dead' });
    // A letter of the in-process bus is replayed by the bus that has it, if it still lives.
    conditions.addPlain('place IS NOT NULL');
    return transact(this.#database, async (connection, begin) => {
      const values = [id, actor ?? null, note ?? null, JSON.stringify(filter), ratePerSecond ?? null];
      await send(connection, [
        begin,
        {
          text: `INSERT INTO ${schema}.replay_jobs (id, state, actor, note, filter, rate_per_second, started_at, total)
            VALUES ($1, 'running', $2, $3, $4, $5, ${schema}.now_ms(), 0)`,
          values,
        },
        {
          text: `INSERT INTO ${schema}.replay_letters (job_id, letter_id, state)
            SELECT $1, id, 'waiting' FROM ${schema}.dead_letters WHERE ${conditions}`,
          values: conditions.values,
        },
        {
          text: `UPDATE ${schema}.replay_jobs SET total = (SELECT count(*) FROM ${schema}.replay_letters WHERE job_id = $1)
            WHERE id = $1`,
          values: [id],
        },
        auditStatement(this.#database, { action: 'startJob', actor, note, jobId: id }),
      ]);
      return this.#commitAndRead(connection, id);
    });
  }

  async list(state: ReplayJob['state'] | undefined): Promise<readonly ReplayJob[]> {
    const rows = await this.#database.rows(this.#select('$1::text IS NULL OR state = $1', [state ?? null]));
    return rows.map(jobFrom);
  }

  async get(id: string): Promise<ReplayJob | undefined> {
    if (!isId(id)) return undefined;
    const [row] = await this.#database.rows(this.#select('id = $1', [id]));
    return row === undefined ? undefined : jobFrom(row);
  }

  /** The job's row is locked, so that several processes take one after the other and the rate holds for all of them. */
  async advance(id: string, limit: number): Promise<number> {
    if (!isId(id)) throw jobMissing(id);
    const { schema } = this.#database;
    return transact(this.#database, async (connection, begin) => {
      const [, , [job] = []] = await send(connection, [begin, this.#lock(id), this.#progress(id)]);
      if (job === undefined) throw jobMissing(id);
      const [state, actor, allowed] = job;
      const count = Math.min(limit, allowed == null ? limit : Number(allowed));
      if (state !== 'running') {
        await sendCommit(connection, []);
        return 0;
      }
      const taken = await connection.rows({
        text: `SELECT letter_id FROM ${schema}.replay_letters WHERE job_id = $1 AND state = 'waiting'
          ORDER BY letter_id LIMIT ${Math.max(count, 0)}`,
        values: [id],
      });
      for (const [letterId] of taken) await this.#take(connection, id, text(letterId), actor ?? undefined);
      await sendCommit(connection, [
        {
          text: `UPDATE ${schema}.replay_jobs SET state = 'done', ended_at = ${schema}.now_ms() WHERE id = $1
            AND NOT EXISTS (SELECT 1 FROM ${schema}.replay_letters WHERE job_id = $1 AND state = 'waiting')`,
          values: [id],
        },
      ]);
      return taken.length;
    });
  }

  async cancel(id: string, { actor, note }: LetterAction): Promise<ReplayJob> {
    if (!isId(id)) throw jobMissing(id);
    const { schema } = this.#database;
    return transact(this.#database, async (connection, begin) => {
      const [, , [job] = []] = await send(connection, [begin, this.#lock(id), this.#progress(id)]);
      if (job === undefined) throw jobMissing(id);
      if (job[0] === 'running')
        await send(connection, [
          {
            text: `UPDATE ${schema}.replay_jobs SET state = 'cancelled', ended_at = ${schema}.now_ms() WHERE id = $1`,
            values: [id],
          },
          auditStatement(this.#database, { action: 'cancelJob', actor, note, jobId: id }),
        ]);
      return this.#commitAndRead(connection, id);
    });
  }

  /** Claims a letter, unless it is not dead any more. */
  async #take(
    connection: Connection,
    jobId: string,
    letterId: string,
    actor: string | undefined,
  ): Promise<void> {
    const { schema } = this.#database;
    const [row] = await connection.rows({
      text: `SELECT ${LETTER_COLUMNS} FROM ${schema}.dead_letters WHERE id = $1 AND state = 'dead' FOR UPDATE`,
      values: [letterId],
    });
    if (row !== undefined) {
      // The job itself is in the audit; its letters are not one by one.
      const letter = letterFrom(row);
      await changeState(connection, this.#database, letter, 'replaying', { actor }, false);
    }
    await connection.rows({
      text: `UPDATE ${schema}.replay_letters SET state = $3 WHERE job_id = $1 AND letter_id = $2`,
      values: [jobId, letterId, row === undefined ? 'passed' : 'begun'],
    });
  }

  /** Removes those that ended before a time, the letters of their sets first, in steps; answers with how many jobs. */
  async removeEnded(before: number): Promise<number> {
    const { schema } = this.#database;
    for (let isMore = true; isMore; ) {
      const removed = await change(this.#database, {
        text: `DELETE FROM ${schema}.replay_letters WHERE (job_id, letter_id) IN (SELECT r.job_id, r.letter_id
            FROM ${schema}.replay_jobs j JOIN ${schema}.replay_letters r ON r.job_id = j.id
            WHERE j.ended_at < $1 LIMIT ${REMOVED_AT_ONCE}) RETURNING 1`,
        values: [before],
      });
      isMore = removed.length === REMOVED_AT_ONCE;
    }
    return removeOld(this.#database, { table: 'replay_jobs', column: 'ended_at' }, before);
  }

  async #commitAndRead(connection: Connection, id: string): Promise<ReplayJob> {
    const [rows] = await sendCommit(connection, [this.#select('id = $1', [id])]);
    return jobFrom(rows?.[0] ?? []);
  }

  #lock(id: string): Statement {
    const { schema } = this.#database;
    return { text: `SELECT 1 FROM ${schema}.replay_jobs WHERE id = $1 FOR UPDATE`, values: [id] };
  }

  /**
   * State, actor, and how many letters the rate allows to take now; null if it sets no bound. Asked once the row is locked:
   * the statement that waits for the lock still counts what was there before.
   */
  #progress(id: string): Statement {
    const { schema } = this.#database;
    return {
      text: `SELECT state, actor, 1 + floor(greatest(0, ${schema}.now_ms() - started_at) * rate_per_second / 1000.0)::bigint
          - (SELECT count(*) FROM ${schema}.replay_letters WHERE job_id = $1 AND state <> 'waiting')
        FROM ${schema}.replay_jobs WHERE id = $1`,
      values: [id],
    };
  }

  #select(condition: string, values: readonly unknown[]): Statement {
    const { schema } = this.#database;
    const count = (of: string): string =>
      `(SELECT count(*) FROM ${schema}.replay_letters r LEFT JOIN ${schema}.dead_letters l ON l.id = r.letter_id
        WHERE r.job_id = j.id AND ${of})`;
    return {
      text: `SELECT id, state, actor, note, filter, rate_per_second, started_at, ended_at, total,
          ${count(`r.state = 'waiting'`)}, ${count(`r.state = 'passed'`)},
          ${count(`r.state = 'begun' AND l.state = 'replaying'`)}, ${count(`r.state = 'begun' AND l.state = 'replayed'`)},
          ${count(`r.state = 'begun' AND coalesce(l.state, '') NOT IN ('replaying', 'replayed')`)}
        FROM ${schema}.replay_jobs j WHERE ${condition} ORDER BY id DESC LIMIT ${MAX_JOBS}`,
      values,
    };
  }
}

function jobFrom(row: RawRow): ReplayJob {
  return {
    id: text(row[0]),
    state: STATES.find((state) => state === row[1]) ?? 'running',
    actor: row[2] ?? undefined,
    note: row[3] ?? undefined,
    filter: JSON.parse(text(row[4])),
    ratePerSecond: row[5] == null ? undefined : Number(row[5]),
    startedAt: Number(row[6]),
    endedAt: row[7] == null ? undefined : Number(row[7]),
    total: Number(row[8]),
    waiting: Number(row[9]),
    passedOver: Number(row[10]),
    replaying: Number(row[11]),
    replayed: Number(row[12]),
    failed: Number(row[13]),
  };
}
