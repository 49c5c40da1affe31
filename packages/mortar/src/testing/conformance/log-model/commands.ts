import type { StreamState } from '../../../event-store/index.js';

/** An event of the model. Its id stands for one event of all commands, so that it can come again. */
export interface ModelEvent {
  readonly id: number;
  readonly type: number;
  readonly body: number;
  /** Without repetitions. */
  readonly tags: readonly number[];
  readonly key: number | undefined;
}

/** Events for one stream of the model, or for none. */
export interface ModelAppend {
  readonly stream: number | undefined;
  readonly expected: 'any' | 'noStream' | 'streamExists' | number;
  readonly events: readonly ModelEvent[];
}

/** A condition over what came after all events but the last few. */
export interface ModelCondition {
  readonly types: readonly number[] | undefined;
  readonly tags: readonly number[] | undefined;
  /** How many of the last events its query was read before. */
  readonly behind: number;
}

/** An append, or a unit with more than that. */
export interface Change {
  readonly kind: 'change';
  readonly appends: readonly ModelAppend[];
  readonly condition: ModelCondition | undefined;
  /** Absent for a plain append. */
  readonly unit:
    | {
        /** A key that its write inserts. */
        readonly effect: number | undefined;
        readonly keep: { readonly key: number; readonly digest: number } | undefined;
        readonly message: number | undefined;
      }
    | undefined;
}

/** What is done to a log: plain data, so that any generator can make it. */
export type LogCommand =
  | Change
  /** All at once: what comes of them is what would come of them one after the other, in some order. */
  | { readonly kind: 'together'; readonly changes: readonly Change[] }
  | { readonly kind: 'state'; readonly stream: number; readonly state: StreamState }
  | {
      readonly kind: 'readAll';
      /** After so many events. */
      readonly skip: number;
      readonly limit: number;
      readonly isBackwards: boolean;
      readonly types: readonly number[] | undefined;
      readonly streams: readonly number[] | undefined;
      readonly tags: readonly number[] | undefined;
      readonly withoutArchived: boolean;
    }
  | {
      readonly kind: 'readStream';
      readonly stream: number;
      readonly from: number | undefined;
      readonly to: number | undefined;
      readonly limit: number;
      readonly isBackwards: boolean;
    };
