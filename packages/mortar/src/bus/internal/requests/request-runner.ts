import { newId } from '../../../contracts/index.js';
import { MortarError } from '../../../errors/index.js';
import { type Backoff, delayOf } from '../../../resilience/backoff.js';
import type { KeptResult } from '../../../unit-of-work/index.js';
import { systemClock } from '../../bus-options.js';
import { isThenable, type RequestEnvelope } from '../../handler.js';
import type { IdempotencyKeys, KeyClaim, KeyOrigin } from '../../requests/idempotency-keys.js';
import type { KeptAnswer, QueryCache } from '../../requests/query-cache.js';
import type { DispatchOptions } from '../../requests/request-options.js';
import { fail, isFailure } from '../../requests/result.js';
import type { BusCore } from '../bus-core.js';
import { type AnyRequest, HandlerContext, type HandlerIdentity } from '../handler-context.js';
import { awaitMortarRequest } from '../settle-handler.js';
import { commitAnswer } from '../units/commit-answer.js';
import { failureOf, resultOf } from './answers.js';
import { digestOf, digestOfData } from './digest.js';
import { KeyedContext } from './keyed-context.js';
import { type Answer, Run } from './run.js';
import { copyAnswer, type SharedAnswer, shareAnswer, takeAnswer } from './shared-answer.js';
import { WaitGraph } from './wait-graph.js';

/** A command, query or call on its way to its handler, checked. */
export interface Request {
  readonly contract: AnyRequest;
  readonly handler: HandlerIdentity;
  /** As the schema gives it. */
  readonly data: unknown;
  readonly options: DispatchOptions;
  /** The handler that sends it. */
  readonly cause: HandlerContext | undefined;
  readonly cache: QueryCache | undefined;
  /** The one who causes it does not wait for it. */
  readonly isRefresh?: boolean;
}

/** What a command is known by, so that it runs once. */
interface Claim {
  readonly key: string;
  readonly digest: string;
  readonly origin: KeyOrigin;
  /** The one whose handler dispatches it, where the key is derived. */
  readonly event: object | undefined;
}

/** A run of a command that has a key. */
type KeyedRun = Run<SharedAnswer>;

/** Between two decisions where somebody else was faster. */
const CONFLICT_BACKOFF: Backoff = { kind: 'exponential', delayMs: 2, maxDelayMs: 200, jitter: true };

/** What the call of a handler needs to know of its run. */
type Executed = Pick<Run, 'context' | 'checkCounts' | 'succeed'>;

/** Runs requests: each once for all who may share its answer. */
export class RequestRunner {
  readonly #core: BusCore;
  readonly #keys: IdempotencyKeys;
  readonly #graph: WaitGraph;
  /** Commands under way that have a key, also such as their callers have given up. */
  readonly #keyed = new Map<string, KeyedRun>();

  constructor(core: BusCore, keys: IdempotencyKeys) {
    this.#core = core;
    this.#keys = keys;
    this.#graph = new WaitGraph(core.calls.requests);
  }

  /** Throws at once where the request can't be made; rejects with what its handler throws. */
  answer(request: Request): Promise<Answer> {
    if (request.cache !== undefined) return this.#fromCache(request, request.cache);
    const claim = this.#claimOf(request);
    return claim === undefined ? this.#alone(request) : this.#once(request, claim);
  }

