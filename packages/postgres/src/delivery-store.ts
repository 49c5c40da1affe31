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
  type StartFrom,
  type SubscriptionInfo,
  type SubscriptionPresence,
  subscriptionMissing,
} from 'mortar/delivery';
import { checkWholeNumber } from 'mortar/errors';
import { type Position, position } from 'mortar/event-store';
import type { ScheduledEvent } from 'mortar/unit-of-work';
import type { Database } from './internal/connection/database.js';
import type { Notifications } from './internal/connection/notifications.js';
import { REMOVED_AT_ONCE } from './internal/connection/removing.js';
import { change, send, sendCommit, transact } from './internal/connection/transacting.js';
import { changeHeld, renewHeld } from './internal/leases/held-leases.js';
import { renewalPlaceOf } from './internal/leases/lease-renewal.js';
import { auditStatement } from './internal/letters/audit.js';
import { eventFrom, failuresFrom } from './internal/reading/documents.js';
import { type RawRow, text } from './internal/reading/rows.js';
import { aheadFrom } from './internal/units/ahead.js';
import type { BatchCommit } from './internal/units/batch-commit.js';

const MAX_PARTITIONS = 256;
const MAX_DUE = 10_000;
const INFO_COLUMNS = 'name, partitions, revision, paused_at, paused_by';

/** What the store of deliveries works with. */
export interface DeliveryStoreParts {
  readonly database: Database;
  readonly batches: BatchCommit;
  readonly notifications: Notifications;
}

/** What delivery keeps, on PostgreSQL. */
export class PostgresDeliveryStore implements DeliveryStore {
  readonly renewalPlace: LeaseRenewalPlace | undefined;
  readonly #parts: DeliveryStoreParts;

  constructor(parts: DeliveryStoreParts) {
    this.#parts = parts;
    this.renewalPlace = renewalPlaceOf(parts.database.options);
  }

