import type { DeadDelivery } from '../bus/index.js';
import { newId } from '../contracts/index.js';
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
  jobMissing,
  type LetterAction,
  letterInOtherState,
  letterMissing,
  type NewReplayJob,
  type ReplayingLetter,
  type ReplayJob,
} from '../delivery/index.js';
import { checkWholeNumber } from '../errors/index.js';
import { keyHashOf, orderKeyOfEntry, type Position, partitionOf } from '../event-store/index.js';
import { type DeliveryTables, type JobRow, type ReplayProgress, rowKey } from './internal/delivery-tables.js';
import { bury, record } from './internal/letter-changes.js';
import {
  groupsOf,
  isUnchangedSince,
  letterStatisticsOf,
  matchesLetter,
  pageOf,
} from './internal/letter-queries.js';
import type { MemoryLog } from './memory-log.js';

const MAX_RATE = 1_000_000;
const MAX_JOBS = 100;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
const NOT_BEGUN: ReplayProgress = { attempts: 0, isRunning: false, dueAt: 0, failures: [] };

/** Dead letters of a log in memory. */
export class MemoryDurableDeadLetterStore implements DurableDeadLetterStore {
  readonly #log: MemoryLog;
  readonly #tables: DeliveryTables;

  constructor(log: MemoryLog) {
    this.#log = log;
    this.#tables = log.deliveries;
  }

  async add(dead: DeadDelivery): Promise<string> {
    return this.#log.atomically(() => bury(this.#log, deathOnBus(dead, this.#log.clock.now())).id);
  }

  async get(id: string): Promise<DeadLetter | undefined> {
    return this.#log.exclusively(() => this.#tables.letters.get(id));
  }