  #alone(request: Request): Promise<Answer> {
    const run = new Run<unknown>(this.#contextOf(request), { abandon: ({ context }) => this.#end(context) });
    run.begin(() => this.#execute(run, request, 'end'));
    return run.wait(request.options, this.#core.clock);
  }

  /** Runs a command unless one with its key has run or is under way; then it has the same answer. */
  async #once(request: Request, claim: Claim): Promise<Answer> {
    const answer = await this.#runOnce(request, claim);
    // Who dispatches it again does so before this is committed, if ever.
    if (claim.origin === 'derived' && request.cause !== undefined)
      this.#core.units?.forget(request.cause, claim.key);
    return answer;
  }

  async #runOnce(request: Request, claim: Claim): Promise<Answer> {
    const present = this.#keyed.get(claim.key);
    if (present !== undefined) {
      if (present.digest !== claim.digest) throw conflict(request);
      if (this.#wouldWaitForItself(present, request)) throw cycle(request);
      if (!present.isAbandoned) return takenBy(claim, await this.#join(present, request));
    }
    const run: KeyedRun = new Run(this.#contextOf(request, claim.key), {
      digest: claim.digest,
      isKept: true,
    });
    this.#keyed.set(claim.key, run);
    run.begin(() => this.#executeOnce(run, request, claim, present));
    return takenBy(claim, await this.#awaited(run, request));
  }

  /** Runs it when the one before has ended that its callers have given up: never are there two at once. */
  async #executeOnce(
    run: KeyedRun,
    request: Request,
    claim: Claim,
    before: KeyedRun | undefined,
  ): Promise<Answer<SharedAnswer>> {
    const { key, digest, origin, event } = claim;
    try {
      if (before !== undefined) await this.#endOf(before, run);
      run.checkWanted();
      const claimed = this.#keys.claim(key, digest, origin, event);
      const known = isThenable(claimed) ? await this.#core.calls.orGivenUp(run.context, claimed) : claimed;
      // Given up while it was claimed.
      if (run.isAbandoned && known.kind === 'free') this.#forget(claim);
      run.checkWanted();
      if (known.kind === 'kept') {
        if (known.digest !== digest) throw conflict(request);
        return { ok: true, value: shareAnswer(known.result) };
      }
      const answer = await this.#executeUnlessRepeated(run, request, claim);
      if (!answer.ok) return answer;
      const kept = this.#keys.keep(key, digest, answer.value.value, origin, event);
      if (isThenable(kept)) await this.#core.calls.orGivenUp(run.context, kept);
      return answer;
    } finally {
      if (this.#keyed.get(key) === run) this.#keyed.delete(key);
      this.#end(run.context);
    }
  }

  /**
   * Another process may have been first to commit: then its answer is the answer, also where the command has failed here because it
   * saw what the other one has done.
   */
  async #executeUnlessRepeated(run: KeyedRun, request: Request, claim: Claim): Promise<Answer<SharedAnswer>> {
    try {
      const answer = await this.#executeClaimed(run, request, claim);
      return answer.ok ? answer : ((await this.#answerOfOther(request, claim)) ?? answer);
    } catch (error) {
      const isRepeated = error instanceof MortarError && error.code === 'MORTAR_COMMAND_REPEATED';
      const other = await this.#answerOfOther(request, claim, isRepeated);
      if (other === undefined) throw error;
      return other;
    }
  }

  /** What was kept for the key meanwhile, if anything was. */
  async #answerOfOther(
    request: Request,
    { key, digest, origin, event }: Claim,
    isRepeated = false,
  ): Promise<Answer<SharedAnswer> | undefined> {
    // Where a claim is more than a look, nobody else has run the command.
    if (!isRepeated && this.#keys.keptResult === undefined) return undefined;
    let known: KeyClaim;
    try {
      known = await this.#keys.claim(key, digest, origin, event);
    } catch (error) {
      if (isRepeated) throw error;
      // What the command itself has failed with says more.
      return undefined;
    }
    if (known.kind === 'free') return undefined;
    if (known.digest !== digest) throw conflict(request);
    return { ok: true, value: shareAnswer(known.result) };
  }

  /** What failed has not happened, so its key is free again. */
  async #executeClaimed(run: KeyedRun, request: Request, claim: Claim): Promise<Answer<SharedAnswer>> {
    try {
      const answer = shared(await this.#execute(run, request, 'keep', claim));
      if (!answer.ok) this.#forget(claim);
      return answer;
    } catch (error) {
      // Of one that goes on, nobody knows whether it happens: its claim is over as that of a process that died.
      if (!this.#core.calls.isGivenUp(run.context)) this.#forget(claim);
      throw error;
    }
  }

  /** Waits until a run has ended, on behalf of the one that comes after it. */
  async #endOf(before: KeyedRun, run: KeyedRun): Promise<void> {
    const leave = this.#graph.join(before.context, run.context);
    try {
      await before.ended();
    } finally {
      leave();
    }
    this.#core.checkRunning();
  }

  #forget({ key, origin }: Claim): void {
    const failed = (error: unknown): void =>
      this.#core.warn({ error }, 'The idempotency key of a command that failed could not be given back');
    try {
      const forgotten = this.#keys.forget(key, origin);
      if (isThenable(forgotten)) forgotten.then(undefined, failed);
    } catch (error) {
      failed(error);
    }
  }

  /** Answers a query from its cache, or from one that is under way, or runs it. */
  async #fromCache(request: Request, cache: QueryCache): Promise<Answer> {
    const digest = digestOfData(request.data);
    const key = digest === undefined ? undefined : cache.keyOf(request.options, digest);
    const kept = key === undefined ? undefined : cache.find(key);
    if (kept !== undefined) return this.#kept(kept, request, cache);
    const pending = key === undefined ? undefined : cache.runOf(key);
    if (pending !== undefined && !this.#wouldWaitForItself(pending, request)) {
      cache.count('joined');
      return taken(await this.#join(pending, request));
    }
    cache.count('misses');
    // One that asks itself runs until the chain is too long, as it would without a cache.
    if (key === undefined || pending !== undefined) return await this.#alone(request);
    return taken(await this.#awaited(this.#begin(request, cache, key), request));
  }

  #kept({ key, answer, isStale }: KeptAnswer, request: Request, cache: QueryCache): Answer {
    cache.count(isStale ? 'staleHits' : 'hits');
    if (isStale && !cache.isPending(key)) this.#refresh(request, cache, key);
    return { ok: true, value: takeAnswer(answer) };
  }

  /** Nobody waits for it, so its errors are told to the operator. */
  #refresh(request: Request, cache: QueryCache, key: string): void {
    const failed = (error: unknown): void =>
      this.#core.warn({ error, query: request.contract.name }, 'A cached answer could not be refreshed');
    try {
      this.#begin({ ...request, isRefresh: true }, cache, key).goOnAlone(failed);
    } catch (error) {
      failed(error);
    }
  }

  #begin(request: Request, cache: QueryCache, key: string): Run<SharedAnswer> {
    const tags = cache.tagsOf(request.data);
    const run = new Run<SharedAnswer>(this.#contextOf(request), {
      abandon: (left) => {
        cache.end(key, left);
        this.#end(left.context);
      },
    });
    cache.begin(key, run, tags, request.isRefresh === true);
    return run.begin(async () => {
      try {
        const answer = shared(await this.#execute(run, request, 'keep'));
        if (answer.ok) cache.keep(key, run, answer.value);
        return answer;
      } finally {
        cache.end(key, run);
        this.#end(run.context);
      }
    });
  }

  /** Waits for what the request has begun. Who sent it and gives up waits no more, though others may. */
  async #awaited<V>(run: Run<V>, { options }: Request): Promise<Answer<V>> {
    const { calls, clock } = this.#core;
    const { requests } = calls;
    try {
      return await run.wait(options, clock);
    } finally {
      if (requests.has(run.context)) requests.set(run.context, undefined);
    }
  }

