import {
  checkKeys,
  checkOneOf,
  checkWholeNumber,
  describeValue,
  MAX_DELAY_MS,
  MortarError,
} from '../errors/index.js';

/** The same delay before every attempt. */
export interface FixedBackoff {
  readonly kind: 'fixed';
  /** From 0, which is at once, to 2^31 - 1. */
  readonly delayMs: number;
  /** Spread the delay over 0 to its full length; true unless said. */
  readonly jitter?: boolean;
}

/** A delay that grows with every attempt, up to a limit. */
export interface ExponentialBackoff {
  readonly kind: 'exponential';
  /** Before the first retry, from 1 to `maxDelayMs`. */
  readonly delayMs: number;
  /** How much longer each delay is than the one before, from 1 to 10; 2 unless said. */
  readonly factor?: number;
  /** The longest delay, up to 2^31 - 1; 60,000 unless said. */
  readonly maxDelayMs?: number;
  /** Spread the delay over 0 to its full length; true unless said. */
  readonly jitter?: boolean;
}

/** How long to wait before another attempt. Plain data. */
export type Backoff = FixedBackoff | ExponentialBackoff;

const DEFAULT_FACTOR = 2;
const DEFAULT_MAX_DELAY_MS = 60_000;
const MAX_FACTOR = 10;

/**
 * The delay after the given failed attempt (counted from 1), in whole milliseconds from 0 to 2^31 - 1.
 * Total: it answers with such a number whatever it is given, so that a timer never overflows into firing at once.
 *
 * Jitter is full: uniform over 0 to the delay. Failures that came together then come back spread evenly,
 * where "equal" jitter (half fixed, half random) would pack them twice as densely.
 */
export function delayOf(backoff: Backoff, attempt: number, random: () => number = Math.random): number {
  const longestMs = toDelay(unjittered(backoff, attempt));
  return backoff.jitter === false ? longestMs : Math.min(longestMs, toDelay(random() * (longestMs + 1)));
}

function unjittered(backoff: Backoff, attempt: number): number {
  if (backoff.kind === 'fixed') return backoff.delayMs;
  const { delayMs, factor = DEFAULT_FACTOR, maxDelayMs = DEFAULT_MAX_DELAY_MS } = backoff;
  return Math.min(maxDelayMs, delayMs * factor ** (attempt > 1 ? attempt - 1 : 0));
}

/** What is not a number counts as 0. */
function toDelay(ms: number): number {
  return ms > 0 ? Math.floor(Math.min(ms, MAX_DELAY_MS)) : 0;
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkBackoff(value: unknown): asserts value is Backoff {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;
  checkOneOf('backoff.kind', kind, ['fixed', 'exponential']);
  const backoff = value as Backoff;
  if (backoff.kind === 'fixed') {
    checkKeys('backoff', backoff, ['kind', 'delayMs', 'jitter']);
    checkWholeNumber('backoff.delayMs', backoff.delayMs, 0, MAX_DELAY_MS);
  } else {
    checkKeys('backoff', backoff, ['kind', 'delayMs', 'factor', 'maxDelayMs', 'jitter']);
    const { maxDelayMs = DEFAULT_MAX_DELAY_MS, factor = DEFAULT_FACTOR } = backoff;
    checkWholeNumber('backoff.maxDelayMs', maxDelayMs, 1, MAX_DELAY_MS);
    checkWholeNumber('backoff.delayMs', backoff.delayMs, 1, maxDelayMs);
    checkFactor(factor);
  }
  checkJitter(backoff.jitter);
}

function checkFactor(factor: unknown): void {
  if (typeof factor === 'number' && factor >= 1 && factor <= MAX_FACTOR) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option backoff.factor says how much longer each delay is than the one before.',
    expected: `a number from 1 to ${MAX_FACTOR}`,
    got: describeValue(factor),
  });
}

function checkJitter(jitter: unknown): void {
  if (jitter === undefined || typeof jitter === 'boolean') return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option backoff.jitter is on or off.',
    expected: 'true or false',
    got: describeValue(jitter),
  });
}
