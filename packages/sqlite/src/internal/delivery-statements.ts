import type { HeldKey } from 'mortar/delivery';
import type { Position } from 'mortar/event-store';
import type { Connection, Statement } from './driver/driver.js';

/** A subscription. */
export type SubscriptionRow = readonly [
  name: string,
  partitions: number,
  revision: number,
  pausedAt: number | null,
  pausedBy: string | null,
];

/** What a taken lease is. */
export type LeaseRow = readonly [
  partition: number,
  token: number,
  low: Position,
  ahead: Uint8Array | null,
  unclean: number,
];

/** A held key. */
export type HeldRow = readonly [
  partition: number,
  orderKey: string,
  first: Position,
  last: Position,
  state: HeldKey['state'],
  attempts: number,
  dueAt: number,
  failures: string,
];

/** A partition of a subscription, and how many keys are held in it. */
export type CheckpointRow = readonly [
  subscription: string,
  partition: number,
  low: Position,
  ahead: Uint8Array | null,
  owner: string | null,
  expiresAt: number,
  unclean: number,
  heldKeys: number,
];

/** A scheduled event. */
export type ScheduledRow = readonly [name: string, dueAt: number, event: string];

const SUBSCRIPTION = 'name, partitions, revision, paused_at, paused_by';
const LIST = '(SELECT value FROM json_each(?))';
/** A lease is the caller's while nobody has taken it since, expired or not. */
const MINE = 'subscription = ? AND partition = ? AND token = ? AND owner IS NOT NULL';
/** Until when, and what names the lease. */
export const RENEW: string = `UPDATE mortar_leases SET expires_at = ? WHERE ${MINE}`;

/** What changes about delivery, on the connection that writes. */
export interface DeliveryChanges {
  readonly find: Statement<SubscriptionRow>;
  readonly head: Statement<readonly [Position | null]>;
  readonly register: Statement<never>;
  readonly addPartition: Statement<never>;
  readonly announce: Statement<never>;
  readonly forgetOwners: Statement<never>;
  readonly owners: Statement<readonly [string]>;
  readonly withdraw: Statement<never>;
  readonly acquire: Statement<LeaseRow>;
  readonly renew: Statement<never>;
  readonly release: Statement<never>;
  readonly moveOn: Statement<never>;
  readonly hold: Statement<never>;
  readonly letGo: Statement<never>;
  readonly revise: Statement<never>;
  readonly pause: Statement<never>;
  readonly forget: readonly Statement<never>[];
}

/** What is read of delivery, on the connection that reads. */
export interface DeliveryReads {
  readonly subscriptions: Statement<SubscriptionRow>;
  readonly held: Statement<HeldRow>;
  readonly checkpoints: Statement<CheckpointRow>;
  readonly due: Statement<ScheduledRow>;
  readonly nextDue: Statement<readonly [number]>;
  readonly scheduled: Statement<ScheduledRow>;
}

/** Prepares what changes. */
export function prepareChanges(writer: Connection): DeliveryChanges {
  const sql = <Row>(text: string): Statement<Row> => writer.prepare(text, 'tuples');
  return {
    find: sql(`SELECT ${SUBSCRIPTION} FROM mortar_subscriptions WHERE name = ?`),
    head: sql('SELECT max(position) FROM mortar_events'),
    register: sql('INSERT INTO mortar_subscriptions (name, partitions) VALUES (?, ?)'),
    addPartition: sql(`INSERT INTO mortar_leases (subscription, partition, low, token)
      SELECT ?, ?, ?, token FROM mortar_spent_tokens`),
    announce: sql('INSERT OR REPLACE INTO mortar_owners VALUES (?, ?, ?)'),
    forgetOwners: sql('DELETE FROM mortar_owners WHERE until <= ?'),
    owners: sql('SELECT owner FROM mortar_owners WHERE subscription = ? AND until > ? ORDER BY owner'),
    withdraw: sql('DELETE FROM mortar_owners WHERE owner = ?'),
    acquire: sql(`UPDATE mortar_leases SET owner = ?, expires_at = ?, token = token + 1, unclean = unclean + 1
      WHERE subscription = ? AND partition = ? AND (owner IS NULL OR expires_at <= ?)
      RETURNING partition, token, low, ahead, unclean`),
    renew: sql(RENEW),
    release: sql(`UPDATE mortar_leases SET owner = NULL, unclean = 0 WHERE ${MINE}`),
    moveOn:
      sql(`UPDATE mortar_leases SET unclean = CASE WHEN ? > low THEN 0 ELSE unclean END, low = ?, ahead = ?
      WHERE ${MINE}`),
    hold: sql('INSERT OR REPLACE INTO mortar_held_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    letGo: sql('DELETE FROM mortar_held_keys WHERE subscription = ? AND partition = ? AND order_key = ?'),
    revise: sql('UPDATE mortar_subscriptions SET revision = revision + 1 WHERE name = ?'),
    pause: sql('UPDATE mortar_subscriptions SET paused_at = ?, paused_by = ? WHERE name = ?'),
    forget: [
      sql(`UPDATE mortar_spent_tokens SET token = max(token,
        coalesce((SELECT max(token) FROM mortar_leases WHERE subscription = ?), 0))`),
      sql('DELETE FROM mortar_subscriptions WHERE name = ?'),
      sql('DELETE FROM mortar_leases WHERE subscription = ?'),
      sql('DELETE FROM mortar_held_keys WHERE subscription = ?'),
      sql('DELETE FROM mortar_owners WHERE subscription = ?'),
    ],
  };
}

/** Prepares what reads. */
export function prepareReads(reader: Connection): DeliveryReads {
  const sql = <Row>(text: string): Statement<Row> => reader.prepare(text, 'tuples');
  return {
    subscriptions: sql(`SELECT ${SUBSCRIPTION} FROM mortar_subscriptions ORDER BY name`),
    held: sql(`SELECT partition, order_key, first, last, state, attempts, due_at, failures FROM mortar_held_keys
      WHERE subscription = ? AND partition IN ${LIST}`),
    checkpoints: sql(`SELECT l.subscription, l.partition, l.low, l.ahead, l.owner, l.expires_at, l.unclean,
      (SELECT count(*) FROM mortar_held_keys AS h WHERE h.subscription = l.subscription AND h.partition = l.partition)
      FROM mortar_leases AS l WHERE ? IS NULL OR l.subscription = ? ORDER BY l.subscription, l.partition`),
    due: sql(
      'SELECT name, due_at, event FROM mortar_scheduled WHERE due_at <= ? ORDER BY due_at, name LIMIT ?',
    ),
    nextDue: sql('SELECT due_at FROM mortar_scheduled ORDER BY due_at, name LIMIT 1 OFFSET ?'),
    scheduled: sql(`SELECT name, due_at, event FROM mortar_scheduled WHERE name IN ${LIST}`),
  };
}
