import type { StreamId, Version } from './place.js';

/** The state that a fold of a stream had come to, kept so that the next one begins there. Never the truth: it can be lost. */
export interface Snapshot {
  readonly streamId: StreamId;
  /** Stands for everything the state depends on besides the events. One of another fingerprint is of no use. */
  readonly fingerprint: string;
  /** The last event that is in the state. */
  readonly version: Version;
  /** Its id, by which it is seen whether the snapshot is of this very log. */
  readonly eventId: string;
  /** The codec's text. */
  readonly state: string;
}

/** How old a snapshot is when a newer one of another fingerprint of its stream removes it, in milliseconds. */
export const SNAPSHOT_KEPT_MS: number = 7 * 24 * 3_600_000;

/**
 * The port to snapshots. Each method is atomic. A store keeps at most one of a stream and a fingerprint, so that old and new
 * code may each have their own while a deployment is under way. Methods reject as those of `EventStore` do, and for what is
 * malformed with `MORTAR_STREAM_ID_INVALID` or `MORTAR_OPTIONS_INVALID`.
 */
export interface SnapshotStore {
  /** As it was saved, byte for byte; nothing if there is none. */
  find(streamId: StreamId, fingerprint: string): Promise<Snapshot | undefined>;
  /**
   * Puts a snapshot in place of the stream's other one of its fingerprint, unless that is as new or newer: then nothing happens.
   * Removes those of other fingerprints of the stream that were saved a week ago or earlier, by the clock of the store.
   */
  save(snapshot: Snapshot): Promise<void>;
  /** Removes those of a stream, of every fingerprint. */
  remove(streamId: StreamId): Promise<void>;
}
