import { newId, type Schema, summarize, validate } from '../../../contracts/index.js';
import { describeValue, type ErrorCode, MortarError } from '../../../errors/index.js';
import { isThenable, type RequestEnvelope } from '../../handler.js';
import type { IdempotencyKeys } from '../../requests/idempotency-keys.js';
import type { KeptAnswer, QueryCache } from '../../requests/query-cache.js';
import type { DispatchOptions } from '../../requests/request-options.js';
import { fail, isFailure } from '../../requests/result.js';
import type { BusCore } from '../bus-core.js';
import { type AnyRequest, HandlerContext, type HandlerIdentity } from '../handler-context.js';
import { awaitMortarRequest } from '../settle-handler.js';
import { digestOf } from './digest.js';
import { type Answer, Run } from './run.js';
import { type SharedAnswer, shareAnswer, takeAnswer } from './shared-answer.js';
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
}

/** What the call of a handler needs to know of its run. */
type Executed = Pick<Run, 'context' | 'checkWanted' | 'succeed'>;

/** Runs requests: each once for all who may share its answer. */
export class RequestRunner {
  readonly #core: BusCore;
  readonly #keys: IdempotencyKeys;
  readonly #graph: WaitGraph;
  /** Commands under way that have a key. */
  readonly #keyed = new Map<string, Run<SharedAnswer>>();

  constructor(core: BusCore, keys: IdempotencyKeys) {
    this.#core = core;
    this.#keys = keys;
    this.#graph = new WaitGraph(core.requests);
  }

  /** Throws at once where the request can't be made; rejects with what its handler throws. */
  answer(request: Request): Promise<Answer> {
    if (request.cache !== undefined) return this.#fromCache(request, request.cache);
    const claim = claimOf(request);
    return claim === undefined ? this.#alone(request) : this.#once(request, claim);
  }

