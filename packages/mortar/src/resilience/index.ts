export {
  type Backoff,
  checkBackoff,
  delayOf,
  type ExponentialBackoff,
  type FixedBackoff,
} from './backoff.js';
export { type BulkheadOptions, bulkhead } from './bulkhead.js';
export {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitState,
  circuitBreaker,
} from './circuit-breaker.js';
export { type FailureTest, isCalleeFailure } from './failure.js';
export { type FallbackOptions, fallback } from './fallback.js';
export type { Guard, GuardDescription, GuardKind } from './guard.js';
export { type RetryOptions, retry } from './retry.js';
export { type TimeoutOptions, timeout } from './timeout.js';
export { wrap } from './wrap.js';
