import type { DeadDelivery } from 'mortar/bus';
import {
  type AuditRange,
  type AuditRecord,
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterPage,
  type DeadLetterState,
  type DeadLetterStatistics,
  type DurableDeadLetterStore,
  deathOnBus,
  type LetterAction,
  letterInOtherState,
  letterMissing,
  type NewReplayJob,
  type ReplayingLetter,
  type ReplayJob,
} from 'mortar/delivery';
import { checkWholeNumber } from 'mortar/errors';
import type { Position } from 'mortar/event-store';
import type { Database } from './internal/database/database.js';
import type { JobContext } from './internal/database/writer.js';
import type { Statement } from './internal/driver/driver.js';
import { eventOf, failuresOf } from './internal/kept-json.js';
import { letterCondition } from './internal/letters/letter-filter.js';
import type { Audited, LetterKeeper } from './internal/letters/letter-keeper.js';
import { LetterStatistics } from './internal/letters/letter-statistics.js';
import { type LetterRow, Letters } from './internal/letters/letters.js';
import { ReplayJobKeeper, ReplayJobs } from './internal/letters/replay-jobs.js';

const MAX_RATE = 1_000_000;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
/** How much is removed in one transaction. */
const REMOVED_AT_ONCE = 1_000;

interface AuditRow {
  readonly id: string;
  readonly at: number;
  readonly action: AuditRecord['action'];
  readonly actor: string | null;
  readonly subscription: string | null;
  readonly letterId: string | null;
  readonly jobId: string | null;
  readonly note: string | null;
}

/** Dead letters in a SQLite file. */
export class SqliteDeadLetterStore implements DurableDeadLetterStore {
  readonly #database: Database;
  readonly #keeper: LetterKeeper;
  readonly #letters: Letters;
  readonly #statistics: LetterStatistics;
  readonly #jobs: ReplayJobs;
  readonly #jobKeeper: ReplayJobKeeper;
  readonly #openAt: Statement<readonly [Position]>;
  readonly #audit: Statement<AuditRow>;
  readonly #purge: Statement<readonly [subscription: string, position: Position | null]>;
  readonly #removals: { readonly [what in keyof typeof REMOVALS]: Statement<never> };

  constructor(database: Database, keeper: LetterKeeper) {
    const { reader, writer } = database;
    this.#database = database;
    this.#keeper = keeper;
    this.#letters = new Letters(reader);
    this.#statistics = new LetterStatistics(reader);
    this.#jobs = new ReplayJobs(reader);
    this.#jobKeeper = new ReplayJobKeeper(writer, keeper);
    this.#openAt = reader.prepare(OPEN_AT, 'tuples');
    this.#audit = reader.prepare(AUDIT, 'objects');
    this.#purge = writer.prepare(PURGE, 'tuples');
    this.#removals = {
      lettersOfJobs: writer.prepare(REMOVALS.lettersOfJobs, 'tuples'),
      jobs: writer.prepare(REMOVALS.jobs, 'tuples'),
      audit: writer.prepare(REMOVALS.audit, 'tuples'),
    };
  }

  async add(dead: DeadDelivery): Promise<string> {
    return this.#write(({ now }) => this.#keeper.bury(deathOnBus(dead, now), now).id);
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return this.#database.read(() => this.#letters.get(id));
  }

  async find(subscription: string, eventId: string): Promise<DeadLetter | undefined> {
    return this.#database.read(() => this.#letters.find(subscription, eventId));
  }

  async list(filter: DeadLetterFilter = {}, page: DeadLetterPage = {}): Promise<readonly DeadLetter[]> {
    const { after = '', limit = DEFAULT_LIMIT } = page;
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    const { where, parameters } = letterCondition(filter);
    return this.#database.read(() =>
      this.#letters.where(`${where} AND l.id > ? ORDER BY l.id LIMIT ?`, [...parameters, after, limit]),
    );
  }

  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    return this.#database.read(() => this.#statistics.groups(filter));
  }

  async statistics(): Promise<DeadLetterStatistics> {
    return this.#database.read(() => this.#statistics.all());
  }

  async change(
    id: string,
    from: DeadLetterState,
    to: DeadLetterState,
    action: LetterAction = {},
  ): Promise<DeadLetter> {
    return this.#write((context) => {
      const letter = this.#keeper.letters.get(id);
      if (letter === undefined) throw letterMissing(id);
      if (letter.state !== from) throw letterInOtherState(letter, from);
      const audited = from === 'dead' ? auditOf(letter, to, action) : undefined;
      if (audited !== undefined) this.#keeper.record(audited, context.now);
      return this.#keeper.change(letter, to, action, context);
    });
  }

  async purge(
    before: number,
    states: readonly DeadLetterState[],
    { actor, note }: LetterAction = {},
  ): Promise<number> {
    return this.#write((context) => {
      const removed = this.#purge.all([JSON.stringify(states), before]);
      for (const subscription of new Set(removed.flatMap(([name, open]) => (open === null ? [] : [name]))))
        this.#keeper.revise(subscription, context);
      if (removed.length > 0) this.#keeper.record({ action: 'purge', actor, note }, context.now);
      return removed.length;
    });
  }

  async replaying(
    subscription: string,
    { of, among }: { readonly of: number; readonly among: readonly number[] },
    limit: number,
  ): Promise<readonly ReplayingLetter[]> {
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    const parameters = [subscription, of, JSON.stringify(among), limit];
    return this.#database.read(() =>
      this.#letters.rowsWhere(REPLAYING, parameters).flatMap((row) => this.#replayingOf(row)),
    );
  }

  async openAt(subscription: string, positions: readonly Position[]): Promise<readonly Position[]> {
    return this.#database.read(() => {
      const rows = this.#openAt.all([subscription, JSON.stringify(positions)]);
      const open = new Set(rows.map(([position]) => position));
      return positions.filter((position) => open.has(position));
    });
  }

  async startJob(job: NewReplayJob): Promise<ReplayJob> {
    const { ratePerSecond } = job;
    if (ratePerSecond !== undefined) checkWholeNumber('ratePerSecond', ratePerSecond, 1, MAX_RATE);
    return this.#write((context) => this.#jobKeeper.start(job, context));
  }

  async jobs(state?: ReplayJob['state']): Promise<readonly ReplayJob[]> {
    return this.#database.read(() => this.#jobs.latest(state));
  }

  async job(id: string): Promise<ReplayJob | undefined> {
    return this.#database.read(() => this.#jobs.get(id));
  }

  async advanceJob(id: string, limit: number): Promise<number> {
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    return this.#write((context) => this.#jobKeeper.advance(id, limit, context));
  }

  async cancelJob(id: string, action: LetterAction = {}): Promise<ReplayJob> {
    return this.#write((context) => this.#jobKeeper.cancel(id, action, context));
  }

  async cleanUp(before: { readonly jobsBefore: number; readonly auditBefore: number }): Promise<number> {
    const { jobsBefore, auditBefore } = before;
    const { lettersOfJobs, jobs, audit } = this.#removals;
    let ended = 0;
    for (;;) {
      const [letters, gone] = await this.#write(() => {
        const { changes } = lettersOfJobs.run([jobsBefore, REMOVED_AT_ONCE]);
        return [changes, jobs.run([jobsBefore]).changes];
      });
      ended += gone;
      if (letters < REMOVED_AT_ONCE) break;
    }
    const { changes } = await this.#write(() => audit.run([auditBefore, REMOVED_AT_ONCE]));
    return ended + changes;
  }

  async audit(range: AuditRange = {}): Promise<readonly AuditRecord[]> {
    const { letterId = null, subscription = null, before = null, limit = DEFAULT_LIMIT } = range;
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    const parameters = [letterId, letterId, subscription, subscription, before, before, limit];
    return this.#database.read(() => this.#audit.all(parameters).map(auditRecordOf));
  }

  #write<T>(run: (context: JobContext) => T): Promise<T> {
    return this.#database.write({ decidesFirst: false, run });
  }

  #replayingOf(row: LetterRow): readonly ReplayingLetter[] {
    const entry = this.#letters.entryOf(row);
    if (entry === undefined) return [];
    return [
      {
        letterId: row.id,
        entry,
        edited: row.edited === null ? undefined : eventOf(row.edited),
        attempts: row.replayAttempts,
        isRunning: row.replayIsRunning === 1,
        dueAt: row.replayDueAt,
        failures: failuresOf(row.replayFailures),
      },
    ];
  }
}

