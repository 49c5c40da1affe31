import type { DeadDelivery } from 'mortar/bus';
import { isId } from 'mortar/contracts';
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
import type { Connection, Database, Statement } from './internal/connection/database.js';
import type { Notifications } from './internal/connection/notifications.js';
import { REMOVED_AT_ONCE, removeOld } from './internal/connection/removing.js';
import { send, sendCommit, transact } from './internal/connection/transacting.js';
import { auditStatement, readAudit } from './internal/letters/audit.js';
import { bury } from './internal/letters/letter-changes.js';
import { readGroups, readLetterStatistics } from './internal/letters/letter-counts.js';
import {
  addLetterFilter,
  LETTER_COLUMNS,
  letterFrom,
  replayingFrom,
} from './internal/letters/letter-rows.js';
import { changeState, revise } from './internal/letters/letter-states.js';
import { ReplayJobs } from './internal/letters/replay-jobs.js';
import { Conditions } from './internal/reading/filter-sql.js';
import { text } from './internal/reading/rows.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

/** What one step of a purge removes: letters of ids beyond that of the last step. */
interface PurgeStep {
  readonly before: number;
  readonly states: readonly DeadLetterState[];
  readonly after: string | undefined;
}

/** What the store of dead letters works with. */
export interface DeadLetterStoreParts {
  readonly database: Database;
  readonly notifications: Notifications;
}

/** Dead letters on PostgreSQL. */
export class PostgresDeadLetterStore implements DurableDeadLetterStore {
  readonly #database: Database;
  readonly #notifications: Notifications;
  readonly #jobs: ReplayJobs;

  constructor({ database, notifications }: DeadLetterStoreParts) {
    this.#database = database;
    this.#notifications = notifications;
    this.#jobs = new ReplayJobs(database);
  }

  async add(dead: DeadDelivery): Promise<string> {
    const letter = await transact(this.#database, async (connection, begin) => {
      await send(connection, [begin]);
      const buried = await bury(connection, this.#database, deathOnBus(dead, Date.now()));
      await sendCommit(connection, []);
      return buried;
    });
    return letter.id;
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return isId(id) ? this.#one('id = $1', [id]) : undefined;
  }

  async find(subscription: string, eventId: string): Promise<DeadLetter | undefined> {
    return isId(eventId)
      ? this.#one('subscription = $1 AND event_id = $2', [subscription, eventId])
      : undefined;
  }

