import type { Clock, CodecOptions } from '../contracts/index.js';
import type { EventStore, SnapshotStore } from '../event-store/index.js';
import type { Logger } from '../logging/logger.js';

/** What aggregates are loaded and kept with. */
export interface SourcingParts {
  readonly events: EventStore;
  /** Without one, no snapshots are looked for and none are saved. */
  readonly snapshots?: SnapshotStore | undefined;
  readonly codec?: CodecOptions | undefined;
  /** The machine's unless given. */
  readonly clock?: Clock | undefined;
  /** Says nothing unless given. */
  readonly logger?: Logger | undefined;
}