  #alone(request: Request): Promise<Answer> {
    const run = new Run<unknown>(this.#contextOf(request), undefined, ({ context }) => this.#end(context));
    run.begin(() => this.#execute(run, request, 'end'));
    return run.wait(request.options, this.#core.clock);
  }

  /** Runs a command unless one with its key has run or is under way; then it has the same answer. */
  async #once(request: Request, { key, digest }: Claim): Promise<Answer> {
    const present = this.#keyed.get(key);
    if (present !== undefined) {
      if (present.digest !== digest) throw conflict(request);
      if (this.#wouldWaitForItself(present, request)) throw cycle(request);
      return taken(await this.#join(present, request));
    }
    const run = new Run<SharedAnswer>(this.#contextOf(request), digest, (left) => {
      this.#release(key, left);
      this.#forget(key);
    });
    this.#keyed.set(key, run);
    run.begin(() => this.#executeOnce(run, request, { key, digest }));
    return taken(await run.wait(request.options, this.#core.clock));
  }

  async #executeOnce(
    run: Run<SharedAnswer>,
    request: Request,
    { key, digest }: Claim,
  ): Promise<Answer<SharedAnswer>> {
    try {
      const claim = this.#keys.claim(key, digest);
      const known = isThenable(claim) ? await claim : claim;
      // Given up while it was claimed: there was no claim yet to give back.
      if (run.isAbandoned && known.kind === 'free') this.#forget(key);
      run.checkWanted();
      if (known.kind === 'kept') {
        if (known.digest !== digest) throw conflict(request);
        return { ok: true, value: shareAnswer(known.result) };
      }
      const answer = await this.#executeClaimed(run, request, key);
      if (!answer.ok) return answer;
      const kept = this.#keys.keep(key, digest, answer.value.value);
      if (isThenable(kept)) await kept;
      return answer;
    } finally {
      this.#release(key, run);
    }
  }

  /** What failed has not happened, so its key is free again; one that was abandoned has given it back already. */
  async #executeClaimed(
    run: Run<SharedAnswer>,
    request: Request,
    key: string,
  ): Promise<Answer<SharedAnswer>> {
    try {
      const answer = shared(await this.#execute(run, request, 'keep'));
      if (!answer.ok) this.#forget(key);
      return answer;
    } catch (error) {
      if (!run.isAbandoned) this.#forget(key);
      throw error;
    }
  }

  #release(key: string, run: Run<SharedAnswer>): void {
    if (this.#keyed.get(key) === run) this.#keyed.delete(key);
    this.#end(run.context);
  }

  #forget(key: string): void {
    const failed = (error: unknown): void =>
      this.#core.warn({ error }, 'The idempotency key of a command that failed could not be given back');
    try {
      const forgotten = this.#keys.forget(key);
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
    return taken(await this.#begin(request, cache, key).wait(request.options, this.#core.clock));
  }

  #kept({ key, answer, isStale }: KeptAnswer, request: Request, cache: QueryCache): Answer {
    cache.count(isStale ? 'staleHits' : 'hits');
    if (isStale && cache.runOf(key) === undefined) this.#refresh(request, cache, key);
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
    const run = new Run<SharedAnswer>(this.#contextOf(request), undefined, (left) => {
      cache.end(key, left);
      this.#end(left.context);
    });
    cache.begin(key, run, tags);
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
  async #execute(run: Executed, { contract }: Request, then: 'end' | 'keep'): Promise<Answer> {
    const { context } = run;
    try {
      const work = this.#core.callRequest(context);
      const answer = isThenable(work) ? await awaitMortarRequest(work) : work;
      run.checkWanted();
      if (answer === work) context.throwRefusal();
      if (isFailure(answer)) {
        const failure = failureOf(contract, answer.name, answer.data);
        context.discard();
        return { ok: false, failure };
      }
      const value = resultOf(contract, answer);
      context.close();
      context.tellRefusal();
      if (context.published !== undefined) this.#core.sendPublished(context.published);
      run.succeed();
      return { ok: true, value };
    } catch (error) {
      context.discard();
      throw error;
    } finally {
      if (then === 'end') this.#end(context);
    }
  }

  #contextOf(request: Request): HandlerContext {
    const { contract, data, options, handler, cause, isRefresh } = request;
    const envelope = envelopeOf(contract.name, data, options);
    if (cause !== undefined) this.#core.link(envelope, cause.envelope);
    const context = new HandlerContext(handler, envelope, 1);
    this.#core.requests.set(context, isRefresh === true ? undefined : cause);
    return context;
  }

  #end(context: HandlerContext): void {
    if (this.#core.requests.delete(context)) this.#core.changed();
  }
}

/**
 * Checks data that goes to, or comes from, a handler.
 * @throws MortarError of the code
 */
export function parse(code: ErrorCode, what: string, schema: Schema, value: unknown): unknown {
  const result = validate(schema, value);
  if (result.ok) return result.value;
  throw new MortarError(code, {
    rule: `${what} follows its schema.`,
    expected: 'data without issues',
    got: summarize(result.issues),
    issues: result.issues,
  });
}

function resultOf({ name, result }: AnyRequest, answer: unknown): unknown {
  if (result === undefined) return undefined;
  return parse('MORTAR_RESULT_INVALID', `The result of ${name}`, result, answer);
}

function failureOf(contract: AnyRequest, name: string, data: unknown) {
  const failures = contract.kind === 'port' ? [] : contract.failures;
  const declared = failures.find((one) => one.name === name);
  if (declared === undefined) {
    throw new MortarError('MORTAR_RESULT_INVALID', {
      rule: `A handler of ${contract.name} fails with what its contract names.`,
      expected: failures.map((one) => one.name).join(', ') || 'no failure',
      got: describeValue(name),
    });
  }
  const what = `The failure ${name} of ${contract.name}`;
  return fail(name, parse('MORTAR_RESULT_INVALID', what, declared.data, data));
}

/** The key that a caller gave, or one that is the same each time the same event is handled again. */
function claimOf({ contract, data, options, cause }: Request): Claim | undefined {
  if (options.idempotencyKey !== undefined)
    return { key: scoped(contract, options, 'given', options.idempotencyKey), digest: digestOf(data) };
  if (contract.kind !== 'command' || cause === undefined || !('occurredAt' in cause.envelope))
    return undefined;
  const digest = digestOfData(data);
  if (digest === undefined) return undefined;
  const count = cause.countDispatch(`${contract.name} ${digest}`);
  const key = `${cause.idempotencyKey} ${contract.name} ${digest} ${count}`;
  return { key: scoped(contract, options, 'derived', key), digest };
}

function scoped({ name }: AnyRequest, { tenant, actor }: DispatchOptions, ...rest: string[]): string {
  return JSON.stringify([name, tenant ?? null, actor ?? null, ...rest]);
}

/** Data that the codec does not carry has no digest: it can't be compared. */
function digestOfData(data: unknown): string | undefined {
  try {
    return digestOf(data);
  } catch (error) {
    if (error instanceof MortarError) return undefined;
    throw error;
  }
}

function envelopeOf(type: string, data: unknown, options: DispatchOptions): RequestEnvelope {
  const id = newId();
  return {
    id,
    type,
    correlationId: options.correlationId ?? id,
    causationId: options.causationId,
    actor: options.actor,
    tenant: options.tenant,
    traceparent: options.traceparent,
    data,
  };
}

function shared(answer: Answer): Answer<SharedAnswer> {
  return answer.ok ? { ok: true, value: shareAnswer(answer.value) } : answer;
}

function taken(answer: Answer<SharedAnswer>): Answer {
  return answer.ok ? { ok: true, value: takeAnswer(answer.value) } : answer;
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