  async #join(run: Run<SharedAnswer>, { cause, options }: Request): Promise<Answer<SharedAnswer>> {
    const leave = cause === undefined ? undefined : this.#graph.join(run.context, cause);
    try {
      return await run.wait(options, this.#core.clock);
    } finally {
      leave?.();
    }
  }

  #wouldWaitForItself({ context }: Run<SharedAnswer>, { cause }: Request): boolean {
    return cause !== undefined && this.#graph.isWaitedForBy(cause, context);
  }

  /** Calls the handler, and checks what it answers. A request that is not ended here is under way until its answer is kept. */
  async #execute(run: Executed, request: Request, then: 'end' | 'keep', claim?: Claim): Promise<Answer> {
    const { context } = run;
    try {
      for (let conflicts = 1; ; conflicts += 1) {
        try {
          return await this.#call(run, request, claim);
        } catch (error) {
          if (conflicts > context.retriesAfter(error)) throw error;
          await this.#pause(delayOf(CONFLICT_BACKOFF, conflicts));
          context.reopen();
        }
      }
    } catch (error) {
      context.discard();
      throw error;
    } finally {
      if (then === 'end') this.#end(context);
    }
  }

  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => systemClock.after(delayMs, resolve));
  }

  async #call(run: Executed, { contract }: Request, claim: Claim | undefined): Promise<Answer> {
    const { context } = run;
    const { calls, units } = this.#core;
    const work = this.#core.callRequest(context);
    const answer = isThenable(work) ? await awaitMortarRequest(calls.orGivenUp(context, work)) : work;
    run.checkCounts();
    if (answer === work) context.throwRefusal();
    if (isFailure(answer)) {
      const failure = failureOf(contract, answer.name, answer.data);
      context.discard();
      return { ok: false, failure };
    }
    if (units !== undefined)
      return await commitAnswer(this.#core, units.committer, {
        run,
        contract,
        answer,
        keep: this.#keepOf(claim),
      });
    const value = resultOf(contract, answer);
    context.close();
    context.tellRefusal();
    if (context.published !== undefined) this.#core.sendPublished(context.published);
    run.succeed();
    return { ok: true, value };
  }

  /** How the store keeps the result of a command, if it does. */
  #keepOf(claim: Claim | undefined): ((result: () => unknown) => KeptResult | undefined) | undefined {
    if (claim === undefined) return undefined;
    const { key, digest, origin } = claim;
    return (result) => this.#keys.keptResult?.(key, digest, origin, result);
  }

  /** What a command is known by, if it is. A derived key counts beyond the attempt only if that fails. */
  #claimOf(request: Request): Claim | undefined {
    const claim = claimOf(request, this.#core.units !== undefined);
    const event = claim?.event;
    if (event !== undefined) request.cause?.onDiscard(() => this.#keys.attemptFailed?.(event));
    return claim;
  }

  #contextOf(request: Request, key: string | undefined = keyOf(request)): HandlerContext {
    const { contract, data, options, handler, cause, isRefresh } = request;
    const envelope = envelopeOf(contract.name, data, options);
    if (cause !== undefined) this.#core.link(envelope, cause.envelope);
    const context =
      key === undefined ? new HandlerContext(handler, envelope, 1) : new KeyedContext(handler, envelope, key);
    this.#core.calls.requests.set(context, isRefresh === true ? undefined : cause);
    return context;
  }

  #end(context: HandlerContext): void {
    this.#core.endCall(context);
  }
}

