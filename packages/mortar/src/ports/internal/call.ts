import type { RequestOrigin } from '../../bus/index.js';
import { type AnyMessageContext, callKeyOf, isMessageContext } from '../../bus/requests/message-context.js';
import {
  type Clock,
  checked,
  newId,
  type PortCallOptions,
  type PortMethod,
  passedOnBy,
} from '../../contracts/index.js';
import { categoryOf, MortarError } from '../../errors/index.js';
import { type JoinedSignal, joinSignals, untilAborted } from '../../resilience/abort.js';
import { isCalleeFailure, timeout } from '../../resilience/index.js';
import { checkPermission } from '../authorization.js';
import type { LocalCall } from '../local-ports.js';
import { Answered, thrownHere } from '../policy.js';
import type { PortCaller, PortsOptions } from '../ports.js';
import type { CallReport } from '../stats.js';
import type { RequestMessage } from '../transport.js';
import type { Line } from './line.js';
import { checkReply, codeOf, errorFrom } from './remote-error.js';
import { snapshotOf } from './snapshot.js';
import type { Refusal, Tally } from './tally.js';

/** A guard that is given no signal makes one, which costs more than all else that it does. */
const NEVER: AbortSignal = new AbortController().signal;

/** What every call of one client is made with. */
export interface CallSite {
  readonly ports: PortsOptions;
  readonly clock: Clock;
  readonly line: Line;
  readonly caller: PortCaller;
  /** Told of every call that has ended; never throws. */
  readonly tell: (report: CallReport) => void;
}

/**
 * One call of a port's method, from the caller's data to the result.
 *
 * The stages, from the outside in, and why in this order:
 * 1. Validation, of a copy that is all that the rest sees: a wrong call costs nothing, takes no place and counts against
 *    nobody.
 * 2. The time limit, around all that may wait: authorizer, bulkhead, delays between attempts, the callee.
 * 3. Authorization: who may not call takes no place either, and learns nothing of how the port is.
 * 4. Bulkhead: a call has one place for all its attempts, so that retries of many can't flood the callee.
 * 5. Retry.
 * 6. Circuit breaker: within the retry, so that it counts attempts, opens in the midst of a storm of retries, and ends it.
 * 7. The implementation here, or the transport.
 */
export class Call {
  readonly #site: CallSite;
  /** As it is implemented here, if it is; else as the caller has it. */
  readonly #method: PortMethod;
  readonly #isServedHere: boolean;
  readonly #id: string = newId();
  readonly #startedAt: number;
  #identity: RequestOrigin & { readonly correlationId: string };
  #from: AnyMessageContext | undefined;
  #key: string = this.#id;
  #limitMs: number;
  #attempts = 0;
  #served: 'here' | 'remotely' | undefined;
  #refusal: Refusal | undefined;
  /** Of the last attempt; there to be told when an open circuit or the time limit ends the retries. */
  #lastFailure: { readonly error: unknown } | undefined;

  constructor(site: CallSite, method: PortMethod) {
    this.#site = site;
    const served = site.ports.local.methodOf(method.name);
    this.#method = served ?? method;
    this.#isServedHere = served !== undefined;
    this.#startedAt = site.clock.now();
    this.#limitMs = this.#method.timeoutMs;
    this.#identity = { correlationId: this.#id };
  }

