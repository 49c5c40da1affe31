import {
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  CountBreaker,
  circuitBreaker as createPolicy,
  handleWhen,
  CircuitState as PolicyState,
} from 'cockatiel';
import type { Clock } from '../contracts/index.js';
import { checkKeys, checkWholeNumber, describeValue, MAX_DELAY_MS, MortarError } from '../errors/index.js';
import { checkFailureTest, checkFunction, type FailureTest, isCalleeFailure } from './failure.js';
import type { Guard, GuardDescription } from './guard.js';
import { signalOf } from './internal/cancellation.js';
import { checkClock, machineClock } from './internal/time.js';

interface CircuitBreakerBase {
  /** How long the circuit stays open before one call may try again, from 1 to 2^31 - 1. */
  readonly cooldownMs: number;
  /** Which errors count as failures; every one but those of a wrong call, unless said. */
  readonly handles?: FailureTest;
  /** Whose time the cooldown takes; the machine's unless given. */
  readonly clock?: Clock;
}

/** What `circuitBreaker` takes: when it opens, and for how long. */
export type CircuitBreakerOptions =
  /** It opens after this many failures in a row, from 1 to 1,000,000. */
  | (CircuitBreakerBase & { readonly failures: number })
  /** It opens when more than this part (over 0, under 1) of the last `window` calls failed, once so many were made. */
  | (CircuitBreakerBase & { readonly ratio: number; readonly window: number });

/**
 * `closed` lets every call through, `open` none, `half-open` one, whose outcome decides. After the cooldown an open
 * circuit stays `open` until the next call comes.
 */
export type CircuitState = 'closed' | 'open' | 'half-open';

/** A guard that stops calling what keeps failing. */
export interface CircuitBreaker extends Guard {
  readonly state: CircuitState;
  /** When an open circuit lets a call through again, in milliseconds since the Unix epoch; else undefined. */
  readonly nextTryAt: number | undefined;
  /** Calls `listener` with each new state, until the returned function is called. What it throws is ignored. */
  onChange(listener: (state: CircuitState) => void): () => void;
}

const MAX_COUNT = 1_000_000;
/** The cooldown is kept here, by our clock: the policy, which reads that of the machine, tries whenever it is asked to. */
const AT_ONCE = Number.NEGATIVE_INFINITY;
const STATES: Readonly<Record<PolicyState, CircuitState>> = {
  [PolicyState.Closed]: 'closed',
  [PolicyState.Open]: 'open',
  [PolicyState.HalfOpen]: 'half-open',
  [PolicyState.Isolated]: 'open',
};

/**
 * Refuses calls with `MORTAR_CIRCUIT_OPEN` for a while after too many failures, so that what is unwell can recover and
 * callers fail fast. While the one trial call is under way, all others are refused too.
 * A call whose caller aborted it does not count, except that an aborted trial leaves the circuit open.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function circuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  checkOptions(options);
  const { handles = isCalleeFailure, clock = machineClock, ...settings } = options;
  const policy = createPolicy(
    handleWhen((error) => !(error instanceof Uncounted)),
    {
      breaker: breakerOf(options),
      halfOpenAfter: AT_ONCE,
    },
  );
  let openedAt = 0;
  policy.onBreak(() => {
    openedAt = clock.now();
  });
  const nextTryAt = (): number => openedAt + settings.cooldownMs;
  return {
    execute: async (work, caller) => {
      const signal = signalOf(caller);
      refuseWhileOpen(policy, nextTryAt(), clock.now());
      return executeUnder(policy, handles, work, signal);
    },
    describe: () => describe(policy, settings, nextTryAt()),
    get state() {
      return STATES[policy.state];
    },
    get nextTryAt() {
      return policy.state === PolicyState.Open ? nextTryAt() : undefined;
    },
    onChange: (listener) => listen(policy, listener),
  };
}

/** Carries an error that does not count past the policy. */
class Uncounted {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

async function executeUnder<T>(
  policy: CircuitBreakerPolicy,
  handles: FailureTest,
  work: (signal: AbortSignal) => PromiseLike<T> | T,
  signal: AbortSignal,
): Promise<T> {
  const isTrial = policy.state === PolicyState.Open;
  // The signal is not handed to the policy, which would answer an abort with an error of its own.
  const outcome = await policy
    .execute(async () => {
      try {
        return await work(signal);
      } catch (error) {
        if (signal.aborted ? isTrial : handles(error)) throw error;
        // The callee did answer, so a trial has succeeded; outside a trial it counts neither way.
        if (isTrial) return new Uncounted(error);
        throw new Uncounted(error);
      }
    })
    .catch(unlessUncounted);
  if (outcome instanceof Uncounted) throw outcome.error;
  return outcome;
}

function unlessUncounted(error: unknown): Uncounted {
  if (error instanceof Uncounted) return error;
  throw error;
}

/** Asked before the policy is, since in state half-open it would let callers wait without a bound. */
function refuseWhileOpen(policy: CircuitBreakerPolicy, nextTryAt: number, now: number): void {
  const waitMs = nextTryAt - now;
  const isTrying = policy.state === PolicyState.HalfOpen;
  if (policy.state === PolicyState.Closed || (policy.state === PolicyState.Open && waitMs <= 0)) return;
  throw new MortarError('MORTAR_CIRCUIT_OPEN', {
    rule: 'An open circuit lets no call through.',
    expected: 'a closed circuit',
    got: isTrying
      ? 'one whose trial call is still under way'
      : `one that tries again in ${waitMs} ms, at ${new Date(nextTryAt).toISOString()}`,
  });
}

function listen(policy: CircuitBreakerPolicy, listener: (state: CircuitState) => void): () => void {
  checkFunction('onChange', listener, 'a function from a state to nothing');
  const subscription = policy.onStateChange((state) => {
    try {
      listener(STATES[state]);
    } catch {
      // An observer must not fail the call that it observes.
    }
  });
  return () => subscription.dispose();
}

function describe(policy: CircuitBreakerPolicy, settings: object, nextTryAt: number): GuardDescription {
  const state = STATES[policy.state];
  return {
    kind: 'circuit-breaker',
    settings: { ...settings },
    state: state === 'open' ? { state, nextTryAt } : { state },
  };
}

function breakerOf(options: CircuitBreakerOptions): ConsecutiveBreaker | CountBreaker {
  if ('failures' in options) return new ConsecutiveBreaker(options.failures);
  return new CountBreaker({ threshold: options.ratio, size: options.window });
}

function checkOptions(options: CircuitBreakerOptions): void {
  const counts = typeof options === 'object' && options !== null && 'failures' in options;
  checkKeys('circuitBreaker', options, [
    ...(counts ? ['failures'] : ['ratio', 'window']),
    'cooldownMs',
    'handles',
    'clock',
  ]);
  checkWholeNumber('cooldownMs', options.cooldownMs, 1, MAX_DELAY_MS);
  checkFailureTest(options.handles);
  checkClock(options.clock);
  if ('failures' in options) {
    checkWholeNumber('failures', options.failures, 1, MAX_COUNT);
  } else {
    checkRatio(options.ratio);
    checkWholeNumber('window', options.window, 1, MAX_COUNT);
  }
}

function checkRatio(ratio: unknown): void {
  if (typeof ratio === 'number' && ratio > 0 && ratio < 1) return;
  throw new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option ratio is the part of calls that may fail.',
    expected: 'a number over 0 and under 1',
    got: describeValue(ratio),
  });
}
