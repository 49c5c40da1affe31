import {
  type CommandContract,
  checkEnvelopeOptions,
  checkModuleName,
  type EnvelopeOptions,
  newId,
  type QueryContract,
  type Schema,
  summarize,
  validate,
} from '../contracts/index.js';
import { checkKeys, describeValue, type ErrorCode, MortarError } from '../errors/index.js';
import {
  type CommandHandler,
  type Handler,
  isThenable,
  type QueryHandler,
  type RequestEnvelope,
} from './handler.js';
import type { BusCore } from './internal/bus-core.js';
import { checkKind, HandlerContext, type HandlerIdentity } from './internal/handler-context.js';
import { type Invocation, invocationOf } from './internal/routing/invocation.js';
import { awaitMortarRequest } from './internal/settle-handler.js';
import { checkSubscriptionName } from './subscription.js';

/** What a caller may say about a command or query besides its data. */
export type RequestOptions = Pick<
  EnvelopeOptions,
  'correlationId' | 'causationId' | 'actor' | 'tenant' | 'traceparent'
>;

/** Who handles, where it is not said by the contract. */
export interface RequestHandlerOptions {
  /** Stands in errors, logs and idempotency keys; the contract's name unless said. */
  readonly name?: string;
  /** The module the handler belongs to: it may then publish that module's events only. */
  readonly module?: string;
}

/** A registered handler of a command or query. */
export interface RequestRegistration extends HandlerIdentity {
  readonly contract: CommandContract | QueryContract;
  readonly handler: Invocation;
}

/** Brings commands and queries to their one handler. Checks what goes in and what comes out. */
export class RequestBus {
  readonly #core: BusCore;
  readonly #registrations = new Map<string, RequestRegistration>();

  constructor(core: BusCore) {
    this.#core = core;
  }

  /**
   * Registers the handler of a command.
   * @throws MortarError `MORTAR_HANDLER_DUPLICATE`, `MORTAR_HANDLER_INVALID`
   */
  handle<C extends CommandContract>(
    command: C,
    handler: Handler<CommandHandler<C>>,
    options?: RequestHandlerOptions,
  ): void {
    this.#register('command', command, handler, options);
  }

  /**
   * Registers the handler of a query.
   * @throws MortarError `MORTAR_HANDLER_DUPLICATE`, `MORTAR_HANDLER_INVALID`
   */
  answer<C extends QueryContract>(
    query: C,
    handler: Handler<QueryHandler<C>>,
    options?: RequestHandlerOptions,
  ): void {
    this.#register('query', query, handler, options);
  }

  /**
   * Dispatches a command and resolves with its result, when its handler has finished and what it published is
   * accepted. Rejects with the handler's error; then nothing was published.
   * @throws MortarError `MORTAR_DATA_INVALID`, `MORTAR_RESULT_INVALID`, `MORTAR_HANDLER_MISSING`, `MORTAR_BUS_STOPPED`
   */
  async dispatch<In, Result>(
    command: CommandContract<string, unknown, In, Result>,
    data: NoInfer<In>,
    options?: RequestOptions,
  ): Promise<Result> {
    this.#core.checkOpen();
    checkKind('command', command);
    return (await this.request(command, data, options)) as Result;
  }

  /**
   * Asks a query and resolves with the answer. Rejects with the handler's error.
   * @throws MortarError `MORTAR_DATA_INVALID`, `MORTAR_RESULT_INVALID`, `MORTAR_HANDLER_MISSING`, `MORTAR_BUS_STOPPED`
   */
  async ask<In, Result>(
    query: QueryContract<string, unknown, In, Result>,
    data: NoInfer<In>,
    options?: RequestOptions,
  ): Promise<Result> {
    this.#core.checkOpen();
    checkKind('query', query);
    return (await this.request(query, data, options)) as Result;
  }

