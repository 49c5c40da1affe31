import {
  checkSnapshot,
  checkSnapshotName,
  SNAPSHOT_KEPT_MS,
  type Snapshot,
  type SnapshotStore,
  type StreamId,
  streamId as streamIdOf,
  type Version,
} from 'mortar/event-store';
import type { Database } from './internal/connection/database.js';
import { change } from './internal/connection/transacting.js';
import { text } from './internal/reading/rows.js';

/** Snapshots on PostgreSQL. */
export class PostgresSnapshotStore implements SnapshotStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(streamId: StreamId, fingerprint: string): Promise<Snapshot | undefined> {
    checkSnapshotName(streamId, fingerprint);
    const [row] = await this.#database.rows({
      text: `SELECT version, event_id, state FROM ${this.#database.schema}.snapshots WHERE stream_id = $1 AND fingerprint = $2`,
      values: [streamId, fingerprint],
    });
    if (row === undefined) return undefined;
    const [version, eventId, state] = row;
    return {
      streamId,
      fingerprint,
      version: Number(version) as Version,
      eventId: text(eventId),
      state: text(state),
    };
  }

  async save(snapshot: Snapshot): Promise<void> {
    checkSnapshot(snapshot);
    const { streamId, fingerprint, version, eventId, state } = snapshot;
    await change(this.#database, {
      text: `SELECT ${this.#database.schema}.save_snapshot($1, $2, $3, $4, $5, $6)`,
      values: [streamId, fingerprint, version, eventId, state, SNAPSHOT_KEPT_MS],
    });
  }

  async remove(streamId: StreamId): Promise<void> {
    streamIdOf(streamId);
    await change(this.#database, {
      text: `DELETE FROM ${this.#database.schema}.snapshots WHERE stream_id = $1`,
      values: [streamId],
    });
  }
}
