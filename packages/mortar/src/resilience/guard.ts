/** What a guard is. */
export type GuardKind = 'timeout' | 'retry' | 'circuit-breaker' | 'bulkhead' | 'fallback' | 'wrap';

/** A guard as plain data, for a console or a status report. */
export interface GuardDescription {
  readonly kind: GuardKind;
  /** The options it was made with, defaults filled in. Durations are in milliseconds. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How it stands at this moment; absent for a guard that keeps no state. */
  readonly state?: Readonly<Record<string, unknown>>;
  /** The guards inside, from the outermost; for `wrap` alone. */
  readonly guards?: readonly GuardDescription[];
}

/**
 * What stands between a caller and work that may fail: it may limit, repeat, refuse or replace the work.
 * One guard may run any number of works at once; what it counts (failures, slots) it counts over all of them.
 */
export interface Guard {
  /**
   * Runs the work under the guard and answers with its result.
   *
   * - The signal given to the work is aborted when the caller's is, or when the guard gives the work up.
   * - What the work throws passes through untouched; the guard's own refusals are `MortarError`s:
   *   `MORTAR_CIRCUIT_OPEN`, `MORTAR_BULKHEAD_FULL`, `MORTAR_TIMEOUT`.
   * - An aborted caller gets its signal's reason; work that is not yet running is then not started.
   */
  execute<T>(work: (signal: AbortSignal) => PromiseLike<T> | T, signal?: AbortSignal): Promise<T>;
  describe(): GuardDescription;
}
