import type {
  CommandContract,
  DataOf,
  Envelope,
  EnvelopeOptions,
  EventContract,
  FailureContract,
  FailureOut,
  PortMethod,
  QueryContract,
  ReturnOf,
} from '../contracts/index.js';
import type { Logger } from '../logging/logger.js';
import type { ReadModelReader } from '../read-models/index.js';
import type {
  Aggregate,
  DecidedOn,
  DecisionModel,
  DomainEvent,
  HandlerRepository,
} from '../sourcing/index.js';
import type { SqlTransaction, Transaction } from '../unit-of-work/index.js';
import type { DispatchTerms, RequestTerms } from './requests/request-options.js';
import type { Result } from './requests/result.js';
import type { OnCommit, WriteOptions, WriteUnit } from './units/write.js';

/** A value, or the promise of one. */
export type Awaitable<T> = T | PromiseLike<T>;

/** What a handler may say about an event it publishes; correlation, causation, actor, tenant and trace carry on. */
export type PublishOptions = Pick<EnvelopeOptions, 'id' | 'priority' | 'occurredAt' | 'metadata'>;

/** What may be said about an event that is published later. */
export interface ScheduleOptions extends PublishOptions {
  /** 1 to 200 printable characters: of one name, the last counts. The id of the event unless said. */
  readonly name?: string;
}

/** Publishes events later, in a durable store. `Owner` is the module whose events they are. */
export interface ScheduleVerbs<Owner extends string = string, Options = ScheduleOptions> {
  /**
   * Publishes an event at a time, in milliseconds since the Unix epoch, or soon after; by whichever process runs then.
   * Resolves with the name under which it waits.
   * @throws MortarError as `publish`; `MORTAR_SCHEDULE_INVALID`, `MORTAR_STORE_MISSING` for an app without a store
   */
  publishAt<In>(
    event: EventContract<`${Owner}.${string}`, unknown, In>,
    data: NoInfer<In>,
    at: number | Date,
    options?: Options,
  ): Promise<string>;
  /** The same after a delay, in milliseconds. */
  publishAfter<In>(
    event: EventContract<`${Owner}.${string}`, unknown, In>,
    data: NoInfer<In>,
    delayMs: number,
    options?: Options,
  ): Promise<string>;
  /** What waits under this name is not published, unless it has been. */
  unschedule(name: string): Promise<void>;
}