  /** Makes the call, once. The options are checked. */
  async make(data: unknown, options: PortCallOptions): Promise<unknown> {
    const { caller, line } = this.#site;
    const tally = line.tally(this.#method);
    const joined = joinedOf([caller.signal, options.signal, options.from?.signal]);
    tally.began();
    try {
      const context = isMessageContext(options.from) ? options.from : caller.context;
      this.#from = context;
      const identity = identityOf(context, caller);
      this.#identity = { ...identity, correlationId: identity.correlationId ?? this.#id };
      this.#limitMs = Math.min(this.#method.timeoutMs, options.timeoutMs ?? this.#method.timeoutMs);
      const result = await this.#run(data, joined.signal);
      this.#end(tally, 'succeeded', undefined);
      return result;
    } catch (error) {
      const isAborted = joined.signal?.aborted === true && error === joined.signal.reason;
      this.#end(tally, isAborted ? 'aborted' : 'failed', error);
      throw error;
    } finally {
      joined.release();
    }
  }

  /** Never throws. A refusal counts only where the caller got it, and did not give up in the same moment. */
  #end(tally: Tally, outcome: CallReport['outcome'], error: unknown): void {
    const report = this.#report(outcome, error);
    tally.ended(report, outcome === 'failed' ? this.#refusal : undefined);
    this.#site.tell(report);
  }

  async #run(data: unknown, signal: AbortSignal | undefined): Promise<unknown> {
    const { name } = this.#method;
    const given = snapshotOf(data);
    const passed = checked('MORTAR_DATA_INVALID', `The data of ${name}`, this.#method.data, given);
    if (this.#from !== undefined) this.#key = callKeyOf(this.#from, this.#method, given) ?? this.#id;
    const limit = timeout({ timeoutMs: this.#limitMs, clock: this.#site.clock });
    let limited: AbortSignal | undefined;
    try {
      return await limit.execute(async (inner) => {
        limited = inner;
        if (this.#method.permission !== undefined) await this.#authorize(passed);
        return await this.#guarded({ given, passed }, inner, signal);
      }, signal);
    } catch (error) {
      if (signal?.aborted === true && error === signal.reason) throw error;
      throw this.#isOver(error, limited) ? this.#timedOut() : this.#toldBy(error);
    }
  }

  #authorize(data: unknown): Promise<void> {
    const { actor, tenant } = this.#identity;
    const { ports, line } = this.#site;
    return checkPermission(ports.authorize, this.#method, { actor, tenant, module: line.consumer, data });
  }

  /** `limited` is aborted by the caller and by the time limit, `caller` by the caller alone. */
  async #guarded(data: CallData, limited: AbortSignal, caller: AbortSignal | undefined): Promise<unknown> {
    const { bulkhead, retry } = this.#site.line.guards;
    const attempt = (): Promise<unknown> => this.#throughBreaker(data, limited, caller);
    const attempts = (): Promise<unknown> =>
      retry !== undefined && this.#isRepeatable ? retry.execute(attempt, limited) : attempt();
    if (bulkhead === undefined) return attempts();
    let isIn = false;
    try {
      return await bulkhead.execute(() => {
        isIn = true;
        return attempts();
      }, limited);
    } catch (error) {
      if (!isIn && isCode(error, 'MORTAR_BULKHEAD_FULL')) this.#refusal = 'bulkhead';
      throw error;
    }
  }

  /** The breaker learns of the caller's abort only: an attempt that the time limit ends is a failure that counts. */
  async #throughBreaker(
    data: CallData,
    limited: AbortSignal,
    caller: AbortSignal | undefined,
  ): Promise<unknown> {
    const { breaker } = this.#site.line.guards;
    const before = this.#attempts;
    const attempt = (): Promise<unknown> => this.#attempt(data, limited);
    try {
      return await (breaker === undefined ? attempt() : breaker.execute(attempt, caller ?? NEVER));
    } catch (thrown) {
      const error = thrown instanceof Answered ? thrown.error : thrown;
      if (this.#attempts > before) this.#lastFailure = { error };
      else if (isCode(error, 'MORTAR_CIRCUIT_OPEN')) this.#refusal = 'circuitBreaker';
      throw error;
    }
  }

  async #attempt(data: CallData, limited: AbortSignal): Promise<unknown> {
    const { transport } = this.#site.ports;
    const { name } = this.#method;
    limited.throwIfAborted();
    if (!this.#isServedHere && transport === undefined) throw this.#missing();
    this.#attempts += 1;
    if (this.#isServedHere || transport === undefined) {
      this.#served = 'here';
      return this.#attemptHere(data.passed, limited);
    }
    this.#served = 'remotely';
    const reply: unknown = await untilAborted(limited, transport.request(this.#message(data.given), limited));
    checkReply(name, reply);
    if (!reply.ok) throw errorFrom(reply.error, name);
    const { result } = this.#method;
    if (result === undefined) return undefined;
    return checked('MORTAR_RESULT_INVALID', `The result of ${name}`, result, reply.result);
  }

  async #attemptHere(data: unknown, limited: AbortSignal): Promise<unknown> {
    try {
      // An implementation may change what it gets, and then fail: the next attempt is to get the same.
      const own = this.#isRepeatable ? snapshotOf(data) : data;
      return await untilAborted(
        limited,
        this.#site.ports.local.call(this.#method, own, this.#localCall(limited)),
      );
    } catch (error) {
      throw thrownHere(error);
    }
  }

  /** The serving side keeps the same time, and may be first to say that it is over. */
  #isOver(error: unknown, limited: AbortSignal | undefined): boolean {
    if (limited?.aborted === true && error === limited.reason) return true;
    return categoryOf(error) === 'timeout' && this.#remainingMs <= 1;
  }

  get #isRepeatable(): boolean {
    const { retry, retriesEveryMethod } = this.#site.line.guards;
    return retry !== undefined && (this.#method.isIdempotent || retriesEveryMethod);
  }

  get #remainingMs(): number {
    const spentMs = Math.ceil(this.#site.clock.now() - this.#startedAt);
    return Math.max(1, Math.min(this.#limitMs, this.#limitMs - spentMs));
  }

  /** Field by field: a spread made a seventh of all that a call costs. */
  #localCall(signal: AbortSignal): LocalCall {
    const { correlationId, causationId, actor, tenant, traceparent } = this.#identity;
    const call: Writable<LocalCall> = { correlationId, signal, idempotencyKey: this.#key, isChecked: true };
    if (causationId !== undefined) call.causationId = causationId;
    if (actor !== undefined) call.actor = actor;
    if (tenant !== undefined) call.tenant = tenant;
    if (traceparent !== undefined) call.traceparent = traceparent;
    if (this.#from !== undefined) call.from = this.#from;
    return call;
  }

  #message(data: unknown): RequestMessage {
    const { correlationId, causationId, actor, tenant, traceparent } = this.#identity;
    return {
      id: this.#id,
      method: this.#method.name,
      data,
      correlationId,
      causationId,
      actor,
      tenant,
      traceparent,
      caller: this.#site.line.consumer,
      idempotencyKey: this.#key,
      timeoutMs: this.#remainingMs,
    };
  }

  /** An open circuit that ends the retries says less than the failure that they were for. */
  #toldBy(error: unknown): unknown {
    const isCut = this.#refusal === 'circuitBreaker' && this.#lastFailure !== undefined;
    if (!isCut) return error;
    this.#refusal = undefined;
    return this.#lastFailure?.error;
  }

  #timedOut(): MortarError {
    this.#refusal = 'timeout';
    const tries = this.#attempts === 1 ? '1 attempt' : `${this.#attempts} attempts`;
    const failure = this.#lastFailure?.error;
    return new MortarError('MORTAR_TIMEOUT', {
      rule: `A call of ${this.#method.name} ends in time, with all its attempts.`,
      expected: `an outcome within ${this.#limitMs} ms`,
      got: `none yet, in ${tries}`,
      cause: isCalleeFailure(failure) ? failure : undefined,
    });
  }

  #missing(): MortarError {
    const { name } = this.#method;
    return new MortarError('MORTAR_PORT_MISSING', {
      rule: 'A method that is called has an implementation.',
      expected: `an implementation of ${name} in a loaded module, or a transport to one`,
      got: 'neither',
    });
  }

  #report(outcome: CallReport['outcome'], error: unknown): CallReport {
    const { line, clock } = this.#site;
    const { port, method } = this.#method;
    return {
      port,
      method,
      consumer: line.consumer,
      outcome,
      category: outcome === 'failed' ? categoryOf(error) : undefined,
      code: codeOf(error),
      attempts: this.#attempts,
      durationMs: Math.max(0, clock.now() - this.#startedAt),
      served: this.#served,
      correlationId: this.#identity.correlationId,
    };
  }
}

/** The same while it is being made. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** What a call is made with; nobody else has it in hand. */
interface CallData {
  /** What the data schema takes. */
  readonly given: unknown;
  /** What it gave. */
  readonly passed: unknown;
}

/** A single signal is as good as joined: here it is only looked at and waited for. */
function joinedOf(signals: readonly (AbortSignal | undefined)[]): JoinedSignal {
  const [only, ...others] = signals.filter((signal) => signal !== undefined);
  if (others.length > 0) return joinSignals(signals);
  return { signal: only, release: () => undefined };
}

/** What a call carries on: from the message that is being handled, else what an edge said. */
function identityOf(context: PortCaller['context'], { identity = {} }: PortCaller): RequestOrigin {
  return context === undefined ? identity : passedOnBy(context.envelope);
}

function isCode(error: unknown, code: MortarError['code']): boolean {
  return codeOf(error) === code;
}
