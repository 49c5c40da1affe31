import {
  type BatchOutcome,
  type CheckpointInfo,
  DEFAULT_PARTITIONS,
  type DeliveryBatch,
  type DeliveryStore,
  type DueEvents,
  type HeldKey,
  type Lease,
  type LeaseName,
  leaseLost,
  type Progress,
  type StartFrom,
  type SubscriptionInfo,
  type SubscriptionPresence,
  subscriptionMissing,
} from '../delivery/index.js';
import { checkWholeNumber } from '../errors/index.js';
import { BEGINNING, position } from '../event-store/index.js';
import type { CommitResult, ScheduledEvent } from '../unit-of-work/index.js';
import {
  type DeliveryTables,
  type LeaseRow,
  rowKey,
  type SubscriptionRow,
  startOf,
} from './internal/delivery-tables.js';
import { changeLetter, record } from './internal/letter-changes.js';
import { commitWithin } from './internal/unit-commit.js';
import type { MemoryLog } from './memory-log.js';

const MAX_PARTITIONS = 256;
const MAX_DUE = 10_000;

/** What delivery keeps, in memory, over a log in memory. */
export class MemoryDeliveryStore implements DeliveryStore {
  readonly #log: MemoryLog;
  readonly #tables: DeliveryTables;

  constructor(log: MemoryLog) {
    this.#log = log;
    this.#tables = log.deliveries;
  }