/** What every handler may do. `Owner` is the module it belongs to, whose events it may publish. */
export interface MessageContext<Owner extends string = string> extends ScheduleVerbs<Owner> {
  /** Aborted when the handler's time is up or the bus gives up waiting for it. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** Which call of the handler for this message this is, from 1. */
  readonly attempt: number;
  /**
   * The same for every attempt and every replay of this message for this handler, and for nothing else: of an event, each
   * time it is delivered to its subscription; of a command with a key, each time it is dispatched with that; of a call of
   * a port, for all its attempts, and again when a message is handled anew and its handler makes the same call.
   */
  readonly idempotencyKey: string;
  /**
   * Publishes an event as a part of this handler's work: it is sent when the handler has finished, and dropped with
   * the attempt when the handler fails. Carries correlation, causation, actor, tenant and trace on.
   * @throws MortarError `MORTAR_DATA_INVALID`, `MORTAR_PUBLISH_DEPTH`, `MORTAR_CONTEXT_CLOSED` after the handler has ended
   */
  publish<In>(
    event: EventContract<`${Owner}.${string}`, unknown, In>,
    data: NoInfer<In>,
    options?: PublishOptions,
  ): Promise<void>;
  /**
   * Changes the state that is kept in the app's store, as a part of this handler's work: the function runs when the handler
   * has finished, in the one transaction in which its events are committed as well. It awaits nothing but that
   * transaction, and may run several times. Not for the handlers of queries, nor without a store. The parameter's type is the
   * transaction of the store, such as `SqliteTransaction`.
   * @example
   * await write((tx) => tx.execute('UPDATE stock SET left = left - 1 WHERE item = ?', [data.item]));
   * @throws MortarError `MORTAR_STORE_MISSING`, `MORTAR_QUERY_WRITES`, `MORTAR_WRITE_INVALID` for the 1,001st
   */
  write<Tx extends Transaction = SqlTransaction>(
    work: (tx: Tx, unit: WriteUnit<Owner>) => unknown,
    options?: WriteOptions,
  ): Promise<void>;
  /**
   * The aggregates of one kind, of this module. What they decide is a part of this handler's work. Where somebody else was
   * faster, the handler of a command is called again, as often as the aggregate allows, unless it has dispatched a command
   * or called a port; that of an event is retried. The handler of a query may only load.
   * @example
   * await repository(account).handle(data.accountId, { kind: 'withdraw', amount: data.amount });
   * @throws MortarError `MORTAR_STORE_MISSING`; of its methods as `HandlerRepository`, `MORTAR_QUERY_WRITES`, `MORTAR_WRITE_INVALID` for a
   * stream about which another aggregate, or `decide`, has decided in this handler
   */
  repository<State, Command, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event>,
  ): HandlerRepository<State, Command, Event>;
  /**
   * Decides over all events that a model's query finds; what is decided is a part of this handler's work, and committed only
   * if no such event has come meanwhile. Begins anew as `repository` does. Once in a handler.
   * @throws MortarError as `decideOn`; `MORTAR_STORE_MISSING`, `MORTAR_QUERY_WRITES`, `MORTAR_WRITE_INVALID` for the second, and after events of this
   * handler that it would have to see, or that another one has decided for the same stream
   */
  decide<State, Command, Event extends DomainEvent>(
    model: DecisionModel<State, Command, Event>,
    command: Command,
  ): Promise<Omit<DecidedOn<State, Event>, 'positions'>>;
  /**
   * The documents of a projection of this module, or the tables of one of SQL, as far as it has come: what this handler has not committed is not among them.
   * Of a projection that is one per tenant, those of the message's tenant unless another is named.
   * @example
   * return (await readModel(ordersByDay).get(data.day)) ?? null;
   * @throws MortarError `MORTAR_STORE_MISSING`, `MORTAR_MODULE_MISSING`, `MORTAR_NOT_OWNER`, `MORTAR_OPTIONS_INVALID` for a tenant that is one too many
   */
  readonly readModel: ReadModelReader;
  /**
   * Dispatches a command and answers with its result. Throws its error; a failure is the cause of
   * `MORTAR_REQUEST_REFUSED`. In the handler of an event, a command without a key of its own gets one that is the same at
   * each attempt: one that succeeded is not run again by a retry, nor by a replay of an event that failed. In an app with a
   * store that holds for good, and for other processes too. Without one it is run again by a replay once an hour has passed
   * since, by one in another process, and by one of an event that was handled already: what must never happen twice gets
   * a key of its own.
   */
  dispatch<In, Value>(
    command: CommandContract<string, unknown, In, Value>,
    data: NoInfer<In>,
    terms?: DispatchTerms,
  ): Promise<Value>;
  /** The same, but answers with a failure where there is one. Everything else is thrown. */
  tryDispatch<In, Value, F extends FailureContract>(
    command: CommandContract<string, unknown, In, Value, unknown, F>,
    data: NoInfer<In>,
    terms?: DispatchTerms,
  ): Promise<Result<Value, FailureOut<F>>>;
  /** Asks a query and answers with its result. Throws its error, as `dispatch` does. */
  ask<In, Value>(
    query: QueryContract<string, unknown, In, Value>,
    data: NoInfer<In>,
    terms?: RequestTerms,
  ): Promise<Value>;
  /** The same, but answers with a failure where there is one. Everything else is thrown. */
  tryAsk<In, Value, F extends FailureContract>(
    query: QueryContract<string, unknown, In, Value, unknown, F>,
    data: NoInfer<In>,
    terms?: RequestTerms,
  ): Promise<Result<Value, FailureOut<F>>>;
}

/** The context of one event's handler. */
export interface ContextOfEvent<C extends EventContract, Owner extends string = string>
  extends MessageContext<Owner> {
  readonly type: C['name'];
  readonly data: DataOf<C>;
  readonly envelope: Envelope<DataOf<C>, C['name']>;
}

/** The context of a handler of one or several events: a union that narrows on `type`. */
export type EventContext<
  C extends EventContract = EventContract,
  Owner extends string = string,