  async list(
    filter: DeadLetterFilter = {},
    { after = '', limit = DEFAULT_LIMIT }: DeadLetterPage = {},
  ): Promise<readonly DeadLetter[]> {
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    const conditions = new Conditions();
    addLetterFilter(conditions, filter);
    if (after !== '') conditions.add('id::text > ?', after);
    const rows = await this.#database.rows({
      text: `SELECT ${LETTER_COLUMNS} FROM ${this.#database.schema}.dead_letters WHERE ${conditions}
        ORDER BY id LIMIT ${limit}`,
      values: conditions.values,
    });
    return rows.map(letterFrom);
  }

  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    return readGroups(this.#database, filter);
  }

  async statistics(): Promise<DeadLetterStatistics> {
    return readLetterStatistics(this.#database);
  }

  async change(
    id: string,
    from: DeadLetterState,
    to: DeadLetterState,
    action: LetterAction = {},
  ): Promise<DeadLetter> {
    if (!isId(id)) throw letterMissing(id);
    const changed = await transact(this.#database, async (connection, begin) => {
      await send(connection, [begin]);
      const letter = await this.#changeWithin(connection, id, from, to, action);
      await sendCommit(connection, []);
      return letter;
    });
    this.#notifications.notify('deliveries');
    return changed;
  }

  async purge(
    before: number,
    states: readonly DeadLetterState[],
    { actor, note }: LetterAction = {},
  ): Promise<number> {
    const audit = auditStatement(this.#database, { action: 'purge', actor, note });
    let count = 0;
    for (let after: string | undefined, isMore = true; isMore; ) {
      const ids = await this.#purgeSome({ before, states, after }, count === 0 ? [audit] : []);
      count += ids.length;
      after = ids.at(-1);
      isMore = ids.length === REMOVED_AT_ONCE;
    }
    this.#notifications.notify('deliveries');
    return count;
  }

  /** Removes the next letters in the order of their ids, and answers with those; `noting` goes with it where there are any. */
  async #purgeSome(
    { before, states, after }: PurgeStep,
    noting: readonly Statement[],
  ): Promise<readonly string[]> {
    const { schema } = this.#database;
    return transact(this.#database, async (connection, begin) => {
      const [, rows = []] = await send(connection, [
        begin,
        {
          text: `SELECT id, subscription, ended_at IS NULL AND place IS NOT NULL FROM ${schema}.dead_letters
            WHERE state = ANY ($1::text[]) AND coalesce(ended_at, last_dead_at) < $2 AND ($3::uuid IS NULL OR id > $3)
            ORDER BY id LIMIT ${REMOVED_AT_ONCE} FOR UPDATE`,
          values: [states, before, after ?? null],
        },
      ]);
      const ids = rows.map(([id]) => text(id));
      const open = rows
        .filter(([, , wasOpen]) => wasOpen === 't')
        .map(([, subscription]) => text(subscription));
      const removal = {
        text: `DELETE FROM ${schema}.dead_letters WHERE id = ANY ($1::uuid[])`,
        values: [ids],
      };
      await sendCommit(
        connection,
        ids.length === 0 ? [] : [removal, revise(this.#database, open), ...noting],
      );
      return ids;
    });
  }

  async replaying(
    subscription: string,
    { of, among }: { readonly of: number; readonly among: readonly number[] },
    limit: number,
  ): Promise<readonly ReplayingLetter[]> {
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    const rows = await this.#database.rows({
      text: `SELECT id, event, place, edited, replay FROM ${this.#database.schema}.dead_letters
        WHERE state = 'replaying' AND subscription = $1 AND place IS NOT NULL AND key_hash % $2::integer = ANY ($3::integer[])
        ORDER BY position LIMIT ${limit}`,
      values: [subscription, of, among],
    });
    return rows.map(replayingFrom);
  }

  async openAt(subscription: string, positions: readonly Position[]): Promise<readonly Position[]> {
    const rows = await this.#database.rows({
      text: `SELECT position FROM ${this.#database.schema}.dead_letters
        WHERE subscription = $1 AND ended_at IS NULL AND position = ANY ($2::bigint[])`,
      values: [subscription, positions],
    });
    const open = new Set(rows.map(([position]) => Number(position)));
    return positions.filter((position) => open.has(position));
  }

  async startJob(job: NewReplayJob): Promise<ReplayJob> {
    const started = await this.#jobs.start(job);
    this.#notifications.notify('deliveries');
    return started;
  }

  async jobs(state?: ReplayJob['state']): Promise<readonly ReplayJob[]> {
    return this.#jobs.list(state);
  }

  async job(id: string): Promise<ReplayJob | undefined> {
    return this.#jobs.get(id);
  }

  async advanceJob(id: string, limit: number): Promise<number> {
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    const taken = await this.#jobs.advance(id, limit);
    if (taken > 0) this.#notifications.notify('deliveries');
    return taken;
  }

  async cancelJob(id: string, action: LetterAction = {}): Promise<ReplayJob> {
    return this.#jobs.cancel(id, action);
  }

  async cleanUp(before: { readonly jobsBefore: number; readonly auditBefore: number }): Promise<number> {
    const jobs = await this.#jobs.removeEnded(before.jobsBefore);
    return jobs + (await removeOld(this.#database, { table: 'audit', column: 'at' }, before.auditBefore));
  }

  async audit(range: AuditRange = {}): Promise<readonly AuditRecord[]> {
    const { limit = DEFAULT_LIMIT } = range;
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    return readAudit(this.#database, { ...range, limit });
  }

  async #one(condition: string, values: readonly unknown[]): Promise<DeadLetter | undefined> {
    const [row] = await this.#database.rows({
      text: `SELECT ${LETTER_COLUMNS} FROM ${this.#database.schema}.dead_letters WHERE ${condition}`,
      values,
    });
    return row === undefined ? undefined : letterFrom(row);
  }

  async #changeWithin(
    connection: Connection,
    id: string,
    from: DeadLetterState,
    to: DeadLetterState,
    action: LetterAction,
  ): Promise<DeadLetter> {
    const [row] = await connection.rows({
      text: `SELECT ${LETTER_COLUMNS} FROM ${this.#database.schema}.dead_letters WHERE id = $1 FOR UPDATE`,
      values: [id],
    });
    if (row === undefined) throw letterMissing(id);
    const letter = letterFrom(row);
    if (letter.state !== from) throw letterInOtherState(letter, from);
    return changeState(connection, this.#database, letter, to, action);
  }
}