/** The key that a caller gave, in a text that says for what and whom it counts. */
function keyOf({ contract, options }: Request): string | undefined {
  const { idempotencyKey } = options;
  return idempotencyKey === undefined ? undefined : scoped(contract, options, 'given', idempotencyKey);
}

/** The key that a caller gave, or one that is the same each time the same event is handled again. Of commands alone. */
function claimOf(request: Request, isDurable: boolean): Claim | undefined {
  const { contract, data, options, cause } = request;
  if (contract.kind !== 'command') return undefined;
  const given = keyOf(request);
  if (given !== undefined) return { key: given, digest: digestOf(data), origin: 'given', event: undefined };
  if (cause === undefined || !isComingAgain(cause, isDurable)) return undefined;
  const digest = digestOfData(data);
  if (digest === undefined) return undefined;
  const count = cause.countSent(`${contract.name} ${digest}`);
  const key = `${cause.idempotencyKey} ${contract.name} ${digest} ${count}`;
  return { key: scoped(contract, options, 'derived', key), digest, origin: 'derived', event: cause.envelope };
}

/**
 * Whether what a handler dispatches may be dispatched again by the same message: an event is delivered again, and where
 * results outlive the process, a command that has a key is dispatched again.
 */
function isComingAgain(cause: HandlerContext, isDurable: boolean): boolean {
  return 'occurredAt' in cause.envelope || (isDurable && cause instanceof KeyedContext);
}

function scoped(
  { name }: AnyRequest,
  { tenant, actor }: DispatchOptions,
  origin: KeyOrigin,
  key: string,
): string {
  return JSON.stringify([name, tenant ?? null, actor ?? null, origin, key]);
}

function envelopeOf(type: string, data: unknown, options: DispatchOptions): RequestEnvelope {
  const id = newId();
  return Object.freeze({
    id,
    type,
    correlationId: options.correlationId ?? id,
    causationId: options.causationId,
    actor: options.actor,
    tenant: options.tenant,
    traceparent: options.traceparent,
    data,
  });
}

/** The data of a failure is shared like a result. */
function shared(answer: Answer): Answer<SharedAnswer> {
  if (answer.ok) return { ok: true, value: shareAnswer(answer.value) };
  const { name, data } = answer.failure;
  return { ok: false, failure: fail(name, shareAnswer(data)) };
}

function taken(answer: Answer<SharedAnswer>, take: (shared: SharedAnswer) => unknown = takeAnswer): Answer {
  if (answer.ok) return { ok: true, value: take(answer.value) };
  const { name, data } = answer.failure;
  // As `shared` has made it.
  return { ok: false, failure: fail(name, take(data as SharedAnswer)) };
}

/** A key that was derived has one caller, who knows of no other: what it gets is its own. */
function takenBy({ origin }: Claim, answer: Answer<SharedAnswer>): Answer {
  return taken(answer, origin === 'given' ? takeAnswer : copyAnswer);
}

function conflict({ contract }: Request): MortarError {
  return new MortarError('MORTAR_IDEMPOTENCY_CONFLICT', {
    rule: 'An idempotency key stands for one command with its data.',
    expected: `the data with which ${contract.name} was dispatched first, or another key`,
    got: 'other data under the same key',
  });
}

function cycle({ contract }: Request): MortarError {
  return new MortarError('MORTAR_IDEMPOTENCY_CYCLE', {
    rule: 'A command does not wait for itself.',
    expected: `${contract.name} to be dispatched under another key by its own handler, or by those it waits for`,
    got: 'the key of the command that is being handled',
  });
}