> = C extends unknown ? ContextOfEvent<C, Owner> : never;

/** A function that handles an event. */
export type EventHandler<C extends EventContract = EventContract, Owner extends string = string> = (
  context: EventContext<C, Owner>,
) => Awaitable<void>;

/** A function that handles several events at once. */
export type BatchHandler<C extends EventContract = EventContract, Owner extends string = string> = (
  batch: readonly EventContext<C, Owner>[],
) => Awaitable<void>;

/** A command or query under way, and all that is known about it. Plain data. */
export interface RequestEnvelope<Data = unknown, N extends string = string> {
  /** UUIDv7. */
  readonly id: string;
  readonly type: N;
  readonly correlationId: string;
  readonly causationId: string | undefined;
  readonly actor: string | undefined;
  readonly tenant: string | undefined;
  readonly traceparent: string | undefined;
  readonly data: Data;
}

/** The context of a command's or query's handler. */
export interface RequestContext<C extends CommandContract | QueryContract, Owner extends string = string>
  extends MessageContext<Owner> {
  readonly type: C['name'];
  readonly data: DataOf<C>;
  readonly envelope: RequestEnvelope<DataOf<C>, C['name']>;
  /**
   * For the handler of a command to return: its result is what the function answers with, inside the transaction, as that
   * of `write`. It is checked against the contract before the commit; a failure rolls everything back.
   * @example
   * return commit(async (tx) => ({ left: await takeOne(tx, data.item) }));
   * @throws MortarError as `write`
   */
  commit<Answer, Tx extends Transaction = SqlTransaction>(
    work: (tx: Tx, unit: WriteUnit<Owner>) => Answer | PromiseLike<Answer>,
    options?: WriteOptions,
  ): OnCommit<Answer>;
}

/** A function that handles a command. */
export type CommandHandler<C extends CommandContract = CommandContract, Owner extends string = string> = (
  context: RequestContext<C, Owner>,
) => Awaitable<ReturnOf<C> | OnCommit<ReturnOf<C>>>;

/** A function that answers a query. */
export type QueryHandler<C extends QueryContract = QueryContract, Owner extends string = string> = (
  context: RequestContext<C, Owner>,
) => Awaitable<ReturnOf<C>>;

/**
 * What a handler of a command or query returns: a result, or what `fail` makes of a failure of the contract; of a command
 * also what `commit` answers with.
 */
export type HandlerReturn<C extends CommandContract | QueryContract> =
  | ReturnOf<C>
  | (C extends CommandContract ? OnCommit<ReturnOf<C>> : never);

/** The context of the handler of a port's method. */
export interface PortCallContext<Data = unknown, Owner extends string = string>
  extends MessageContext<Owner> {
  /** `<port>.<method>`. */
  readonly type: string;
  readonly data: Data;
  readonly envelope: RequestEnvelope<Data>;
}

/** A function that does what a method of a port says. */
export type PortMethodHandler<M extends PortMethod = PortMethod, Owner extends string = string> =
  M extends PortMethod<infer Out, infer _In, infer _Result, infer ResultIn>
    ? (context: PortCallContext<Out, Owner>) => Awaitable<ResultIn>
    : never;

/** A handler as a function, or as an object with a method `handle`. */
export type Handler<F extends (argument: never) => unknown> = F | { handle: F };

/** What a handler gets that runs in a worker thread. Commands and queries can't be sent from there. */
export interface ThreadContext<C extends EventContract = EventContract> {
  readonly type: C['name'];
  readonly data: DataOf<C>;
  readonly envelope: Envelope<DataOf<C>, C['name']>;
  readonly attempt: number;
  readonly idempotencyKey: string;
  /** Publishes an event as a part of this handler's work: it is sent when the handler has finished. */
  publish<In>(event: EventContract<string, unknown, In>, data: NoInfer<In>, options?: PublishOptions): void;
}

/** A handler that runs in a worker thread: an exported function of its module. */
export type ThreadHandler<C extends EventContract = EventContract> = (
  context: ThreadContext<C>,
) => Awaitable<void>;

/** Whether a value is a promise or another thenable. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== undefined &&
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
