import {
  checkSnapshot,
  checkSnapshotName,
  SNAPSHOT_KEPT_MS,
  type Snapshot,
  type SnapshotStore,
  type StreamId,
  streamId as streamIdOf,
} from '../event-store/index.js';
import { rowKey } from './internal/delivery-tables.js';
import type { MemoryLog } from './memory-log.js';

/** Snapshots in memory, over a log in memory. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #log: MemoryLog;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async find(streamId: StreamId, fingerprint: string): Promise<Snapshot | undefined> {
    checkSnapshotName(streamId, fingerprint);
    return this.#log.exclusively(() => this.#log.snapshots.get(rowKey(streamId, fingerprint))?.snapshot);
  }

  async save(snapshot: Snapshot): Promise<void> {
    checkSnapshot(snapshot);
    return this.#log.atomically(() => {
      const { snapshots, clock } = this.#log;
      const { streamId, fingerprint, version } = snapshot;
      const name = rowKey(streamId, fingerprint);
      if ((snapshots.get(name)?.snapshot.version ?? 0) >= version) return;
      const savedAt = clock.now();
      this.#removeOf(streamId, (other) => other.savedAt <= savedAt - SNAPSHOT_KEPT_MS);
      snapshots.set(name, { snapshot: Object.freeze({ ...snapshot }), savedAt });
    });
  }

  async remove(streamId: StreamId): Promise<void> {
    streamIdOf(streamId);
    return this.#log.atomically(() => this.#removeOf(streamId, () => true));
  }

  #removeOf(streamId: StreamId, isOver: (kept: { readonly savedAt: number }) => boolean): void {
    for (const [name, kept] of [...this.#log.snapshots.entries()])
      if (kept.snapshot.streamId === streamId && isOver(kept)) this.#log.snapshots.delete(name);
  }
}
