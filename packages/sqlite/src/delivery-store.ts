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
  type LeaseRenewalPlace,
  leaseLost,
  type StartFrom,
  type SubscriptionInfo,
  type SubscriptionPresence,
  subscriptionMissing,
} from 'mortar/delivery';
import { checkWholeNumber, MortarError } from 'mortar/errors';
import { BEGINNING, type Position, position } from 'mortar/event-store';
import type { CommitResult, ScheduledEvent } from 'mortar/unit-of-work';
import type { Database } from './internal/database/database.js';
import type { JobContext } from './internal/database/writer.js';
import {
  type DeliveryChanges,
  type DeliveryReads,
  prepareChanges,
  prepareReads,
  type ScheduledRow,
  type SubscriptionRow,
} from './internal/delivery-statements.js';
import { resultOf } from './internal/driver/result.js';
import { storeError } from './internal/errors.js';
import { eventOf, failuresOf } from './internal/kept-json.js';
import type { RenewalSettings } from './internal/lease-renewal.js';
import type { LetterKeeper } from './internal/letters/letter-keeper.js';
import type { UnitCommitter } from './internal/unit-committer.js';
import { bitmapOf, positionsOf } from './internal/window.js';

const MAX_PARTITIONS = 256;
const MAX_DUE = 10_000;

/** What a store of deliveries works with. */
export interface DeliveryStoreParts {
  readonly database: Database;
  readonly committer: UnitCommitter;
  readonly letters: LetterKeeper;
}

/** Checkpoints, leases and held keys in a SQLite file. Times are the machine's, which all of its processes share. */
export class SqliteDeliveryStore implements DeliveryStore {
  readonly renewalPlace: LeaseRenewalPlace | undefined;
  readonly #database: Database;
  readonly #committer: UnitCommitter;
  readonly #letters: LetterKeeper;
  readonly #changes: DeliveryChanges;
  readonly #reads: DeliveryReads;

  constructor({ database, committer, letters }: DeliveryStoreParts) {
    this.#database = database;
    this.#committer = committer;
    this.#letters = letters;
    this.#changes = prepareChanges(database.writer);
    this.#reads = prepareReads(database.reader);
    this.renewalPlace = renewalPlaceOf(database);
  }

