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
import type { Database } from './internal/database/database.js';
import type { Statement } from './internal/driver/driver.js';

/** Snapshots in a SQLite file. */
export class SqliteSnapshotStore implements SnapshotStore {
  readonly #database: Database;
  readonly #find: Statement<readonly [version: Version, eventId: string, state: string]>;
  readonly #save: Statement<never>;
  readonly #removeOld: Statement<never>;
  readonly #remove: Statement<never>;

  constructor(database: Database) {
    const { reader, writer } = database;
    this.#database = database;
    this.#find = reader.prepare(FIND, 'tuples');
    this.#save = writer.prepare(SAVE, 'tuples');
    this.#removeOld = writer.prepare(REMOVE_OLD, 'tuples');
    this.#remove = writer.prepare('DELETE FROM mortar_snapshots WHERE stream = ?', 'tuples');
  }

  async find(streamId: StreamId, fingerprint: string): Promise<Snapshot | undefined> {
    checkSnapshotName(streamId, fingerprint);
    return this.#database.read(() => {
      const row = this.#find.first([streamId, fingerprint]);
      if (row === undefined) return undefined;
      const [version, eventId, state] = row;
      return { streamId, fingerprint, version, eventId, state };
    });
  }

  async save(snapshot: Snapshot): Promise<void> {
    checkSnapshot(snapshot);
    const { streamId, fingerprint, version, eventId, state } = snapshot;
    await this.#database.write({
      decidesFirst: true,
      run: ({ now }) => {
        const { changes } = this.#save.run([streamId, fingerprint, version, eventId, now, state]);
        if (changes > 0) this.#removeOld.run([streamId, fingerprint, now - SNAPSHOT_KEPT_MS]);
      },
    });
  }

  async remove(streamId: StreamId): Promise<void> {
    streamIdOf(streamId);
    await this.#database.write({ decidesFirst: true, run: () => void this.#remove.run([streamId]) });
  }
}

const FIND = 'SELECT version, event_id, state FROM mortar_snapshots WHERE stream = ? AND fingerprint = ?';
const SAVE = `INSERT INTO mortar_snapshots (stream, fingerprint, version, event_id, saved_at, state) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (stream, fingerprint) DO UPDATE SET version = excluded.version, event_id = excluded.event_id,
    saved_at = excluded.saved_at, state = excluded.state WHERE version < excluded.version`;
const REMOVE_OLD = 'DELETE FROM mortar_snapshots WHERE stream = ? AND fingerprint <> ? AND saved_at <= ?';