  async register(
    name: string,
    from: StartFrom,
    partitions: number = DEFAULT_PARTITIONS,
  ): Promise<SubscriptionInfo> {
    checkWholeNumber('partitions', partitions, 1, MAX_PARTITIONS);
    if (typeof from === 'number') position(from);
    const { schema } = this.#database;
    const low = typeof from === 'number' ? `${from}` : from === 'now' ? `${schema}.safe_head()` : '0';
    return transact(this.#database, async (connection, begin) => {
      // Each taking of a lease is a transaction of its own, so the id of this one is greater than every token that was
      // given before: those of a subscription of this name that was forgotten stay spent.
      const [, , found] = await sendCommit(connection, [
        begin,
        {
          text: `WITH made AS (INSERT INTO ${schema}.subscriptions (name, partitions, revision) VALUES ($1, $2, 0)
              ON CONFLICT DO NOTHING RETURNING name)
            INSERT INTO ${schema}.leases (subscription, partition, token, expires_at, low, ahead, unclean)
            SELECT made.name, n, pg_current_xact_id()::text::bigint, 0, start.low, '', 0 FROM made, generate_series(0, $2::integer - 1) n,
              (SELECT ${low} AS low) start`,
          values: [name, partitions],
        },
        { text: `SELECT ${INFO_COLUMNS} FROM ${schema}.subscriptions WHERE name = $1`, values: [name] },
      ]);
      return infoOf(found?.[0] ?? []);
    });
  }

  async subscriptions(): Promise<readonly SubscriptionInfo[]> {
    const { schema } = this.#database;
    const rows = await this.#database.rows({
      text: `SELECT ${INFO_COLUMNS} FROM ${schema}.subscriptions ORDER BY name`,
    });
    return rows.map(infoOf);
  }

  async announce(
    owner: string,
    subscriptions: readonly string[],
    ttlMs: number,
  ): Promise<readonly SubscriptionPresence[]> {
    const { schema } = this.#database;
    const rows = await transact(this.#database, async (connection, begin) => {
      const [, , , found] = await sendCommit(connection, [
        begin,
        {
          text: `INSERT INTO ${schema}.owners (owner, subscription, until)
            SELECT $1, s, ${schema}.now_ms() + $3::bigint FROM unnest($2::text[]) AS s ORDER BY s
            ON CONFLICT (owner, subscription) DO UPDATE SET until = excluded.until`,
          values: [owner, [...new Set(subscriptions)], ttlMs],
        },
        // Of processes that have ended without withdrawing. What another one is at is left to it: nobody waits with locks of his own.
        {
          text: `DELETE FROM ${schema}.owners WHERE (owner, subscription) IN (SELECT owner, subscription FROM ${schema}.owners
            WHERE until <= ${schema}.now_ms() AND owner <> $1 ORDER BY owner, subscription
            LIMIT ${REMOVED_AT_ONCE} FOR UPDATE SKIP LOCKED)`,
          values: [owner],
        },
        {
          text: `SELECT ${INFO_COLUMNS}, (SELECT array_to_json(array_agg(o.owner ORDER BY o.owner)) FROM ${schema}.owners o
              WHERE o.subscription = name AND o.until > ${schema}.now_ms())
            FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place) JOIN ${schema}.subscriptions USING (name)
            ORDER BY wanted.place`,
          values: [subscriptions],
        },
      ]);
      return found ?? [];
    });
    return rows.map((row) => ({ ...infoOf(row), owners: JSON.parse(row[5] ?? '[]') }));
  }

  async withdraw(owner: string): Promise<void> {
    const { schema } = this.#database;
    await change(this.#database, { text: `DELETE FROM ${schema}.owners WHERE owner = $1`, values: [owner] });
  }

  async acquire(
    subscription: string,
    partitions: readonly number[],
    owner: string,
    ttlMs: number,
  ): Promise<readonly Lease[]> {
    const { schema } = this.#database;
    const rows = await change(this.#database, {
      text: `WITH free AS (SELECT partition FROM ${schema}.leases
          WHERE subscription = $1 AND partition = ANY ($2::integer[])
            AND (owner IS NULL OR expires_at <= ${schema}.now_ms()) ORDER BY partition FOR UPDATE)
        UPDATE ${schema}.leases l SET owner = $3, expires_at = ${schema}.now_ms() + $4::bigint, token = token + 1,
          unclean = unclean + 1 FROM free WHERE l.subscription = $1 AND l.partition = free.partition
        RETURNING l.partition, token, low, ahead, unclean`,
      values: [subscription, partitions, owner, ttlMs],
    });
    if (rows.length === 0 && !(await this.#isKnown(subscription))) throw subscriptionMissing(subscription);
    return rows
      .map((row) => leaseOf(subscription, row))
      .sort((one, other) => one.partition - other.partition);
  }

  async renew(leases: readonly LeaseName[], ttlMs: number): Promise<readonly LeaseName[]> {
    const rows = await renewHeld(this.#database, leases, ttlMs);
    const renewed = new Set(
      rows.map(([subscription, partition, token]) => `${partition} ${token} ${subscription}`),
    );
    return leases.filter(({ subscription, partition, token }) =>
      renewed.has(`${partition} ${token} ${subscription}`),
    );
  }

  async release(leases: readonly LeaseName[]): Promise<void> {
    await changeHeld(this.#database, leases, 'owner = NULL, unclean = 0', []);
  }

  async heldKeys(subscription: string, partitions: readonly number[]): Promise<readonly HeldKey[]> {
    const { schema } = this.#database;
    const rows = await this.#database.rows({
      text: `SELECT partition, order_key, first_position, last_position, state, attempts, due_at, failures
        FROM ${schema}.held_keys WHERE subscription = $1 AND partition = ANY ($2::integer[])`,
      values: [subscription, partitions],
    });
    return rows.map(heldKeyOf);
  }

  async commit(batch: DeliveryBatch): Promise<BatchOutcome> {
    const outcome = await this.#database.enter(() => this.#parts.batches.commit(batch));
    const { notifications } = this.#parts;
    if (!outcome.ok) return outcome;
    if (batch.units.some(({ appends }) => appends.length > 0)) notifications.notify('log');
    if (batch.units.some(({ schedule = [] }) => schedule.length > 0)) notifications.notify('deliveries');
    return outcome;
  }

  async checkpoints(subscription?: string): Promise<readonly CheckpointInfo[]> {
    const { schema } = this.#database;
    const rows = await this.#database.rows({
      text: `SELECT subscription, partition, low, ahead, owner,
          CASE WHEN owner IS NULL THEN 0 ELSE greatest(0, expires_at - ${schema}.now_ms()) END, unclean,
          (SELECT count(*) FROM ${schema}.held_keys h WHERE h.subscription = l.subscription AND h.partition = l.partition)
        FROM ${schema}.leases l WHERE $1::text IS NULL OR subscription = $1 ORDER BY subscription, partition`,
      values: [subscription ?? null],
    });
    return rows.map(checkpointOf);
  }

  async forget(subscription: string, actor?: string): Promise<void> {
    const { schema } = this.#database;
    await transact(this.#database, async (connection, begin) => {
      const [, [deleted] = []] = await send(connection, [
        begin,
        {
          text: `DELETE FROM ${schema}.subscriptions WHERE name = $1 RETURNING name`,
          values: [subscription],
        },
        { text: `DELETE FROM ${schema}.owners WHERE subscription = $1`, values: [subscription] },
      ]);
      const audit = auditStatement(this.#database, { action: 'forget', subscription, actor });
      await sendCommit(connection, deleted === undefined ? [] : [audit]);
    });
    this.#parts.notifications.notify('deliveries');
  }

  async setPaused(subscription: string, isPaused: boolean, actor?: string): Promise<void> {
    const { schema } = this.#database;
    await transact(this.#database, async (connection, begin) => {
      const [, [changed] = []] = await send(connection, [
        begin,
        {
          text: `UPDATE ${schema}.subscriptions SET revision = revision + 1,
            paused_at = CASE WHEN $2::boolean THEN ${schema}.now_ms() END, paused_by = CASE WHEN $2 THEN $3::text END
            WHERE name = $1 RETURNING name`,
          values: [subscription, isPaused, actor ?? null],
        },
      ]);
      if (changed === undefined) throw subscriptionMissing(subscription);
      const action = isPaused ? 'pause' : 'resume';
      await sendCommit(connection, [auditStatement(this.#database, { action, subscription, actor })]);
    });
    this.#parts.notifications.notify('deliveries');
  }

  async due(limit: number): Promise<DueEvents> {
    checkWholeNumber('limit', limit, 1, MAX_DUE);
    const { schema } = this.#database;
    const rows = await this.#database.rows({
      text: `SELECT name, due_at, event, due_at <= ${schema}.now_ms() FROM ${schema}.scheduled
        ORDER BY due_at, name LIMIT $1`,
      values: [limit + 1],
    });
    const due = rows.slice(0, limit).filter(([, , , isDue]) => isDue === 't');
    const next = rows[due.length];
    return { events: due.map(scheduledOf), nextAt: next === undefined ? undefined : Number(next[1]) };
  }

  async scheduled(names: readonly string[]): Promise<readonly ScheduledEvent[]> {
    const { schema } = this.#database;
    const rows = await this.#database.rows({
      text: `SELECT name, due_at, event FROM unnest($1::text[]) WITH ORDINALITY AS wanted (name, place)
        JOIN ${schema}.scheduled USING (name) ORDER BY wanted.place`,
      values: [names],
    });
    return rows.map(scheduledOf);
  }

  watch(listener: () => void): () => void {
    return this.#parts.notifications.add('deliveries', listener);
  }

  get #database(): Database {
    return this.#parts.database;
  }

  async #isKnown(subscription: string): Promise<boolean> {
    const { schema } = this.#database;
    const rows = await this.#database.rows({
      text: `SELECT 1 FROM ${schema}.subscriptions WHERE name = $1`,
      values: [subscription],
    });
    return rows.length > 0;
  }
}

