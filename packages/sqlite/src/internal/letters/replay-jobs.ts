import { newId } from 'mortar/contracts';
import {
  type DeadLetterFilter,
  jobMissing,
  type LetterAction,
  type NewReplayJob,
  type ReplayJob,
} from 'mortar/delivery';
import type { JobContext } from '../database/writer.js';
import type { Connection, Statement } from '../driver/driver.js';
import { letterCondition } from './letter-filter.js';
import type { LetterKeeper } from './letter-keeper.js';

const MAX_JOBS = 100;

interface JobRow {
  readonly id: string;
  readonly state: ReplayJob['state'];
  readonly actor: string | null;
  readonly note: string | null;
  readonly filter: string;
  readonly ratePerSecond: number | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly total: number;
}

type CountRow = readonly [place: 'waiting' | 'begun' | 'passed', letterState: string | null, count: number];

const SELECT_JOB = `SELECT id, state, actor, note, filter, rate_per_second AS ratePerSecond, started_at AS startedAt,
  ended_at AS endedAt, total FROM mortar_replay_jobs`;

/** Finds replays of many letters, on one connection. */
export class ReplayJobs {
  readonly #job: Statement<JobRow>;
  readonly #jobs: Statement<JobRow>;
  readonly #counts: Statement<CountRow>;

  constructor(connection: Connection) {
    this.#job = connection.prepare(`${SELECT_JOB} WHERE id = ?`, 'objects');
    this.#jobs = connection.prepare(
      `${SELECT_JOB} WHERE ? IS NULL OR state = ? ORDER BY id DESC LIMIT ${MAX_JOBS}`,
      'objects',
    );
    this.#counts = connection.prepare(
      `SELECT r.state, l.state, count(*) FROM mortar_replay_letters AS r
        LEFT JOIN mortar_dead_letters AS l ON l.id = r.letter_id WHERE r.job_id = ? GROUP BY 1, 2`,
      'tuples',
    );
  }

  get(id: string): ReplayJob | undefined {
    const row = this.#job.first([id]);
    return row === undefined ? undefined : this.#jobOf(row);
  }

  /** @throws MortarError `MORTAR_REPLAY_MISSING` */
  existing(id: string): ReplayJob {
    const job = this.get(id);
    if (job === undefined) throw jobMissing(id);
    return job;
  }

  /** The latest first. */
  latest(state: ReplayJob['state'] | undefined): readonly ReplayJob[] {
    return this.#jobs.all([state ?? null, state ?? null]).map((row) => this.#jobOf(row));
  }

  #jobOf(row: JobRow): ReplayJob {
    const rows = this.#counts.all([row.id]);
    const count = (isMeant: (row: CountRow) => boolean): number =>
      rows.filter(isMeant).reduce((sum, [, , found]) => sum + found, 0);
    const filter: DeadLetterFilter = JSON.parse(row.filter);
    const begun = count(([place]) => place === 'begun');
    const replaying = count(([place, state]) => place === 'begun' && state === 'replaying');
    const replayed = count(([place, state]) => place === 'begun' && state === 'replayed');
    return {
      id: row.id,
      state: row.state,
      actor: row.actor ?? undefined,
      note: row.note ?? undefined,
      filter,
      ratePerSecond: row.ratePerSecond ?? undefined,
      startedAt: row.startedAt,
      endedAt: row.endedAt ?? undefined,
      total: row.total,
      waiting: count(([place]) => place === 'waiting'),
      passedOver: count(([place]) => place === 'passed'),
      replaying,
      replayed,
      failed: begun - replaying - replayed,
    };
  }
}

/** Starts, advances and cancels them, within a transaction. */
export class ReplayJobKeeper {
  readonly #writer: Connection;
  readonly #keeper: LetterKeeper;
  readonly #jobs: ReplayJobs;
  readonly #start: Statement<never>;
  readonly #setTotal: Statement<never>;
  readonly #end: Statement<never>;
  readonly #next: Statement<readonly [string]>;
  readonly #take: Statement<never>;

  constructor(writer: Connection, keeper: LetterKeeper) {
    this.#writer = writer;
    this.#keeper = keeper;
    this.#jobs = new ReplayJobs(writer);
    this.#start = writer.prepare(
      "INSERT INTO mortar_replay_jobs VALUES (?, 'running', ?, ?, ?, ?, ?, NULL, 0)",
      'tuples',
    );
    this.#setTotal = writer.prepare('UPDATE mortar_replay_jobs SET total = ? WHERE id = ?', 'tuples');
    this.#end = writer.prepare(
      'UPDATE mortar_replay_jobs SET state = ?, ended_at = ? WHERE id = ?',
      'tuples',
    );
    this.#next = writer.prepare(
      "SELECT letter_id FROM mortar_replay_letters WHERE job_id = ? AND state = 'waiting' ORDER BY letter_id LIMIT ?",
      'tuples',
    );
    this.#take = writer.prepare(
      'UPDATE mortar_replay_letters SET state = ? WHERE job_id = ? AND letter_id = ?',
      'tuples',
    );
  }

  start({ filter, ratePerSecond, actor, note }: NewReplayJob, context: JobContext): ReplayJob {
    const id = newId();
    const told = [actor ?? null, note ?? null, JSON.stringify(filter), ratePerSecond ?? null];
    this.#start.run([id, ...told, context.now]);
    // A delivery of the in-process bus is none that a processor could bring to its handler.
    const { where, parameters } = letterCondition({ ...filter, state: 'dead' });
    const fix = `INSERT INTO mortar_replay_letters SELECT ?, l.id, 'waiting' FROM mortar_dead_letters AS l
      WHERE ${where} AND l.position IS NOT NULL`;
    const { changes } = this.#writer.prepare(fix, 'tuples').run([id, ...parameters]);
    this.#setTotal.run([changes, id]);
    this.#keeper.record({ action: 'startJob', actor, note, jobId: id }, context.now);
    context.mark('deliveries');
    return this.#jobs.existing(id);
  }

  /** Answers with how many letters it took from the set. */
  advance(id: string, limit: number, context: JobContext): number {
    const job = this.#jobs.existing(id);
    if (job.state !== 'running') return 0;
    const taken = this.#next.all([id, allowanceOf(job, limit, context.now)]);
    for (const [letterId] of taken) {
      const letter = this.#keeper.letters.get(letterId);
      const isDead = letter?.state === 'dead';
      if (isDead) this.#keeper.change(letter, 'replaying', { actor: job.actor }, context);
      this.#take.run([isDead ? 'begun' : 'passed', id, letterId]);
    }
    if (taken.length === job.waiting) this.#end.run(['done', context.now, id]);
    return taken.length;
  }

  cancel(id: string, { actor, note }: LetterAction, context: JobContext): ReplayJob {
    const job = this.#jobs.existing(id);
    if (job.state !== 'running') return job;
    this.#end.run(['cancelled', context.now, id]);
    this.#keeper.record({ action: 'cancelJob', actor, note, jobId: id }, context.now);
    return this.#jobs.existing(id);
  }
}

/** How many letters of a job may be taken now, by its rate since it was started. */
function allowanceOf(
  { ratePerSecond, startedAt, total, waiting }: ReplayJob,
  limit: number,
  now: number,
): number {
  if (ratePerSecond === undefined) return limit;
  const seconds = Math.max(0, now - startedAt) / 1_000;
  const allowed = 1 + Math.floor(seconds * ratePerSecond);
  return Math.max(0, Math.min(limit, allowed - (total - waiting)));
}