  async find(subscription: string, eventId: string): Promise<DeadLetter | undefined> {
    return this.#log.exclusively(() =>
      this.#tables.letters.get(this.#tables.letterIds.get(rowKey(eventId, subscription)) ?? ''),
    );
  }

  async list(filter: DeadLetterFilter = {}, page: DeadLetterPage = {}): Promise<readonly DeadLetter[]> {
    return this.#log.exclusively(() => pageOf(this.#all(), filter, page));
  }

  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    return this.#log.exclusively(() => groupsOf(this.#matching(filter)));
  }

  async statistics(): Promise<DeadLetterStatistics> {
    return this.#log.exclusively(() => letterStatisticsOf(this.#all()));
  }

  async change(
    id: string,
    from: DeadLetterState,
    to: DeadLetterState,
    action: LetterAction = {},
  ): Promise<DeadLetter> {
    return this.#log.atomically(() => {
      const letter = this.#tables.letters.get(id);
      if (letter === undefined) throw letterMissing(id);
      if (letter.state !== from) throw letterInOtherState(letter, from);
      if (from === 'dead') this.#record(letter, to, action);
      return this.#change(letter, to, action);
    });
  }

  async purge(
    before: number,
    states: readonly DeadLetterState[],
    { actor, note }: LetterAction = {},
  ): Promise<number> {
    return this.#log.atomically(() => {
      const unwanted = this.#all().filter(
        (letter) => states.includes(letter.state) && isUnchangedSince(letter, before),
      );
      for (const letter of unwanted) this.#remove(letter);
      if (unwanted.length > 0) record(this.#log, { action: 'purge', actor, note });
      return unwanted.length;
    });
  }

  async replaying(
    subscription: string,
    { of, among }: { readonly of: number; readonly among: readonly number[] },
    limit: number,
  ): Promise<readonly ReplayingLetter[]> {
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    return this.#log.exclusively(() =>
      this.#matching({ state: 'replaying', subscription })
        .flatMap(({ id, entry, edited }): ReplayingLetter[] => {
          if (entry === undefined) return [];
          const partition = partitionOf(keyHashOf(orderKeyOfEntry(entry)), of);
          if (!among.includes(partition)) return [];
          return [{ letterId: id, entry, edited, ...(this.#tables.replays.get(id) ?? NOT_BEGUN) }];
        })
        .sort((a, b) => a.entry.position - b.entry.position)
        .slice(0, limit),
    );
  }

  async openAt(subscription: string, positions: readonly Position[]): Promise<readonly Position[]> {
    return this.#log.exclusively(() => {
      const open = new Set<Position>();
      for (const letter of this.#tables.letters.values())
        if (
          letter.subscription === subscription &&
          letter.entry !== undefined &&
          letter.endedAt === undefined
        )
          open.add(letter.entry.position);
      return positions.filter((position) => open.has(position));
    });
  }

  async startJob({ filter, ratePerSecond, actor, note }: NewReplayJob): Promise<ReplayJob> {
    if (ratePerSecond !== undefined) checkWholeNumber('ratePerSecond', ratePerSecond, 1, MAX_RATE);
    return this.#log.atomically(() => {
      const waiting = this.#matching({ ...filter, state: 'dead' })
        .filter(({ entry }) => entry !== undefined)
        .map(({ id }) => id);
      const job: JobRow = {
        id: newId(),
        state: 'running',
        actor,
        note,
        filter,
        ratePerSecond,
        startedAt: this.#log.clock.now(),
        endedAt: undefined,
        total: waiting.length,
        waiting,
        begun: [],
      };
      this.#tables.jobs.set(job.id, job);
      record(this.#log, { action: 'startJob', actor, note, jobId: job.id });
      this.#tables.watchers.notify();
      return this.#jobOf(job);
    });
  }

  async jobs(state?: ReplayJob['state']): Promise<readonly ReplayJob[]> {
    return this.#log.exclusively(() =>
      [...this.#tables.jobs.values()]
        .filter((job) => state === undefined || job.state === state)
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, MAX_JOBS)
        .map((job) => this.#jobOf(job)),
    );
  }

  async job(id: string): Promise<ReplayJob | undefined> {
    return this.#log.exclusively(() => {
      const job = this.#tables.jobs.get(id);
      return job === undefined ? undefined : this.#jobOf(job);
    });
  }

  async advanceJob(id: string, limit: number): Promise<number> {
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    return this.#log.atomically(() => {
      const job = this.#tables.jobs.get(id);
      if (job === undefined) throw jobMissing(id);
      if (job.state !== 'running') return 0;
      const taken = job.waiting.slice(0, this.#allowanceOf(job, limit));
      const begun = taken.filter((letterId) => this.#begin(letterId, job));
      const waiting = job.waiting.slice(taken.length);
      const isDone = waiting.length === 0;
      this.#tables.jobs.set(id, {
        ...job,
        waiting,
        begun: [...job.begun, ...begun],
        state: isDone ? 'done' : 'running',
        endedAt: isDone ? this.#log.clock.now() : undefined,
      });
      return taken.length;
    });
  }

  async cancelJob(id: string, { actor, note }: LetterAction = {}): Promise<ReplayJob> {
    return this.#log.atomically(() => {
      const job = this.#tables.jobs.get(id);
      if (job === undefined) throw jobMissing(id);
      if (job.state !== 'running') return this.#jobOf(job);
      const cancelled: JobRow = { ...job, state: 'cancelled', endedAt: this.#log.clock.now() };
      this.#tables.jobs.set(id, cancelled);
      record(this.#log, { action: 'cancelJob', actor, note, jobId: id });
      return this.#jobOf(cancelled);
    });
  }

  async audit(range: AuditRange = {}): Promise<readonly AuditRecord[]> {
    const { letterId, subscription, before, limit = DEFAULT_LIMIT } = range;
    checkWholeNumber('limit', limit, 1, MAX_LIMIT);
    return this.#log.exclusively(() =>
      [...this.#tables.audit.values()]
        .filter(
          (kept) =>
            (letterId === undefined || kept.letterId === letterId) &&
            (subscription === undefined || kept.subscription === subscription) &&
            (before === undefined || kept.id < before),
        )
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .slice(0, limit),
    );
  }

  async cleanUp(before: { readonly jobsBefore: number; readonly auditBefore: number }): Promise<number> {
    return this.#log.atomically(() => {
      const jobs = [...this.#tables.jobs.values()].filter(
        ({ endedAt }) => endedAt !== undefined && endedAt < before.jobsBefore,
      );
      const records = [...this.#tables.audit.values()].filter(({ at }) => at < before.auditBefore);
      for (const { id } of jobs) this.#tables.jobs.delete(id);
      for (const { id } of records) this.#tables.audit.delete(id);
      return jobs.length + records.length;
    });
  }

  #change(letter: DeadLetter, to: DeadLetterState, { actor, note, edited }: LetterAction): DeadLetter {
    const isOver = to === 'replayed' || to === 'discarded';
    const changed: DeadLetter = {
      ...letter,
      state: to,
      endedAt: isOver ? this.#log.clock.now() : undefined,
      note: note ?? letter.note,
      actor: actor ?? letter.actor,
      edited: edited ?? letter.edited,
    };
    this.#tables.letters.set(letter.id, changed);
    this.#tables.replays.delete(letter.id);
    const isOfInterest = letter.state === 'dead' || to === 'replaying';
    if (letter.entry !== undefined && isOfInterest) this.#tables.revise(letter.subscription);
    return changed;
  }

  #record(
    { id, subscription }: DeadLetter,
    to: DeadLetterState,
    { actor, note, edited }: LetterAction,
  ): void {
    const told = { actor, note, subscription, letterId: id };
    if (to === 'replaying')
      record(this.#log, { action: edited === undefined ? 'replay' : 'editAndReplay', ...told });
    if (to === 'discarded') record(this.#log, { action: 'discard', ...told });
  }

  /** Claims a letter for a job, unless it is not dead any more. */
  #begin(letterId: string, { actor }: JobRow): boolean {
    const letter = this.#tables.letters.get(letterId);
    if (letter?.state !== 'dead') return false;
    this.#change(letter, 'replaying', { actor });
    return true;
  }

  #allowanceOf({ ratePerSecond, startedAt, total, waiting }: JobRow, limit: number): number {
    if (ratePerSecond === undefined) return limit;
    const seconds = Math.max(0, this.#log.clock.now() - startedAt) / 1_000;
    const allowed = 1 + Math.floor(seconds * ratePerSecond);
    return Math.max(0, Math.min(limit, allowed - (total - waiting.length)));
  }

  #jobOf({ waiting, begun, ...job }: JobRow): ReplayJob {
    const states = begun.map((id) => this.#tables.letters.get(id)?.state);
    const replaying = states.filter((state) => state === 'replaying').length;
    const replayed = states.filter((state) => state === 'replayed').length;
    return {
      ...job,
      waiting: waiting.length,
      passedOver: job.total - waiting.length - begun.length,
      replaying,
      replayed,
      failed: begun.length - replaying - replayed,
    };
  }

  #remove({ id, state, subscription, envelope, entry }: DeadLetter): void {
    this.#tables.letters.delete(id);
    this.#tables.letterIds.delete(rowKey(envelope.id, subscription));
    this.#tables.replays.delete(id);
    const wasOpen = state === 'dead' || state === 'replaying';
    if (entry !== undefined && wasOpen) this.#tables.revise(subscription);
  }

  #matching(filter: DeadLetterFilter): readonly DeadLetter[] {
    return this.#all().filter((letter) => matchesLetter(letter, filter));
  }

  /** In the order of their ids, which an undone change may have disturbed. */
  #all(): readonly DeadLetter[] {
    return [...this.#tables.letters.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }
}