function infoOf([name, partitions, revision, pausedAt, pausedBy]: RawRow): SubscriptionInfo {
  return {
    name: text(name),
    partitions: Number(partitions),
    revision: Number(revision),
    paused: pausedAt == null ? undefined : { actor: pausedBy ?? undefined, at: Number(pausedAt) },
  };
}

function leaseOf(subscription: string, [partition, token, low, ahead, unclean]: RawRow): Lease {
  const from = Number(low) as Position;
  return {
    subscription,
    partition: Number(partition),
    token: Number(token),
    low: from,
    ahead: aheadFrom(from, text(ahead)),
    unclean: Number(unclean),
  };
}

const HELD_STATES: readonly HeldKey['state'][] = ['retrying', 'running', 'dead'];

function heldKeyOf([partition, orderKey, first, last, state, attempts, dueAt, failures]: RawRow): HeldKey {
  return {
    partition: Number(partition),
    orderKey: text(orderKey),
    first: Number(first) as Position,
    last: Number(last) as Position,
    state: HELD_STATES.find((known) => known === state) ?? 'dead',
    attempts: Number(attempts),
    dueAt: Number(dueAt),
    failures: failuresFrom(text(failures)),
  };
}

function checkpointOf(row: RawRow): CheckpointInfo {
  const [subscription, partition, low, ahead, owner, leasedFor, unclean, heldKeys] = row;
  const leasedForMs = Number(leasedFor);
  const from = Number(low) as Position;
  return {
    subscription: text(subscription),
    partition: Number(partition),
    low: from,
    ahead: aheadFrom(from, text(ahead)),
    owner: owner ?? undefined,
    isLeased: leasedForMs > 0,
    leasedForMs,
    unclean: Number(unclean),
    heldKeys: Number(heldKeys),
  };
}

function scheduledOf([name, dueAt, event]: RawRow): ScheduledEvent {
  return { name: text(name), dueAt: Number(dueAt), event: eventFrom(text(event)) };
}
