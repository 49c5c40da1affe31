import {
  type CommandContract,
  checkEnvelopeOptions,
  checked,
  type FailureContract,
  type FailureOut,
  type PortMethod,
  type QueryContract,
} from '../../contracts/index.js';
import { checkKeys, describeValue, MortarError } from '../../errors/index.js';
import type { CommandHandler, Handler, PortMethodHandler, QueryHandler } from '../handler.js';
import type { BusCore } from '../internal/bus-core.js';
import {
  type AnyRequest,
  callFrom,
  HandlerContext,
  type HandlerIdentity,
} from '../internal/handler-context.js';
import { RequestRunner } from '../internal/requests/request-runner.js';
import { withRules } from '../internal/requests/rules.js';
import { type Invocation, invocationOf } from '../internal/routing/invocation.js';
import { checkKind } from '../internal/routing/kind.js';
import {
  type CommandOptions,
  checkHandlerOptions,
  type HandlerOptions,
  type QueryOptions,
  type RequestHandlerOptions,
} from './handler-options.js';
import type { IdempotencyKeys } from './idempotency-keys.js';
import { type CacheStats, checkTags, type Invalidation, QueryCache } from './query-cache.js';
import {
  type CallOptions,
  checkCallOptions,
  checkRequestOptions,
  type DispatchOptions,
  type RequestOptions,
  type SentOptions,
} from './request-options.js';
import { type Result, resultValue } from './result.js';

/** A registered handler of a command, query or method of a port. */
export interface RequestRegistration extends HandlerIdentity {
  readonly contract: AnyRequest;
  readonly handler: Invocation;
  readonly cache: QueryCache | undefined;
  /** The name of the function, where it has one; for messages. */
  readonly label: string;
}

/** Brings commands, queries and calls of ports to their one handler. Checks what goes in and what comes out. */
export class RequestBus {
  readonly #core: BusCore;
  readonly #runner: RequestRunner;
  readonly #registrations = new Map<string, RequestRegistration>();

  constructor(core: BusCore, keys: IdempotencyKeys) {
    this.#core = core;
    this.#runner = new RequestRunner(core, keys);
  }

  /**
   * Registers the handler of a command.
   * @throws MortarError `MORTAR_HANDLER_DUPLICATE`, `MORTAR_HANDLER_INVALID`, `MORTAR_OPTIONS_INVALID`
   */
  handle<C extends CommandContract>(
    command: C,
    handler: Handler<CommandHandler<C>>,
    options?: RequestHandlerOptions & CommandOptions<C>,
  ): void {
    this.#register('command', command, handler, options);
  }

  /**
   * Registers the handler of a query.
   * @throws MortarError `MORTAR_HANDLER_DUPLICATE`, `MORTAR_HANDLER_INVALID`, `MORTAR_OPTIONS_INVALID`
   */
  answer<C extends QueryContract>(
    query: C,
    handler: Handler<QueryHandler<C>>,
    options?: RequestHandlerOptions & QueryOptions<C>,
  ): void {
    this.#register('query', query, handler, options);
  }

  /**
   * Registers what does the work of one method of a port. Called by the handler of a query, it may not publish or dispatch
   * either.
   * @throws MortarError `MORTAR_HANDLER_DUPLICATE`, `MORTAR_HANDLER_INVALID`, `MORTAR_OPTIONS_INVALID`
   */
  serve<M extends PortMethod>(
    method: M,
    handler: Handler<PortMethodHandler<M>>,
    options?: RequestHandlerOptions,
  ): void {
    this.#register('port', method, handler, options);
  }

  /**
   * Dispatches a command and resolves with its result, when its handler has finished and what it published is
   * accepted. Rejects with the handler's error; then nothing was published.
   * @throws MortarError `MORTAR_DATA_INVALID`, `MORTAR_RULE_BROKEN`, `MORTAR_RESULT_INVALID`, `MORTAR_HANDLER_MISSING`,
   * `MORTAR_REQUEST_TIMEOUT`, `MORTAR_IDEMPOTENCY_CONFLICT`, `MORTAR_BUS_STOPPED`; `MORTAR_REQUEST_REFUSED` with the failure
   * that the handler returned as its cause
   */
  async dispatch<In, Value>(
    command: CommandContract<string, unknown, In, Value>,
    data: NoInfer<In>,
    options?: DispatchOptions,
  ): Promise<Value> {
    this.#checkSendable('command', command);
    return (await this.request(command, data, options)) as Value;
  }

