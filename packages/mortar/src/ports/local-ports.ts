import type { MessageContext, RequestOrigin } from '../bus/index.js';
import type { PortMethod } from '../contracts/index.js';

/** What the serving side is told about one attempt of a call. */
export interface LocalCall extends RequestOrigin {
  /** Aborted when the caller gives up or the time of the call is over. */
  readonly signal: AbortSignal;
  /**
   * For the implementation: the same for every attempt of one call, and the same again when the handler of a message makes
   * the call anew. Nothing is kept for it. Absent only where a call from another process has none.
   */
  readonly idempotencyKey?: string;
  /** The context of the handler that waits for the answer, where it is one of this process. */
  readonly from?: MessageContext;
  /** The data is what the schema of the method gave that `methodOf` answers with: it must not be run through it again. */
  readonly isChecked?: boolean;
}

/** The ports that are implemented in this process. */
export interface LocalPorts {
  /** Whether the method of this name, `<port>.<method>`, is implemented here. */
  has(method: string): boolean;
  /**
   * The method of this name as it is implemented here: it decides about schemas, time and permission, whatever contract a
   * caller has in hand. Undefined where it is not implemented here, where `has` says false.
   */
  methodOf(method: string): PortMethod | undefined;
  /** The names of all methods that are implemented here, in any order. */
  names(): readonly string[];
  /**
   * Runs the implementation and answers with its result, as the result schema gives it. `data` is what the data
   * schema takes, or, where the call says `isChecked`, what it gave. Both are checked here: rejects with
   * `MORTAR_DATA_INVALID`, `MORTAR_RESULT_INVALID`, or the error of the implementation as it is. Does not authorize; ports
   * do, before they call. Concurrent calls do not wait for one another.
   */
  call(method: PortMethod, data: unknown, call: LocalCall): Promise<unknown>;
}