const OPEN_AT = `SELECT position FROM mortar_dead_letters WHERE subscription = ? AND ended_at IS NULL AND position IS NOT NULL
  AND position IN (SELECT value FROM json_each(?))`;
const AUDIT = `SELECT id, at, action, actor, subscription, letter_id AS letterId, job_id AS jobId, note FROM mortar_audit
  WHERE (? IS NULL OR letter_id = ?) AND (? IS NULL OR subscription = ?) AND (? IS NULL OR id < ?)
  ORDER BY id DESC LIMIT ?`;
/** The letters of jobs come first: a job goes when it has none left. */
const REMOVALS = {
  lettersOfJobs: `DELETE FROM mortar_replay_letters WHERE (job_id, letter_id) IN (SELECT r.job_id, r.letter_id
    FROM mortar_replay_jobs AS j JOIN mortar_replay_letters AS r ON r.job_id = j.id WHERE j.ended_at < ? LIMIT ?)`,
  jobs: `DELETE FROM mortar_replay_jobs WHERE ended_at < ?
    AND NOT EXISTS (SELECT 1 FROM mortar_replay_letters AS r WHERE r.job_id = mortar_replay_jobs.id)`,
  audit:
    'DELETE FROM mortar_audit WHERE id IN (SELECT id FROM mortar_audit WHERE at < ? ORDER BY id LIMIT ?)',
} as const;
/** The positions of those that were not over. */
const PURGE = `DELETE FROM mortar_dead_letters WHERE state IN (SELECT value FROM json_each(?))
  AND coalesce(ended_at, last_dead_at) < ?
  RETURNING subscription, CASE WHEN ended_at IS NULL THEN position END`;
const REPLAYING = `l.state = 'replaying' AND l.position IS NOT NULL AND l.subscription = ?
  AND l.key_hash % ? IN (SELECT value FROM json_each(?)) ORDER BY l.position LIMIT ?`;

function auditOf(
  letter: DeadLetter,
  to: DeadLetterState,
  { actor, note, edited }: LetterAction,
): Audited | undefined {
  const told = { actor, note, subscription: letter.subscription, letterId: letter.id };
  if (to === 'replaying') return { action: edited === undefined ? 'replay' : 'editAndReplay', ...told };
  return to === 'discarded' ? { action: 'discard', ...told } : undefined;
}

function auditRecordOf({
  id,
  at,
  action,
  actor,
  subscription,
  letterId,
  jobId,
  note,
}: AuditRow): AuditRecord {
  return {
    id,
    at,
    action,
    actor: actor ?? undefined,
    subscription: subscription ?? undefined,
    letterId: letterId ?? undefined,
    jobId: jobId ?? undefined,
    note: note ?? undefined,
  };
}
