import type { ErrorCategory, ErrorCode } from '../errors/index.js';
import type { CircuitState } from '../resilience/index.js';

/**
 * How calls of one method by one module went. Plain data. At every moment
 * `calls = inFlight + succeeded + aborted + the sum of failures`.
 */
export interface PortStats {
  readonly port: string;
  readonly method: string;
  /** The module that calls; absent at an edge. */
  readonly consumer: string | undefined;
  readonly calls: number;
  readonly inFlight: number;
  readonly succeeded: number;
  /** Calls that their caller gave up. */
  readonly aborted: number;
  readonly failures: Readonly<Record<ErrorCategory, number>>;
  /** Attempts after the first, over all calls. */
  readonly retries: number;
  /** Calls, among the failures, that a guard refused. */
  readonly refused: { readonly circuitBreaker: number; readonly bulkhead: number };
  /** Calls, among the failures, whose time was over. */
  readonly timeouts: number;
  /** Of all calls that have ended. */
  readonly durationMs: { readonly total: number; readonly longest: number };
  /** Of the circuit that all methods of the port share for this module; absent where the policy has none. */
  readonly circuit: CircuitState | undefined;
}

/** How one call ended. */
export interface CallReport {
  readonly port: string;
  readonly method: string;
  /** The module that calls; absent at an edge. */
  readonly consumer: string | undefined;
  readonly outcome: 'succeeded' | 'failed' | 'aborted';
  /** Of the error, where the call failed. */
  readonly category: ErrorCategory | undefined;
  /** Of the error, where the call failed with one of Mortar's. */
  readonly code: ErrorCode | undefined;
  /** How often the implementation was called; 0 for a call that was refused before. */
  readonly attempts: number;
  readonly durationMs: number;
  /** Where the last attempt went; absent where there was none. */
  readonly served: 'here' | 'remotely' | undefined;
  readonly correlationId: string;
}

/** Told of every call that has ended. What it throws is logged and otherwise ignored. */
export type CallObserver = (report: CallReport) => void;