  /** The same, but resolves with a failure where the handler returned one. Rejects with everything else. */
  async tryDispatch<In, Value, F extends FailureContract>(
    command: CommandContract<string, unknown, In, Value, unknown, F>,
    data: NoInfer<In>,
    options?: DispatchOptions,
  ): Promise<Result<Value, FailureOut<F>>> {
    this.#checkSendable('command', command);
    return (await this.requestResult(command, data, options)) as Result<Value, FailureOut<F>>;
  }

  /**
   * Asks a query and resolves with the answer, which may come from the query's cache. Rejects with the handler's error.
   * @throws MortarError `MORTAR_DATA_INVALID`, `MORTAR_RESULT_INVALID`, `MORTAR_HANDLER_MISSING`, `MORTAR_REQUEST_TIMEOUT`,
   * `MORTAR_BUS_STOPPED`; `MORTAR_REQUEST_REFUSED` with the failure that the handler returned as its cause
   */
  async ask<In, Value>(
    query: QueryContract<string, unknown, In, Value>,
    data: NoInfer<In>,
    options?: RequestOptions,
  ): Promise<Value> {
    this.#checkSendable('query', query);
    return (await this.request(query, data, options)) as Value;
  }

  /** The same, but resolves with a failure where the handler returned one. Rejects with everything else. */
  async tryAsk<In, Value, F extends FailureContract>(
    query: QueryContract<string, unknown, In, Value, unknown, F>,
    data: NoInfer<In>,
    options?: RequestOptions,
  ): Promise<Result<Value, FailureOut<F>>> {
    this.#checkSendable('query', query);
    return (await this.requestResult(query, data, options)) as Result<Value, FailureOut<F>>;
  }

  /**
   * Calls a method of a port, once, and resolves with its result. It has the time of the contract, or less if the options
   * say so. `from`, the context of a handler, makes it a part of that handler's work. A call is made also while the bus
   * drains, since what a handler uses may call without its context: who may call then is for the caller of this to say.
   * @throws MortarError as `dispatch`; `MORTAR_OPTIONS_INVALID` for a `from` that no bus made
   */
  async call<In, Value>(
    method: PortMethod<unknown, In, Value>,
    data: NoInfer<In>,
    options: CallOptions = {},
  ): Promise<Value> {
    checkKind('port', method);
    checkCallOptions(options);
    const { from, ...rest } = options;
    if (HandlerContext.isOne(from))
      return resultValue(method.name, await callFrom(from, method, data, rest)) as Value;
    if (from !== undefined) throw notContext(from);
    return (await this.request(method, data, rest)) as Value;
  }

  /**
   * Makes cached answers invalid, so that whoever asks from now on gets none that was found before.
   * @throws MortarError `MORTAR_OPTIONS_INVALID`, `MORTAR_HANDLER_INVALID`
   */
  invalidate(invalidation: Invalidation): void {
    checkKeys('invalidate', invalidation, ['query', 'tags']);
    const { query, tags } = invalidation;
    if (query === undefined && tags === undefined) throw nothingToInvalidate();
    if (query !== undefined) checkKind('query', query);
    if (tags !== undefined) checkTags(tags);
    for (const { cache } of this.#registrations.values())
      if (query === undefined || cache?.query === query.name) cache?.invalidate(tags);
  }

  /** What the caches of queries have done, by the name of the query. */
  cacheStats(): readonly CacheStats[] {
    return [...this.#registrations.values()]
      .flatMap(({ cache }) => (cache === undefined ? [] : [cache.stats()]))
      .sort((a, b) => (a.query < b.query ? -1 : 1));
  }

  /** Every registration. */
  registrations(): readonly RequestRegistration[] {
    return [...this.#registrations.values()];
  }

  /**
   * Sends a request, also while the bus drains; `cause` is the context of the handler that sends it.
   * @throws MortarError as `dispatch`
   */
  async request(
    contract: AnyRequest,
    data: unknown,
    options?: SentOptions,
    cause?: HandlerContext,
  ): Promise<unknown> {
    return resultValue(contract.name, await this.requestResult(contract, data, options, cause));
  }

  /**
   * The same, but resolves with a failure where the handler returned one. Of the contract that the caller has in hand,
   * kind and name alone count: the registered one decides about schemas, failures and time.
   */
  async requestResult(
    { kind, name }: AnyRequest,
    data: unknown,
    options: SentOptions = {},
    cause?: HandlerContext,
  ): Promise<Result<unknown>> {
    this.#core.checkRunning();
    checkRequestOptions(kind, options);
    const registration = this.#find(kind, name);
    const { contract } = registration;
    checkEnvelopeOptions(options);
    options.signal?.throwIfAborted();
    const input =
      options.isChecked === true
        ? data
        : checked('MORTAR_DATA_INVALID', `The data of ${name}`, contract.data, data);
    return await this.#runner.answer({
      contract,
      handler: identityOf(registration, cause),
      data: input,
      options: contract.kind === 'port' ? withinTime(contract, options) : options,
      cause,
      cache: registration.cache,
    });
  }

  #checkSendable(kind: AnyRequest['kind'], contract: unknown): void {
    this.#core.checkOpen();
    checkKind(kind, contract);
  }