  async register(
    name: string,
    from: StartFrom,
    partitions: number = DEFAULT_PARTITIONS,
  ): Promise<SubscriptionInfo> {
    checkWholeNumber('partitions', partitions, 1, MAX_PARTITIONS);
    if (typeof from === 'number') position(from);
    return this.#write(() => {
      const known = this.#changes.find.first([name]);
      if (known !== undefined) return infoOf(known);
      this.#changes.register.run([name, partitions]);
      const low = this.#startOf(from);
      for (let partition = 0; partition < partitions; partition += 1)
        this.#changes.addPartition.run([name, partition, low]);
      return { name, partitions, revision: 0, paused: undefined };
    });
  }

  async subscriptions(): Promise<readonly SubscriptionInfo[]> {
    return this.#database.read(() => this.#reads.subscriptions.all([]).map(infoOf));
  }

  async announce(
    owner: string,
    subscriptions: readonly string[],
    ttlMs: number,
  ): Promise<readonly SubscriptionPresence[]> {
    return this.#write(({ now }) => {
      const { forgetOwners, announce, find, owners } = this.#changes;
      forgetOwners.run([now]);
      for (const subscription of subscriptions) announce.run([owner, subscription, now + ttlMs]);
      return subscriptions.flatMap((name) => {
        const row = find.first([name]);
        if (row === undefined) return [];
        return [{ ...infoOf(row), owners: owners.all([name, now]).map(([one]) => one) }];
      });
    });
  }

  async withdraw(owner: string): Promise<void> {
    await this.#write(() => this.#changes.withdraw.run([owner]));
  }

  async acquire(
    subscription: string,
    partitions: readonly number[],
    owner: string,
    ttlMs: number,
  ): Promise<readonly Lease[]> {
    return this.#write(({ now }) => {
      const { find, acquire } = this.#changes;
      if (find.first([subscription]) === undefined) throw subscriptionMissing(subscription);
      return partitions.flatMap((wanted) => {
        const row = acquire.first([owner, now + ttlMs, subscription, wanted, now]);
        if (row === undefined) return [];
        const [partition, token, low, ahead, unclean] = row;
        return [{ subscription, partition, token, low, ahead: positionsOf(low, ahead), unclean }];
      });
    });
  }

  async renew(leases: readonly LeaseName[], ttlMs: number): Promise<readonly LeaseName[]> {
    return this.#write(({ now }) =>
      leases.filter((lease) => this.#changes.renew.run([now + ttlMs, ...nameOf(lease)]).changes > 0),
    );
  }

  async release(leases: readonly LeaseName[]): Promise<void> {
    await this.#write(() => {
      for (const lease of leases) this.#changes.release.run(nameOf(lease));
    });
  }

  async heldKeys(subscription: string, partitions: readonly number[]): Promise<readonly HeldKey[]> {
    return this.#database.read(() =>
      this.#reads.held
        .all([subscription, JSON.stringify(partitions)])
        .map(([partition, orderKey, first, last, state, attempts, dueAt, failures]) => ({
          partition,
          orderKey,
          first,
          last,
          state,
          attempts,
          dueAt,
          failures: failuresOf(failures),
        })),
    );
  }

  async commit(batch: DeliveryBatch): Promise<BatchOutcome> {
    try {
      const results = await this.#write((context) => this.#commitWithin(batch, context));
      return { ok: true, results };
    } catch (error) {
      if (error instanceof UnitFailed)
        return { ok: false, unit: error.unit, error: storeError(error.cause, this.#database.file) };
      // Some constraints are only looked at when the transaction ends.
      if (error instanceof MortarError && error.code === 'MORTAR_CONSTRAINT_VIOLATED')
        return { ok: false, unit: undefined, error };
      throw error;
    }
  }

  async checkpoints(subscription?: string): Promise<readonly CheckpointInfo[]> {
    const now = Date.now();
    const name = subscription ?? null;
    return this.#database.read(() =>
      this.#reads.checkpoints
        .all([name, name])
        .map(([owned, partition, low, ahead, owner, expiresAt, unclean, heldKeys]) => ({
          subscription: owned,
          partition,
          low,
          ahead: positionsOf(low, ahead),
          owner: owner ?? undefined,
          isLeased: owner !== null && expiresAt > now,
          leasedForMs: owner === null ? 0 : Math.max(0, expiresAt - now),
          unclean,
          heldKeys,
        })),
    );
  }

  async forget(subscription: string, actor?: string): Promise<void> {
    await this.#write((context) => {
      if (this.#changes.find.first([subscription]) === undefined) return;
      for (const statement of this.#changes.forget) statement.run([subscription]);
      this.#letters.record({ action: 'forget', actor, subscription }, context.now);
      context.mark('deliveries');
    });
  }

  async setPaused(subscription: string, isPaused: boolean, actor?: string): Promise<void> {
    await this.#write((context) => {
      const { find, pause, revise } = this.#changes;
      if (find.first([subscription]) === undefined) throw subscriptionMissing(subscription);
      pause.run([isPaused ? context.now : null, isPaused ? (actor ?? null) : null, subscription]);
      revise.run([subscription]);
      this.#letters.record({ action: isPaused ? 'pause' : 'resume', actor, subscription }, context.now);
      context.mark('deliveries');
    });
  }

  async due(limit: number): Promise<DueEvents> {
    checkWholeNumber('limit', limit, 1, MAX_DUE);
    const now = Date.now();
    return this.#database.read(() => {
      const events = this.#reads.due.all([now, limit]).map(scheduledOf);
      const [nextAt] = this.#reads.nextDue.first([events.length]) ?? [];
      return { events, nextAt };
    });
  }

  async scheduled(names: readonly string[]): Promise<readonly ScheduledEvent[]> {
    return this.#database.read(() => this.#reads.scheduled.all([JSON.stringify(names)]).map(scheduledOf));
  }

  watch(listener: () => void): () => void {
    return this.#database.watchers.add('deliveries', listener);
  }

  #write<T>(run: (context: JobContext) => T | Promise<T>): Promise<T> {
    return this.#database.write({ decidesFirst: false, run });
  }

  #startOf(from: StartFrom): Position {
    if (from !== 'now') return from === 'beginning' ? BEGINNING : from;
    return this.#changes.head.first([])?.[0] ?? BEGINNING;
  }

  /** The leases come first: whoever has lost one changes nothing, whatever the units would do. */
  async #commitWithin(batch: DeliveryBatch, context: JobContext): Promise<readonly CommitResult[]> {
    const { subscription, progress, units, hold, release, letters } = batch;
    const { moveOn, letGo, hold: keep } = this.#changes;
    const lost = progress.filter(({ low, ahead, partition, token }) => {
      const place = [low, low, bitmapOf(low, ahead), subscription, partition, token];
      return moveOn.run(place).changes === 0;
    });
    if (lost.length > 0)
      throw leaseLost(
        subscription,
        lost.map(({ partition }) => partition),
      );
    const results: CommitResult[] = [];
    for (const unit of units) results.push(await this.#commitUnit(unit, context));
    for (const { partition, orderKey } of release) letGo.run([subscription, partition, orderKey]);
    for (const held of hold) keep.run(heldRow(subscription, held));
    for (const change of letters) this.#letters.apply(subscription, change, context);
    return results;
  }

  async #commitUnit(unit: DeliveryBatch['units'][number], context: JobContext): Promise<CommitResult> {
    try {
      return await this.#committer.commit(unit, context);
    } catch (cause) {
      const result = resultOf(cause)?.primary;
      if (result !== undefined && result !== 'SQLITE_CONSTRAINT') throw cause;
      throw new UnitFailed(unit.id, cause);
    }
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

/** A store that is relaxed is not given a thread: its leases are renewed by the event loop alone. */
function renewalPlaceOf({ settings }: Database): LeaseRenewalPlace | undefined {
  const { durability, ...others } = settings;
  if (durability === 'relaxed') return undefined;
  const data: RenewalSettings = others;
  return { module: new URL('./internal/lease-renewal.js', import.meta.url).href, settings: data };
}

function infoOf([name, partitions, revision, pausedAt, pausedBy]: SubscriptionRow): SubscriptionInfo {
  const paused = pausedAt === null ? undefined : { actor: pausedBy ?? undefined, at: pausedAt };
  return { name, partitions, revision, paused };
}

function nameOf({ subscription, partition, token }: LeaseName): readonly [string, number, number] {
  return [subscription, partition, token];
}

function heldRow(subscription: string, held: HeldKey): readonly unknown[] {
  const { partition, orderKey, first, last, state, attempts, dueAt, failures } = held;
  return [subscription, partition, orderKey, first, last, state, attempts, dueAt, JSON.stringify(failures)];
}

function scheduledOf([name, dueAt, event]: ScheduledRow): ScheduledEvent {
  return { name, dueAt, event: eventOf(event) };
}
