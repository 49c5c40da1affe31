/** How the delivery of one event to one subscription ended. */
export type Outcome = HandledOutcome | UnhandledOutcome;

/** The handler finished. */
export interface HandledOutcome {
  readonly subscription: string;
  readonly status: 'handled';
  /** How often the handler was called. */
  readonly attempts: number;
}

/** The handler did not finish, and will not be called again. */
export interface UnhandledOutcome {
  readonly subscription: string;
  /**
   * `dead`: a dead letter keeps the event. `skipped`: the failure policy said so.
   * `held`: it waits in the log behind a dead letter of its key.
   * `lost`: there is no dead-letter sink, or it failed too; the error says which.
   */
  readonly status: 'dead' | 'skipped' | 'held' | 'lost';
  readonly attempts: number;
  /** Of the last attempt. */
  readonly error: unknown;
  /** Of the dead letter, where there is one. */
  readonly deadLetterId?: string;
}