  /** Every registration. */
  registrations(): readonly RequestRegistration[] {
    return [...this.#registrations.values()];
  }

  /** Sends a request, also while the bus drains; `cause` is the handler that sends it. */
  async request(
    contract: CommandContract | QueryContract,
    data: unknown,
    options: RequestOptions = {},
    cause?: HandlerContext,
  ): Promise<unknown> {
    this.#core.checkRunning();
    checkRequestOptions(options);
    const registration = this.#find(contract);
    checkEnvelopeOptions(options);
    const input = parse('MORTAR_DATA_INVALID', `The data of ${contract.name}`, contract.data, data);
    const envelope = envelopeOf(contract.name, input, options);
    if (cause !== undefined) this.#core.link(envelope, cause.envelope);
    const context = new HandlerContext(registration, envelope, 1);
    this.#core.requests.set(context, cause);
    try {
      return await this.#run(registration, context);
    } catch (error) {
      context.discard();
      throw error;
    } finally {
      this.#core.requests.delete(context);
      this.#core.changed();
    }
  }

  async #run({ contract }: RequestRegistration, context: HandlerContext): Promise<unknown> {
    const work = this.#core.callRequest(context);
    const answer = isThenable(work) ? await awaitMortarRequest(work) : work;
    if (answer === work) context.throwRefusal();
    const result =
      contract.result === undefined
        ? undefined
        : parse('MORTAR_RESULT_INVALID', `The result of ${contract.name}`, contract.result, answer);
    context.close();
    context.tellRefusal();
    if (context.published !== undefined) this.#core.sendPublished(context.published);
    return result;
  }

  #register(
    kind: 'command' | 'query',
    contract: CommandContract | QueryContract,
    handler: unknown,
    options: RequestHandlerOptions = {},
  ): void {
    checkKind(kind, contract);
    checkHandlerOptions(contract, options);
    const { name = contract.name, module } = options;
    const present = this.#registrations.get(contract.name);
    if (present !== undefined) {
      throw new MortarError('MORTAR_HANDLER_DUPLICATE', {
        rule: `A ${kind} has exactly one handler.`,
        expected: `${present.name} alone to handle ${contract.name}`,
        got: `a second one, ${name}`,
      });
    }
    this.#registrations.set(contract.name, {
      contract,
      name,
      module,
      isReadOnly: kind === 'query',
      services: this.#core,
      handler: invocationOf(handler),
    });
  }

  #find(contract: CommandContract | QueryContract): RequestRegistration {
    const found = this.#registrations.get(contract.name);
    if (found?.contract.kind === contract.kind) return found;
    throw new MortarError('MORTAR_HANDLER_MISSING', {
      rule: `A ${contract.kind} has exactly one handler.`,
      expected: `a registered handler of ${contract.name}`,
      got: `handlers of ${[...this.#registrations.keys()].join(', ') || 'nothing'}`,
    });
  }
}

function envelopeOf(type: string, data: unknown, options: RequestOptions): RequestEnvelope {
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

function parse(code: ErrorCode, what: string, schema: Schema, value: unknown): unknown {
  const result = validate(schema, value);
  if (result.ok) return result.value;
  throw new MortarError(code, {
    rule: `${what} follows its schema.`,
    expected: 'data without issues',
    got: summarize(result.issues),
    issues: result.issues,
  });
}

const ENVELOPE_TEXTS = ['correlationId', 'causationId', 'actor', 'tenant', 'traceparent'] as const;

function checkRequestOptions(options: RequestOptions): void {
  checkKeys('a request', options, ENVELOPE_TEXTS);
  for (const field of ENVELOPE_TEXTS) {
    const value: unknown = options[field];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new MortarError('MORTAR_ENVELOPE_INVALID', {
      rule: `The field ${field} of a request is well formed.`,
      expected: 'a text of one character or more',
      got: describeValue(value),
    });
  }
}

function checkHandlerOptions(
  contract: CommandContract | QueryContract,
  options: RequestHandlerOptions,
): void {
  checkKeys('handle', options, ['name', 'module']);
  const { name, module } = options;
  if (name !== undefined) checkSubscriptionName(name);
  if (module === undefined) return;
  checkModuleName(module);
  if (module === contract.module) return;
  throw new MortarError('MORTAR_NOT_OWNER', {
    rule: 'Only the module named in the prefix of a command or query handles it.',
    expected: `a handler of module ${contract.module} for ${contract.name}`,
    got: `one of module ${module}`,
  });
}
