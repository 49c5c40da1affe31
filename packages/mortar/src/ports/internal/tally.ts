import type { PortMethod } from '../../contracts/index.js';
import { type ErrorCategory, errorCodes } from '../../errors/index.js';
import type { CircuitState } from '../../resilience/index.js';
import type { CallReport, PortStats } from '../stats.js';

/** Why a call was given up by its own guards. */
export type Refusal = 'circuitBreaker' | 'bulkhead' | 'timeout';

/** Counts the calls of one method by one module. */
export class Tally {
  readonly #method: PortMethod;
  readonly #consumer: string | undefined;
  readonly #failures: Record<ErrorCategory, number> = noFailures();
  readonly #refused = { circuitBreaker: 0, bulkhead: 0 };
  #calls = 0;
  #ended = 0;
  #succeeded = 0;
  #aborted = 0;
  #retries = 0;
  #timeouts = 0;
  #totalMs = 0;
  #longestMs = 0;

  constructor(method: PortMethod, consumer: string | undefined) {
    this.#method = method;
    this.#consumer = consumer;
  }

  began(): void {
    this.#calls += 1;
  }

  ended(report: CallReport, refusal: Refusal | undefined): void {
    const { outcome, category, attempts, durationMs } = report;
    this.#ended += 1;
    if (outcome === 'succeeded') this.#succeeded += 1;
    else if (outcome === 'aborted') this.#aborted += 1;
    else this.#failures[category ?? 'internal'] += 1;
    if (attempts > 1) this.#retries += attempts - 1;
    if (refusal === 'timeout') this.#timeouts += 1;
    else if (refusal !== undefined) this.#refused[refusal] += 1;
    this.#totalMs += durationMs;
    this.#longestMs = Math.max(this.#longestMs, durationMs);
  }

  stats(circuit: CircuitState | undefined): PortStats {
    const { port, method } = this.#method;
    return {
      port,
      method,
      consumer: this.#consumer,
      calls: this.#calls,
      inFlight: this.#calls - this.#ended,
      succeeded: this.#succeeded,
      aborted: this.#aborted,
      failures: { ...this.#failures },
      retries: this.#retries,
      refused: { ...this.#refused },
      timeouts: this.#timeouts,
      durationMs: { total: this.#totalMs, longest: this.#longestMs },
      circuit,
    };
  }
}

function noFailures(): Record<ErrorCategory, number> {
  const categories = new Set<ErrorCategory>(Object.values(errorCodes));
  return Object.fromEntries([...categories].sort().map((category) => [category, 0])) as Record<
    ErrorCategory,
    number
  >;
}
