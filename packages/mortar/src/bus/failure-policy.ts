import { categoryOf, checkKeys, checkOneOf, checkWholeNumber, type ErrorCategory } from '../errors/index.js';
import { type Backoff, checkBackoff, delayOf } from '../resilience/backoff.js';

/** What to do with a failure that is not retried. */
export type FinalAction = 'deadLetter' | 'skip' | 'stop';

/** What happens after a failed attempt. Plain data. */
export type FailureDecision =
  | { readonly kind: 'retry'; readonly afterMs: number }
  /** Keep the event as a dead letter. */
  | { readonly kind: 'deadLetter' }
  /** Give the event up for this subscription. */
  | { readonly kind: 'skip' }
  /** Keep the event as a dead letter and close the subscription. */
  | { readonly kind: 'stop' };

/** How often, and how far apart. */
export interface Attempts {
  /** Calls of the handler in all, from 1. */
  readonly attempts: number;
  readonly backoff?: Backoff;
}

/** How a subscription's failures are treated: plain data, which a console can show. */
export interface RetryPolicy extends Attempts {
  /** What differs by the error's category: other attempts, or a final action at once. */
  readonly on?: Readonly<Partial<Record<ErrorCategory, FinalAction | Attempts>>>;
}

/** Errors that another attempt can't mend are not retried unless the policy says so. */
const HOPELESS: readonly ErrorCategory[] = ['validation', 'permission', 'corrupt'];
const CATEGORIES: readonly ErrorCategory[] = [
  ...HOPELESS,
  'not-found',
  'conflict',
  'timeout',
  'unavailable',
  'throttled',
  'internal',
];
const FINAL_ACTIONS: readonly FinalAction[] = ['deadLetter', 'skip', 'stop'];
const DEFAULT_BACKOFF: Backoff = { kind: 'exponential', delayMs: 100, maxDelayMs: 60_000 };
const MAX_ATTEMPTS = 10_000;

/** What to do after the given attempt (counted from 1) failed. */
export function decide(
  policy: RetryPolicy,
  error: unknown,
  attempt: number,
  random?: () => number,
): FailureDecision {
  const category = categoryOf(error);
  const rule = policy.on?.[category] ?? (HOPELESS.includes(category) ? 'deadLetter' : policy);
  if (typeof rule === 'string') return { kind: rule };
  if (attempt >= rule.attempts) return { kind: 'deadLetter' };
  return {
    kind: 'retry',
    afterMs: delayOf(rule.backoff ?? policy.backoff ?? DEFAULT_BACKOFF, attempt, random),
  };
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function checkRetryPolicy(policy: RetryPolicy): void {
  checkAttempts('retry', policy, ['attempts', 'backoff', 'on']);
  if (policy.on === undefined) return;
  checkKeys('retry.on', policy.on, CATEGORIES);
  for (const [category, rule] of Object.entries(policy.on)) {
    if (typeof rule === 'object') checkAttempts(`retry.on.${category}`, rule, ['attempts', 'backoff']);
    else checkOneOf(`retry.on.${category}`, rule, FINAL_ACTIONS);
  }
}

function checkAttempts(name: string, value: Attempts, keys: readonly string[]): void {
  checkKeys(name, value, keys);
  const { attempts, backoff } = value;
  checkWholeNumber(`${name}.attempts`, attempts, 1, MAX_ATTEMPTS);
  if (backoff !== undefined) checkBackoff(backoff);
}
