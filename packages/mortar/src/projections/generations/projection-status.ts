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
  /** Whether every append brings it on. */
  readonly isInline: boolean;
  /**
   * Of an active one whose projection is placed inline in this process, and which is not inline: why, as far as this process knows.
   * `behind` the end of the log; `unresolved` dead letters or keys that wait; `busy` with appends that did not end in time; `failed`
   * where its fold did; `waiting` after another process, of other code, has demoted it; `otherCode` where it is not of this code.
   */
  readonly notInline:
    | 'behind'
    | 'paused'
    | 'unresolved'
    | 'busy'
    | 'failed'
    | 'waiting'
    | 'otherCode'
    | undefined;
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
  readonly placement: 'async' | 'live' | 'inline';
  /** Of the code of this process. */
  readonly fingerprint: string;
  /** By number; none of one that is folded when it is read. */
  readonly generations: readonly GenerationStatus[];
}