  #register(
    kind: AnyRequest['kind'],
    contract: AnyRequest,
    handler: unknown,
    options: HandlerOptions = {},
  ): void {
    checkKind(kind, contract);
    checkHandlerOptions(contract, options);
    const { name = contract.name, module, sends, validate = [], cache } = options;
    const call = invocationOf(handler);
    const label = labelOf(name, handler);
    const present = this.#registrations.get(contract.name);
    if (present !== undefined) throw duplicate(contract, present.label, label);
    this.#registrations.set(contract.name, {
      contract,
      name,
      module,
      sends,
      isReadOnly: kind === 'query',
      services: this.#core,
      handler: withRules(validate, call),
      cache: cache === undefined ? undefined : this.#cacheOf(contract, cache),
      label,
    });
  }

  #cacheOf({ name }: AnyRequest, options: NonNullable<HandlerOptions['cache']>): QueryCache {
    const cache = new QueryCache(name, options, this.#core.clock);
    const invalidate = (): void => cache.invalidate();
    for (const event of options.invalidatedBy ?? [])
      this.#core.eventWatch.add(event.name, { accepted: invalidate, settled: invalidate });
    return cache;
  }

  #find(kind: AnyRequest['kind'], name: string): RequestRegistration {
    const found = this.#registrations.get(name);
    if (found?.contract.kind === kind) return found;
    throw new MortarError('MORTAR_HANDLER_MISSING', {
      rule: `A ${kind} has exactly one handler.`,
      expected: `a handler of ${name}, as module ${name.split('.', 1)} registers it where it is loaded`,
      got: `handlers of ${[...this.#registrations.keys()].join(', ') || 'nothing'}`,
    });
  }
}

/** What does the work of a port for the handler of a query may change nothing either. */
function identityOf(registration: RequestRegistration, cause: HandlerContext | undefined): HandlerIdentity {
  if (registration.contract.kind !== 'port' || cause?.handler.isReadOnly !== true) return registration;
  return { ...registration, isReadOnly: true };
}

function withinTime({ timeoutMs }: PortMethod, options: DispatchOptions): DispatchOptions {
  return { ...options, timeoutMs: Math.min(timeoutMs, options.timeoutMs ?? timeoutMs) };
}

function notContext(from: unknown): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'The option from is the context of the handler that calls.',
    expected: 'a context that a bus made',
    got: describeValue(from),
  });
}

/** The name of a handler, and of its function where that says more. */
function labelOf(name: string, handler: unknown): string {
  const isNamed = typeof handler === 'function' && handler.name !== '' && handler.name !== name;
  return isNamed ? `${name} (function ${handler.name})` : name;
}

function duplicate(contract: AnyRequest, present: string, second: string): MortarError {
  return new MortarError('MORTAR_HANDLER_DUPLICATE', {
    rule: `A ${contract.kind} has exactly one handler.`,
    expected: `${present} alone to handle ${contract.name}`,
    got: `a second one, ${second}`,
  });
}

function nothingToInvalidate(): MortarError {
  return new MortarError('MORTAR_OPTIONS_INVALID', {
    rule: 'An invalidation says what is no longer good.',
    expected: 'a query, tags, or both',
    got: 'neither',
  });
}
