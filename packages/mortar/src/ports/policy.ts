import type { Clock } from '../contracts/index.js';
import { categoryOf, checkKeys, describeValue, type ErrorCategory, MortarError } from '../errors/index.js';
import {
  type Backoff,
  type BulkheadOptions,
  bulkhead,
  type CircuitBreaker,
  circuitBreaker,
  type Guard,
  isCalleeFailure,
  retry,
} from '../resilience/index.js';

/** How a failed call is attempted again. */
export interface PortRetry {
  /** Attempts in all, from 1 to 10,000. */
  readonly attempts: number;
  /** How long to wait between them; exponential from 100 ms to 2 s, with jitter, unless said. */
  readonly backoff?: Backoff;
  /** Also of methods whose contract does not say `isIdempotent`; false unless said. */
  readonly everyMethod?: boolean;
}

/**
 * When calls of a port that keeps failing are refused for a while. Where it is implemented in this process, only time that
 * is over, and errors of the categories unavailable and throttled, count as failures; elsewhere all but those of a wrong
 * call.
 */
export type PortBreaker =
  /** After this many failures in a row, from 1 to 1,000,000. */
  | { readonly failures: number; readonly cooldownMs: number }
  /** When more than this part (over 0, under 1) of the last `window` attempts failed. */
  | { readonly ratio: number; readonly window: number; readonly cooldownMs: number };

/** How one module calls one port. Plain data; `false` leaves a guard out. */
export interface PortPolicy {
  /** Three attempts, of idempotent methods alone, unless said. */
  readonly retry?: PortRetry | false;
  /** Ten failures in a row, then 10 s without calls, unless said. */
  readonly circuitBreaker?: PortBreaker | false;
  /** 100 calls at once, and 1,000 that wait, unless said. */
  readonly bulkhead?: BulkheadOptions | false;
}

/** The policy of one module for one port. */
export interface PortUse {
  /** The module that calls. */
  readonly module: string;
  /** The name of the port. */
  readonly port: string;
  readonly policy: PortPolicy;
}

/** The guards that a policy makes; shared by all calls of one port by one module. */
export interface PortGuards {
  readonly breaker: CircuitBreaker | undefined;
  readonly bulkhead: Guard | undefined;
  /** For methods that may be attempted again. */
  readonly retry: Guard | undefined;
  readonly retriesEveryMethod: boolean;
}

const DEFAULT_RETRY: PortRetry = { attempts: 3 };
const DEFAULT_BACKOFF: Backoff = { kind: 'exponential', delayMs: 100, maxDelayMs: 2_000 };
const DEFAULT_BREAKER: PortBreaker = { failures: 10, cooldownMs: 10_000 };
const DEFAULT_BULKHEAD: BulkheadOptions = { limit: 100, queue: 1_000 };

/**
 * Checks a policy; `where` says whose it is.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function checkPortPolicy(where: string, policy: unknown): asserts policy is PortPolicy {
  guardsOf(where, policy as PortPolicy);
}

/** @throws MortarError `MORTAR_OPTIONS_INVALID` */
export function guardsOf(where: string, policy: PortPolicy, clock?: Clock): PortGuards {
  checkKeys(where, policy, ['retry', 'circuitBreaker', 'bulkhead']);
  const {
    retry: again = DEFAULT_RETRY,
    circuitBreaker: breaker = DEFAULT_BREAKER,
    bulkhead: places = DEFAULT_BULKHEAD,
  } = policy;
  return {
    retry: again === false ? undefined : within(`${where}, retry`, () => retryOf(again, clock)),
    retriesEveryMethod: again !== false && again.everyMethod === true,
    breaker:
      breaker === false ? undefined : within(`${where}, circuitBreaker`, () => breakerOf(breaker, clock)),
    bulkhead: places === false ? undefined : within(`${where}, bulkhead`, () => bulkhead(places)),
  };
}

function retryOf(options: PortRetry, clock: Clock | undefined): Guard {
  checkKeys('retry', options, ['attempts', 'backoff', 'everyMethod']);
  const { attempts, backoff = DEFAULT_BACKOFF, everyMethod = false } = options;
  if (typeof everyMethod !== 'boolean') {
    throw new MortarError('MORTAR_OPTIONS_INVALID', {
      rule: 'The option everyMethod is on or off.',
      expected: 'true or false',
      got: describeValue(everyMethod),
    });
  }
  return retry({ attempts, backoff, handles: mayBeMended, ...(clock === undefined ? {} : { clock }) });
}

/** An open circuit stays open for longer than a retry waits. */
function mayBeMended(error: unknown): boolean {
  const isOpen = error instanceof MortarError && error.code === 'MORTAR_CIRCUIT_OPEN';
  return !isOpen && isCalleeFailure(error);
}

function breakerOf(options: PortBreaker, clock: Clock | undefined): CircuitBreaker {
  checkKeys('circuitBreaker', options, ['failures', 'ratio', 'window', 'cooldownMs']);
  return circuitBreaker({ ...options, handles: countsAgainst, ...(clock === undefined ? {} : { clock }) });
}

/**
 * An error that an implementation in this process threw, on its way past the circuit breaker: a function that throws is no
 * sign that what it is a part of is unwell. Only that it had no time, no means or no room is one.
 */
export class Answered {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

const SIGNS_HERE: readonly ErrorCategory[] = ['timeout', 'unavailable', 'throttled'];

/** What an attempt in this process throws towards the circuit breaker. */
export function thrownHere(error: unknown): unknown {
  return SIGNS_HERE.includes(categoryOf(error)) ? error : new Answered(error);
}

function countsAgainst(error: unknown): boolean {
  return !(error instanceof Answered) && isCalleeFailure(error);
}

/** Says where in the policy an option is wrong. */
function within<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof MortarError)) throw error;
    const { code, rule, expected, got } = error;
    throw new MortarError(code, { rule: `In ${where}: ${rule}`, expected, got, cause: error });
  }
}