  async register(
    name: string,
    from: StartFrom,
    partitions: number = DEFAULT_PARTITIONS,
  ): Promise<SubscriptionInfo> {
    checkWholeNumber('partitions', partitions, 1, MAX_PARTITIONS);
    if (typeof from === 'number') position(from);
    return this.#log.atomically(() => {
      const known = this.#tables.subscriptions.get(name);
      if (known !== undefined) return infoOf(name, known);
      const row: SubscriptionRow = { partitions, revision: 0, paused: undefined };
      this.#tables.subscriptions.set(name, row);
      const low = startOf(from, this.#log.head, BEGINNING);
      for (let partition = 0; partition < partitions; partition += 1)
        this.#keepLease({
          subscription: name,
          partition,
          token: this.#tables.spentToken,
          owner: undefined,
          expiresAt: 0,
          low,
          ahead: [],
          unclean: 0,
        });
      return infoOf(name, row);
    });
  }

  async subscriptions(): Promise<readonly SubscriptionInfo[]> {
    return this.#log.exclusively(() =>
      [...this.#tables.subscriptions.entries()]
        .map(([name, row]) => infoOf(name, row))
        .sort((a, b) => compare(a.name, b.name)),
    );
  }

  async announce(
    owner: string,
    subscriptions: readonly string[],
    ttlMs: number,
  ): Promise<readonly SubscriptionPresence[]> {
    return this.#log.atomically(() => {
      const now = this.#log.clock.now();
      for (const [key, { until }] of [...this.#tables.owners.entries()])
        if (until <= now) this.#tables.owners.delete(key);
      const until = now + ttlMs;
      for (const subscription of subscriptions)
        this.#tables.owners.set(rowKey(owner, subscription), { owner, subscription, until });
      return subscriptions.flatMap((name) => {
        const row = this.#tables.subscriptions.get(name);
        return row === undefined ? [] : [{ ...infoOf(name, row), owners: this.#ownersOf(name) }];
      });
    });
  }

  async withdraw(owner: string): Promise<void> {
    return this.#log.atomically(() => {
      for (const [key, row] of [...this.#tables.owners.entries()])
        if (row.owner === owner) this.#tables.owners.delete(key);
    });
  }

  async acquire(
    subscription: string,
    partitions: readonly number[],
    owner: string,
    ttlMs: number,
  ): Promise<readonly Lease[]> {
    return this.#log.atomically(() => {
      if (!this.#tables.subscriptions.has(subscription)) throw subscriptionMissing(subscription);
      const now = this.#log.clock.now();
      return partitions.flatMap((partition) => {
        const row = this.#lease(subscription, partition);
        if (row === undefined || (row.owner !== undefined && row.expiresAt > now)) return [];
        const taken = {
          ...row,
          owner,
          expiresAt: now + ttlMs,
          token: row.token + 1,
          unclean: row.unclean + 1,
        };
        this.#keepLease(taken);
        const { token, low, ahead, unclean } = taken;
        return [{ subscription, partition, token, low, ahead, unclean }];
      });
    });
  }

  async renew(leases: readonly LeaseName[], ttlMs: number): Promise<readonly LeaseName[]> {
    return this.#log.atomically(() => {
      const expiresAt = this.#log.clock.now() + ttlMs;
      return leases.filter((lease) => {
        const row = this.#held(lease);
        if (row !== undefined) this.#keepLease({ ...row, expiresAt });
        return row !== undefined;
      });
    });
  }

  async release(leases: readonly LeaseName[]): Promise<void> {
    return this.#log.atomically(() => {
      for (const lease of leases) {
        const row = this.#held(lease);
        if (row !== undefined) this.#keepLease({ ...row, owner: undefined, unclean: 0 });
      }
    });
  }

  async heldKeys(subscription: string, partitions: readonly number[]): Promise<readonly HeldKey[]> {
    return this.#log.exclusively(() =>
      [...this.#tables.held.values()]
        .filter((row) => row.subscription === subscription && partitions.includes(row.partition))
        .map(({ subscription: _, ...held }) => held),
    );
  }

  async commit(batch: DeliveryBatch): Promise<BatchOutcome> {
    try {
      return { ok: true, results: await this.#log.atomically(() => this.#commitWithin(batch)) };
    } catch (error) {
      if (error instanceof UnitFailed) return { ok: false, unit: error.unit, error: error.cause };
      throw error;
    }
  }

  async checkpoints(subscription?: string): Promise<readonly CheckpointInfo[]> {
    return this.#log.exclusively(() => {
      const now = this.#log.clock.now();
      const held = new Map<string, number>();
      for (const row of this.#tables.held.values()) {
        const key = rowKey(row.subscription, row.partition);
        held.set(key, (held.get(key) ?? 0) + 1);
      }
      return [...this.#tables.leases.values()]
        .filter((row) => subscription === undefined || row.subscription === subscription)
        .sort((a, b) => compare(a.subscription, b.subscription) || a.partition - b.partition)
        .map(({ token: _, expiresAt, ...row }) => ({
          ...row,
          isLeased: row.owner !== undefined && expiresAt > now,
          leasedForMs: row.owner === undefined ? 0 : Math.max(0, expiresAt - now),
          heldKeys: held.get(rowKey(row.subscription, row.partition)) ?? 0,
        }));
    });
  }

  async forget(subscription: string, actor?: string): Promise<void> {
    return this.#log.atomically(() => {
      if (!this.#tables.forget(subscription)) return;
      record(this.#log, { action: 'forget', actor, subscription });
      this.#tables.watchers.notify();
    });
  }

  async setPaused(subscription: string, isPaused: boolean, actor?: string): Promise<void> {
    return this.#log.atomically(() => {
      if (!this.#tables.subscriptions.has(subscription)) throw subscriptionMissing(subscription);
      const paused = isPaused ? { actor, at: this.#log.clock.now() } : undefined;
      this.#tables.revise(subscription, { paused });
      record(this.#log, { action: isPaused ? 'pause' : 'resume', actor, subscription });
    });
  }

  async due(limit: number): Promise<DueEvents> {
    checkWholeNumber('limit', limit, 1, MAX_DUE);
    return this.#log.exclusively(() => {
      const now = this.#log.clock.now();
      const all = [...this.#log.scheduled.values()].sort(
        (a, b) => a.dueAt - b.dueAt || compare(a.name, b.name),
      );
      const events = all.filter(({ dueAt }) => dueAt <= now).slice(0, limit);
      return { events, nextAt: all[events.length]?.dueAt };
    });
  }

  async scheduled(names: readonly string[]): Promise<readonly ScheduledEvent[]> {
    return this.#log.exclusively(() => names.flatMap((name) => this.#log.scheduled.get(name) ?? []));
  }

  watch(listener: () => void): () => void {
    return this.#tables.watchers.add(listener);
  }

  async #commitWithin(batch: DeliveryBatch): Promise<readonly CommitResult[]> {
    const { subscription, progress, units, hold, release, letters } = batch;
    const lost = progress.filter((place) => this.#held({ ...place, subscription }) === undefined);
    if (lost.length > 0)
      throw leaseLost(
        subscription,
        lost.map(({ partition }) => partition),
      );
    const results: CommitResult[] = [];
    for (const unit of units) {
      try {
        results.push(await commitWithin(this.#log, unit));
      } catch (cause) {
        throw new UnitFailed(unit.id, cause);
      }
    }
    for (const { partition, orderKey } of release)
      this.#tables.held.delete(rowKey(subscription, partition, orderKey));
    for (const held of hold)
      this.#tables.held.set(rowKey(subscription, held.partition, held.orderKey), { ...held, subscription });
    for (const change of letters) changeLetter(this.#log, subscription, change);
    for (const place of progress) this.#moveOn(place);
    return results;
  }

  #moveOn({ subscription, partition, low, ahead }: Progress): void {
    const row = this.#lease(subscription, partition);
    if (row !== undefined) this.#keepLease({ ...row, low, ahead, unclean: low > row.low ? 0 : row.unclean });
  }

  #lease(subscription: string, partition: number): LeaseRow | undefined {
    return this.#tables.leases.get(rowKey(subscription, partition));
  }

  /** The row of a lease that nobody else has taken. */
  #held({ subscription, partition, token }: LeaseName): LeaseRow | undefined {
    const row = this.#lease(subscription, partition);
    return row?.token === token && row.owner !== undefined ? row : undefined;
  }

  #keepLease(row: LeaseRow): void {
    this.#tables.leases.set(rowKey(row.subscription, row.partition), row);
  }

  #ownersOf(subscription: string): readonly string[] {
    const now = this.#log.clock.now();
    return [...this.#tables.owners.values()]
      .filter((row) => row.subscription === subscription && row.until > now)
      .map(({ owner }) => owner)
      .sort();
  }
}

/** Carries the failure of a unit out of the transaction that it undoes. */
class UnitFailed extends Error {
  readonly unit: string;

  constructor(unit: string, cause: unknown) {
    super('A unit of a batch has failed.', { cause });
    this.unit = unit;
  }
}

function infoOf(name: string, { partitions, revision, paused }: SubscriptionRow): SubscriptionInfo {
  return { name, partitions, revision, paused };
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
