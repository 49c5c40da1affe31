import type { PortMethod } from '../contracts/index.js';

/** On whose behalf a call is made: what a message carries on. Absent fields are not known. */
export interface CallIdentity {
  /** Shared by all that follows from one request. */
  readonly correlationId?: string;
  /** The id of the message that caused the call. */
  readonly causationId?: string;
  /** Who asked for it, at the edge; never the module in between. */
  readonly actor?: string;
  readonly tenant?: string;
  /** W3C Trace Context. */
  readonly traceparent?: string;
}

/** What the serving side is told about one attempt of a call. */
export interface LocalCall extends CallIdentity {
  /** Aborted when the caller gives up or the time of the call is over. */
  readonly signal: AbortSignal;
  /** The same for every attempt of one call; absent where a call is attempted once. */
  readonly idempotencyKey?: string;
  /** The context of the handler that waits for the answer, where it is one of this process. */
  readonly from?: object;
}

/** The ports that are implemented in this process. */
export interface LocalPorts {
  /** Whether the method of this name, `<port>.<method>`, is implemented here. */
  has(method: string): boolean;
  /** The names of all methods that are implemented here, in any order. */
  names(): readonly string[];
  /**
   * Runs the implementation and answers with its result, as the result schema gives it. `data` is what the data
   * schema takes. Both are checked here: rejects with `MORTAR_DATA_INVALID`, `MORTAR_RESULT_INVALID`, or the error of
   * the implementation as it is. Does not authorize; ports do, before they call. Concurrent calls do not wait for
   * one another.
   */
  call(method: PortMethod, data: unknown, call: LocalCall): Promise<unknown>;
}
