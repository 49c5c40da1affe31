import type { Position } from '../../event-store/index.js';
import type { GenerationState } from '../../read-models/index.js';

/** How one generation stands: plain data. */
export interface GenerationStatus {
  readonly number: number;
  readonly state: GenerationState;
  readonly fingerprint: string;
  /** Whether it is of the code of this process. */
  readonly isOwn: boolean;
  /** Whether this process reads it. */
  readonly isRead: boolean;
  /** What this process is at with it; `idle` where it is not of its code, or is not worked at. */
  readonly activity: 'preparing' | 'catchingUp' | 'delivering' | 'idle';
  readonly isPaused: boolean;
  /** Everything up to here is in it, or waits in its ledger. */
  readonly position: Position;
  /** Positions between there and the head of the log, none where nothing of its types is among them. */
  readonly lagEvents: number;
  /** How long ago the first event was recorded that is not in it; 0 where there is none. */
  readonly lagMs: number;
  /** While it is caught up in this process. */
  readonly eventsPerSecond: number | undefined;
  /** How long that will still take, as it has gone of late. */
  readonly leftMs: number | undefined;
  /** Keys that wait: for a retry, or for their dead letter. */
  readonly heldKeys: number;
  readonly deadLetters: number;
  readonly begunAt: number;
}

/** How a projection stands. */
export interface ProjectionStatus {
  /** `<module>/<projection>`. */
  readonly name: string;
  readonly placement: 'async' | 'live';
  /** Of the code of this process. */
  readonly fingerprint: string;
  /** By number; none of one that is folded when it is read. */
  readonly generations: readonly GenerationStatus[];
}
