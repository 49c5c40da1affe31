import { systemClock } from '../bus/bus-options.js';
import type { Awaitable } from '../bus/index.js';
import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { runCheck } from './internal/check-run.js';

/** How something stands: it works, it works less well than it should, it does not work. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** What a health check may tell beside the status: figures for a console. No secrets; known forms of them are replaced. */
export type HealthData = Readonly<Record<string, string | number | boolean | null>>;

/** What a health check finds. */
export interface HealthResult {
  readonly status: HealthStatus;
  /** Why, for a person. */
  readonly detail?: string;
  readonly data?: HealthData;
}

/** Finds out how one thing stands. */
export interface HealthCheck {
  readonly name: string;
  /** The signal is aborted when the time is over; the answer then counts no more. A check must not block the thread. */
  readonly check: (call: { readonly signal: AbortSignal }) => Awaitable<HealthResult>;
  /** How long it may take; that of `runHealthChecks` unless said. */
  readonly timeoutMs?: number;
  /** Whether all is unhealthy when this is; else it is degraded. True unless said. */
  readonly isCritical?: boolean;
}

/** One line of a report. */
export interface HealthReportLine extends HealthResult {
  readonly name: string;
  readonly isCritical: boolean;
  readonly durationMs: number;
}

/** How all stands, as plain data. */
export interface HealthReport {
  readonly status: HealthStatus;
  /** When the checks began, in milliseconds since the Unix epoch. */
  readonly checkedAt: number;
  readonly durationMs: number;
  /** In the order of the checks. */
  readonly checks: readonly HealthReportLine[];
}

/** How health checks are run. */
export interface HealthCheckOptions {
  /** How long a check may take that does not say so itself; 5,000 unless said. */
  readonly timeoutMs?: number;
  /** How many run at once; 32 unless said. */
  readonly concurrency?: number;
  readonly clock?: Clock;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_CONCURRENCY = 32;

/**
 * Runs all checks at once and reports on each. A check that throws, answers with something else or is late is unhealthy,
 * and the report says why; no check makes this reject. All is unhealthy if a critical check is, degraded if anything
 * else is not healthy.
 * @throws MortarError `MORTAR_OPTIONS_INVALID` for its own arguments
 */
export async function runHealthChecks(
  checks: readonly HealthCheck[],
  options: HealthCheckOptions = {},
): Promise<HealthReport> {
  const { timeoutMs, concurrency, clock } = checkedOptions(checks, options);
  const checkedAt = clock.now();
  const lines: HealthReportLine[] = [];
  const waiting = checks.entries();
  const lane = async (): Promise<void> => {
    // Lanes share the iterator, so each check is taken once.
    for (const [index, check] of waiting) lines[index] = await runCheck(check, index, timeoutMs, clock);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, checks.length) }, lane));
  return {
    status: overall(lines),
    checkedAt,
    durationMs: Math.max(0, clock.now() - checkedAt),
    checks: lines,
  };
}

function overall(lines: readonly HealthReportLine[]): HealthStatus {
  if (lines.some(({ status, isCritical }) => isCritical && status === 'unhealthy')) return 'unhealthy';
  return lines.every(({ status }) => status === 'healthy') ? 'healthy' : 'degraded';
}

function checkedOptions(checks: unknown, options: HealthCheckOptions): Required<HealthCheckOptions> {
  if (!Array.isArray(checks)) {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'runHealthChecks takes the checks to run.',
      expected: 'a list of checks',
      got: describeValue(checks),
    });
  }
  checkKeys('runHealthChecks', options, ['timeoutMs', 'concurrency', 'clock']);
  const { timeoutMs = DEFAULT_TIMEOUT_MS, concurrency = DEFAULT_CONCURRENCY, clock = systemClock } = options;
  checkWholeNumber('timeoutMs', timeoutMs, 1, MAX_DELAY_MS);
  checkWholeNumber('concurrency', concurrency, 1, 10_000);
  return { timeoutMs, concurrency, clock };
}
