import {
  type CommandContract,
  type EnvelopeOptions,
  newId,
  type QueryContract,
  type Schema,
  validate,
} from '../contracts/index.js';
import { describeValue, type ErrorCode, MortarError } from '../errors/index.js';
import {
  type CommandHandler,
  type Handler,
  isThenable,
  type QueryHandler,
  type RequestEnvelope,
} from './handler.js';
import type { BusCore } from './internal/bus-core.js';
import { HandlerContext, type HandlerIdentity, type Message } from './internal/handler-context.js';
import { type Invocation, invocationOf } from './internal/routing/invocation.js';
import { awaitMortarHandler } from './internal/settle-handler.js';

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
    return (await this.request(query, data, options)) as Result;
  }

  /** Every registration. */
  registrations(): readonly RequestRegistration[] {
    return [...this.#registrations.values()];
  }

  /** Sends a request, also while the bus drains; `cause` is the message whose handler sends it. */
  async request(
    contract: CommandContract | QueryContract,
    data: unknown,
    options: RequestOptions = {},
    cause?: Message,
  ): Promise<unknown> {
    const registration = this.#find(contract);
    const input = parse('MORTAR_DATA_INVALID', `The data of ${contract.name}`, contract.data, data);
    const envelope = envelopeOf(contract.name, input, options);
    if (cause !== undefined) this.#core.link(envelope, cause);
    this.#core.requests += 1;
    try {
      return await this.#run(registration, envelope);
    } finally {
      this.#core.requests -= 1;
      this.#core.changed();
    }
  }

  async #run(registration: RequestRegistration, envelope: RequestEnvelope): Promise<unknown> {
    const { contract } = registration;
    const context = new HandlerContext(registration, envelope, 1);
    try {
      const work = this.#core.callHandler(context);
      const answer = isThenable(work) ? await awaitMortarHandler(work) : work;
      const result =
        contract.result === undefined
          ? undefined
          : parse('MORTAR_RESULT_INVALID', `The result of ${contract.name}`, contract.result, answer);
      if (context.published !== undefined) this.#core.intake.pushPublished(context.published);
      return result;
    } finally {
      context.close();
    }
  }

  #register(
    kind: 'command' | 'query',
    contract: CommandContract | QueryContract,
    handler: unknown,
    options: RequestHandlerOptions = {},
  ): void {
    if (contract?.kind !== kind) throw wrongKind(kind, contract);
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
    if (contract?.kind !== 'command' && contract?.kind !== 'query')
      throw wrongKind('command or query', contract);
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
    got: result.issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
    issues: result.issues,
  });
}

function wrongKind(kind: string, contract: unknown): MortarError {
  const isContract =
    typeof contract === 'object' && contract !== null && 'kind' in contract && 'name' in contract;
  return new MortarError('MORTAR_HANDLER_INVALID', {
    rule: 'Commands are dispatched and handled, queries are asked and answered, events are published.',
    expected: `a ${kind}`,
    got: isContract ? `${contract.kind} ${contract.name}` : describeValue(contract),
  });
}
