import { type Clock, redactText } from '../../contracts/index.js';
import {
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from '../../errors/index.js';
import type { HealthCheck, HealthData, HealthReportLine, HealthResult } from '../health-check.js';

const MAX_TEXT = 500;
const STATUSES: readonly string[] = ['healthy', 'degraded', 'unhealthy'];

/** Runs one check to its line of the report. Never rejects, whatever the check is. */
export async function runCheck(
  check: HealthCheck,
  index: number,
  timeoutMs: number,
  clock: Clock,
): Promise<HealthReportLine> {
  const startedAt = clock.now();
  const { name, isCritical } = identityOf(check, index);
  const result = await resultOf(check, timeoutMs, clock);
  return { name, isCritical, ...result, durationMs: Math.max(0, clock.now() - startedAt) };
}

async function resultOf(check: HealthCheck, timeoutMs: number, clock: Clock): Promise<HealthResult> {
  try {
    const limitMs = check.timeoutMs ?? timeoutMs;
    checkWholeNumber('timeoutMs', limitMs, 1, MAX_DELAY_MS);
    return checkedResult(await answerWithin(check, limitMs, clock));
  } catch (error) {
    return { status: 'unhealthy', detail: detailOf(error) };
  }
}

async function answerWithin(check: HealthCheck, timeoutMs: number, clock: Clock): Promise<unknown> {
  const controller = new AbortController();
  const { signal } = controller;
  let callOff = (): void => undefined;
  const late = new Promise<never>((_, reject) => {
    callOff = clock.after(timeoutMs, () => {
      const error = noAnswer(timeoutMs);
      reject(error);
      controller.abort(error);
    });
  });
  try {
    return await Promise.race([check.check({ signal }), late]);
  } finally {
    callOff();
  }
}

function noAnswer(timeoutMs: number): MortarError {
  return new MortarError('MORTAR_TIMEOUT', {
    rule: 'A health check ends in time.',
    expected: `an answer within ${timeoutMs} ms`,
    got: 'none yet',
  });
}

/** Takes nothing over but what a result may have. */
function checkedResult(answer: unknown): HealthResult {
  const isObject = typeof answer === 'object' && answer !== null;
  const { status, detail, data }: Partial<HealthResult> = isObject ? answer : {};
  checkOneOf('status', status, STATUSES);
  return {
    status: status ?? 'unhealthy',
    ...(detail === undefined ? {} : { detail: tell(detail) }),
    ...(data === undefined || data === null ? {} : { data: plain(data) }),
  };
}

/** Figures as they are, texts without secrets, anything else by its kind. */
function plain(data: object): HealthData {
  const entries = Object.entries(data).map(([key, value]: [string, unknown]) => {
    const isFigure = value === null || typeof value === 'boolean' || Number.isFinite(value);
    return [key, isFigure ? value : tell(value)];
  });
  return Object.fromEntries(entries);
}

/** The identity is read with care, since reading may run code that throws. */
function identityOf(check: HealthCheck, index: number): Pick<HealthReportLine, 'name' | 'isCritical'> {
  const unnamed = `check ${index + 1}`;
  try {
    const { name, isCritical }: { name: unknown; isCritical?: unknown } = check;
    return {
      name: typeof name === 'string' && name !== '' ? tell(name) : unnamed,
      isCritical: isCritical !== false,
    };
  } catch {
    return { name: unnamed, isCritical: true };
  }
}

/** What was thrown, without its stack, which names paths. */
function detailOf(error: unknown): string {
  try {
    if (error instanceof MortarError) return tell(error.message);
    if (error instanceof Error) return tell(`${error.name}: ${error.message}`);
  } catch {
    return 'an error that can not be read';
  }
  return tell(error);
}

/** Redacted before it is cut: half a secret could no longer be known for one. */
function tell(value: unknown): string {
  const text = redactText(typeof value === 'string' ? value : describeValue(value));
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
