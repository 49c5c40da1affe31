import type {
  AuditRecord,
  DeadLetter,
  DeadLetterFilter,
  HeldKey,
  ReplayingLetter,
  StartFrom,
} from '../../delivery/index.js';
import type { Position } from '../../event-store/index.js';
import { type Journal, JournaledMap } from './journal.js';
import { Watchers } from './watchers.js';

/** A subscription in memory. */
export interface SubscriptionRow {
  readonly partitions: number;
  readonly revision: number;
  readonly paused: { readonly actor: string | undefined; readonly at: number } | undefined;
}

/** The lease and the checkpoint of a partition. */
export interface LeaseRow {
  readonly subscription: string;
  readonly partition: number;
  readonly token: number;
  /** Absent when the lease was released. */
  readonly owner: string | undefined;
  readonly expiresAt: number;
  readonly low: Position;
  readonly ahead: readonly Position[];
  readonly unclean: number;
}

/** How far the replay of a letter has come. */
export type ReplayProgress = Pick<ReplayingLetter, 'attempts' | 'isRunning' | 'dueAt' | 'failures'>;

/** A replay of many letters. */
export interface JobRow {
  readonly id: string;
  readonly state: 'running' | 'done' | 'cancelled';
  readonly actor: string | undefined;
  readonly note: string | undefined;
  readonly filter: DeadLetterFilter;
  readonly ratePerSecond: number | undefined;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly total: number;
  readonly waiting: readonly string[];
  readonly begun: readonly string[];
}

/** What delivery keeps beside the log in memory. */
export class DeliveryTables {
  readonly subscriptions: JournaledMap<string, SubscriptionRow>;
  /** By `rowKey` of subscription and partition. */
  readonly leases: JournaledMap<string, LeaseRow>;
  /** By `rowKey` of subscription, partition and key. */
  readonly held: JournaledMap<string, HeldKey & { readonly subscription: string }>;
  /** Until when an owner has announced itself, by `rowKey` of owner and subscription. */
  readonly owners: JournaledMap<
    string,
    { readonly owner: string; readonly subscription: string; readonly until: number }
  >;
  readonly letters: JournaledMap<string, DeadLetter>;
  /** The id of a letter, by `rowKey` of event and subscription. */
  readonly letterIds: JournaledMap<string, string>;
  /** Of letters that are replaying, by their id. */
  readonly replays: JournaledMap<string, ReplayProgress>;
  readonly jobs: JournaledMap<string, JobRow>;
  readonly audit: JournaledMap<string, AuditRecord>;
  readonly watchers: Watchers = new Watchers();
  /** The greatest token of a subscription that was forgotten. It only grows, also where a change is undone. */
  #spentToken = 0;

  constructor(journal: Journal) {
    this.subscriptions = new JournaledMap(journal);
    this.leases = new JournaledMap(journal);
    this.held = new JournaledMap(journal);
    this.owners = new JournaledMap(journal);
    this.letters = new JournaledMap(journal);
    this.letterIds = new JournaledMap(journal);
    this.replays = new JournaledMap(journal);
    this.jobs = new JournaledMap(journal);
    this.audit = new JournaledMap(journal);
  }

  /** The leases of a new subscription begin here, so that no token of one that was forgotten is given again. */
  get spentToken(): number {
    return this.#spentToken;
  }

  /** Removes what is kept of a subscription; answers whether it was known. */
  forget(name: string): boolean {
    if (!this.subscriptions.delete(name)) return false;
    for (const lease of this.leases.values())
      if (lease.subscription === name) this.#spentToken = Math.max(this.#spentToken, lease.token);
    for (const table of [this.leases, this.held, this.owners])
      for (const [key, row] of [...table.entries()]) if (row.subscription === name) table.delete(key);
    return true;
  }

  /** Tells the processors of a subscription, if there is one, that something of it has changed. */
  revise(name: string, change: Partial<SubscriptionRow> = {}): void {
    const row = this.subscriptions.get(name);
    if (row === undefined) return;
    this.subscriptions.set(name, { ...row, ...change, revision: row.revision + 1 });
    this.watchers.notify();
  }
}

/** No two lists of parts are alike. */
export function rowKey(...parts: readonly (string | number)[]): string {
  return JSON.stringify(parts);
}

/** Where a subscription starts. */
export function startOf(from: StartFrom, head: Position, beginning: Position): Position {
  if (from === 'now') return head;
  return from === 'beginning' ? beginning : from;
}
