import {
  type CommandContract,
  type Contract,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  moduleOf,
  type PortMethod,
  passedOnBy,
  type QueryContract,
} from '../../contracts/index.js';
import { checkKeys, MortarError } from '../../errors/index.js';
import type { Logger } from '../../logging/logger.js';
import { readerOf } from '../../read-models/read-model-reader.js';
import type {
  Awaitable,
  MessageContext,
  PublishOptions,
  RequestContext,
  RequestEnvelope,
} from '../handler.js';
import { checkTerms, type DispatchTerms, type SentOptions } from '../requests/request-options.js';
import { type Result, resultValue } from '../requests/result.js';
import { checkDeclared, type Sends } from '../sends.js';
import type { OnCommit, WriteOptions } from '../units/write.js';
import { CLOSED, type ContextState, HELD, openState } from './context-state.js';
import type { Invocation } from './routing/invocation.js';
import { checkKind } from './routing/kind.js';
import { CommitAnswer } from './units/commit-answer.js';
import type { UnitDraft, WriteWork } from './units/unit-draft.js';
import type { UnitServices } from './units/unit-services.js';

/** A message that is being handled: what of it is passed on to the messages it causes. */
export type Message = Envelope | RequestEnvelope;

/** What a context asks of its bus. */
export interface ContextServices {
  readonly logger: Logger;
  /** What handlers do beside sending, in an app with a store. */
  readonly units: UnitServices | undefined;
  /** Checks an event and runs it through the publish middleware; it is handed to `context.collect` at their end. */
  publishFrom(
    context: HandlerContext,
    event: EventContract,
    data: unknown,
    options: EnvelopeOptions,
  ): Awaitable<void>;
  /** Events that a handler published are not sent after all, since its attempt failed. */
  withdraw(envelopes: readonly Envelope[]): void;
  /** Reports what was refused to a handler that did not wait for the answer. */
  reportRefusal(context: HandlerContext, error: unknown): void;
  /** Sends a request that is caused by a message. */
  requestFrom(
    context: HandlerContext,
    contract: AnyRequest,
    data: unknown,
    options: SentOptions,
  ): Promise<Result<unknown>>;
}

/** What has exactly one handler. */
export type AnyRequest = CommandContract | QueryContract | PortMethod;

/** Who handles. */
export interface HandlerIdentity {
  /** Stands in logs and dead letters. */
  readonly name: string;
  /** The module it belongs to, if it was said. */
  readonly module: string | undefined;
  readonly services: ContextServices;
  readonly handler: Invocation;
  /** It only answers: it may neither publish nor dispatch. */
  readonly isReadOnly: boolean;
  /** What it said that it sends, if it did. */
  readonly sends: Sends | undefined;
}

/** What else an event says is carried on from the message that is handled. */
const PUBLISH_KEYS: readonly (keyof PublishOptions)[] = ['id', 'priority', 'occurredAt', 'metadata'];

type CallFrom = (
  context: HandlerContext,
  method: PortMethod,
  data: unknown,
  options: SentOptions,
) => Promise<Result<unknown>>;

/**
 * Calls a method of a port on behalf of a handler. Not on the context nor its class, where a handler would find it: it
 * comes past the port's authorization.
 */
export let callFrom: CallFrom;

/**
 * What one call of a handler gets. One is made for every call, so it has few fields, and makes the rest when asked.
 * `publish`, `dispatch` and `ask` may be taken off it and called on their own.
 */
export class HandlerContext<M extends Message = Message, H extends HandlerIdentity = HandlerIdentity>
  implements MessageContext
{
  handler: H;
  readonly envelope: M;
  readonly attempt: number;
  /** Absent while the handler has asked for nothing that is its own, and has not ended. */
  state: ContextState | undefined;

  constructor(handler: H, envelope: M, attempt: number) {
    this.handler = handler;
    this.envelope = envelope;
    this.attempt = attempt;
    this.state = undefined;
  }

  static {
    callFrom = (context, method, data, options) => context.#call(method, data, options);
  }

  /** Whether a value was made here, and does not just inherit from one that was. */
  static isOne(value: unknown): value is HandlerContext {
    return typeof value === 'object' && value !== null && #touch in value;
  }

  get type(): string {
    return this.envelope.type;
  }

  get data(): unknown {
    return this.envelope.data;
  }

  get idempotencyKey(): string {
    this.#touch();
    return `${this.envelope.id}:${this.handler.name}`;
  }

  get signal(): AbortSignal {
    this.#touch();
    const { leader } = this;
    return leader === this ? (this.state?.guarded ?? this.#controller.signal) : leader.signal;
  }

  get logger(): Logger {
    this.#touch();
    const { correlationId, type, id } = this.envelope;
    const { name, module = moduleOf(type), services } = this.handler;
    return services.logger.child({ correlationId, module, handler: name, messageId: id });
  }

  get publish(): MessageContext['publish'] {
    this.#touchToSend();
    return (event, data, options) => this.#send(() => this.#publish(event, data, options));
  }

  get publishAt(): MessageContext['publishAt'] {
    this.#touchToSend();
    return (event, data, at, options) =>
      this.#send(() => this.#change('publishAt', (units) => units.publishAt(this, event, data, at, options)));
  }

  get publishAfter(): MessageContext['publishAfter'] {
    this.#touchToSend();
    return (event, data, delayMs, options) =>
      this.#send(() =>
        this.#change('publishAfter', (units) => units.publishAfter(this, event, data, delayMs, options)),
      );
  }

  get unschedule(): MessageContext['unschedule'] {
    this.#touchToSend();
    return (name) => this.#send(() => this.#change('unschedule', (units) => units.unschedule(this, name)));
  }

  get write(): MessageContext['write'] {
    this.#touchToSend();
    return (work, options) =>
      this.#send(() =>
        // The store gives its own transaction, whose type the handler has named.
        this.#change('write', () => this.draft.write(work as WriteWork, options)),
      );
  }

  get repository(): MessageContext['repository'] {
    this.#touch();
    return (aggregate) => {
      this.#checkOpen('repository');
      const { units } = this.handler.services;
      if (units === undefined) throw storeMissing('repository', this.handler.name);
      return units.decisions.repository(this, aggregate, () => void this.#changeable('handle'));
    };
  }

  get readModel(): MessageContext['readModel'] {
    this.#touch();
    return readerOf((projection, options) => {
      this.#checkOpen('readModel');
      const { units } = this.handler.services;
      if (units === undefined) throw storeMissing('readModel', this.handler.name);
      const { module } = this.handler;
      return units.readModels.readFor({ module, tenant: this.envelope.tenant }, projection, options);
    });
  }

  get decide(): MessageContext['decide'] {
    this.#touchToSend();
    return (model, command) =>
      this.#send(() => this.#change('decide', (units) => units.decisions.decideOn(this, model, command)));
  }

  get commit(): RequestContext<CommandContract>['commit'] {
    this.#touch();
    return (work, options) => this.#commit(work as WriteWork, options);
  }

  get dispatch(): MessageContext['dispatch'] {
    this.#touchToSend();
    return (command, data, terms) => this.#send(() => this.#value('command', command, data, terms));
  }

  get tryDispatch(): MessageContext['tryDispatch'] {
    this.#touchToSend();
    return (command, data, terms) => this.#send(() => this.#answer('command', command, data, terms));
  }

  get ask(): MessageContext['ask'] {
    this.#touchToSend();
    return (query, data, terms) => this.#send(() => this.#value('query', query, data, terms));
  }

  get tryAsk(): MessageContext['tryAsk'] {
    this.#touchToSend();
    return (query, data, terms) => this.#send(() => this.#answer('query', query, data, terms));
  }

  /** Calls back, once, when the attempt fails. */
  onDiscard(callback: () => void): void {
    this.#openState().discarded = callback;
  }

  /** Which one of equal commands or calls this is that the handler sends in this attempt, from 1. */
  countSent(what: string): number {
    const state = this.#openState();
    state.sent ??= new Map();
    const count = (state.sent.get(what) ?? 0) + 1;
    state.sent.set(what, count);
    return count;
  }

  /** What a message caused by this one carries on. */
  passedOn(): EnvelopeOptions {
    return passedOnBy(this.envelope);
  }

  get published(): readonly Envelope[] | undefined {
    return this.state?.published;
  }

  /** What `commit` was asked for. */
  get answer(): CommitAnswer | undefined {
    return this.state?.answer;
  }

  /** Whether the handler has done anything that is to be committed. */
  get hasDraft(): boolean {
    return this.leader.state?.draft !== undefined;
  }

  /** What the handler has done so far, in an app with a store. That of a batch is its leader's. */
  get draft(): UnitDraft {
    const { leader } = this;
    if (leader !== this) return leader.draft;
    const state = this.#openState();
    if (state.draft !== undefined) return state.draft;
    const { units } = this.handler.services;
    if (units === undefined) throw storeMissing('a unit of work', this.handler.name);
    state.draft = units.draftFor(this);
    state.published = state.draft.envelopes;
    return state.draft;
  }

  /** What this handler does becomes a part of what another has done. */
  join(draft: UnitDraft): void {
    this.#openState().draft = draft;
  }

  get batch(): readonly HandlerContext[] | undefined {
    return this.state?.batch;
  }

  /** The context that stands for the call: its own, or the first of its batch. */
  get leader(): HandlerContext {
    return this.batch?.[0] ?? this;
  }

  /** Whether its handler is being called, or goes on. */
  get isOpen(): boolean {
    return this.state?.isClosed !== true;
  }

  /** Gives the context to another handler of the event. Only while its handler has not touched it. */
  passTo(handler: H): void {
    this.handler = handler;
  }

  /** The handler goes on, so the context stays with it. */
  hold(): void {
    this.state ??= HELD;
  }

  joinBatch(batch: readonly HandlerContext[]): void {
    this.#openState().batch = batch;
  }

  /** Keeps an event that the handler published until the handler has ended. */
  collect(envelope: Envelope, event?: EventContract): void {
    this.#checkOpen('publish');
    const { units } = this.handler.services;
    if (units !== undefined) {
      this.draft.add(units.encode(envelope, event));
      return;
    }
    const state = this.#openState();
    state.published ??= [];
    state.published.push(envelope);
  }

  /** Does nothing once the handler has ended. */
  abort(reason: unknown): void {
    if (this.state?.isClosed === true) return;
    this.#controller.abort(reason);
  }

  /** The guards call the handler, perhaps again within one attempt: what it published before does not count. */
  restart(signal: AbortSignal | undefined): void {
    for (const context of this.batch ?? [this]) context.#withdraw();
    const state = this.#openState();
    state.guarded = signal;
    state.refusal = undefined;
    state.sent = undefined;
  }

  /** A handler that ended at once could not await what it published, so a refusal of that fails the attempt. */
  throwRefusal(): void {
    if (this.state?.refusal !== undefined) throw this.state.refusal.error;
  }

  /** A handler that goes on and has succeeded nevertheless may not have noticed a refusal. */
  tellRefusal(): void {
    if (this.state?.refusal !== undefined)
      this.handler.services.reportRefusal(this, this.state.refusal.error);
  }

  /** The attempt has failed: what the handler published is not sent. */
  discard(): void {
    this.#withdraw();
    const discarded = this.state?.discarded;
    this.close();
    if (discarded === undefined || this.state === undefined) return;
    this.state.discarded = undefined;
    discarded();
  }

  /**
   * How often the handler may be called anew after this error of its commit: something it has decided from has changed.
   * Never where it has sent a command of its own, which would be sent twice.
   */
  retriesAfter(error: unknown): number {
    const { state } = this;
    if (state?.draft === undefined || state.hasSent || state.controller?.signal.aborted === true) return 0;
    return state.draft.retriesAfter(error);
  }

  /** The handler is called anew: nothing of what it did before counts. */
  reopen(): void {
    this.#withdraw();
    const state = this.#openState();
    state.isClosed = false;
    state.answer = undefined;
    state.refusal = undefined;
    state.sent = undefined;
  }

  /** The handler has ended: what it publishes from now on would belong to nothing. */
  close(): void {
    if (this.state === undefined || this.state === HELD) this.state = CLOSED;
    else if (this.state !== CLOSED) this.state.isClosed = true;
  }

  /** The same, where the handler may have touched the context and still go on; then it is closed with its end. */
  closeUntouched(): void {
    this.state ??= CLOSED;
  }

  get #controller(): AbortController {
    const state = this.#openState();
    state.controller ??= new AbortController();
    return state.controller;
  }

  /**
   * The handler asks for something that is its own. Asked for after its end for the first time, it may not be its own
   * any more, so it is refused.
   */
  #touch(): void {
    if (this.state === CLOSED) this.#checkOpen('the context');
    this.#openState();
  }

  /** The same, where what is asked for refuses by itself: a late timer that throws would end the process. */
  #touchToSend(): void {
    if (this.state !== CLOSED) this.#openState();
  }

  #openState(): ContextState {
    if (this.state === undefined || this.state === HELD) this.state = openState();
    return this.state;
  }

  #withdraw(): void {
    const { state } = this;
    if (state === undefined || state === CLOSED || state === HELD) return;
    state.draft = undefined;
    if (state.published === undefined) return;
    this.handler.services.withdraw(state.published);
    state.published = undefined;
  }

  /** Does something of the handler's work beside sending, or says why it can't. */
  async #change<T>(verb: string, change: (units: UnitServices) => T): Promise<Awaited<T>> {
    try {
      return await change(this.#changeable(verb));
    } catch (error) {
      if (this.isOpen) this.#openState().refusal ??= { error };
      throw error;
    }
  }

  #changeable(verb: string): UnitServices {
    this.#checkOpen(verb);
    this.#checkMayWrite(verb, undefined);
    const { units } = this.handler.services;
    if (units === undefined) throw storeMissing(verb, this.handler.name);
    return units;
  }

  #commit<Answer>(work: WriteWork, options: WriteOptions | undefined): OnCommit<Answer> {
    this.#changeable('commit');
    const state = this.#openState();
    if (state.answer !== undefined) {
      throw new MortarError('MORTAR_WRITE_INVALID', {
        rule: 'A handler has one result, so it commits once.',
        expected: 'write for all but the last',
        got: `a second commit in ${this.handler.name}`,
      });
    }
    state.answer = new CommitAnswer(work, options ?? {});
    return state.answer.asOnCommit();
  }

  async #publish(event: EventContract, data: unknown, options: EnvelopeOptions | undefined): Promise<void> {
    try {
      this.#checkOpen('publish');
      this.#checkMayWrite('publish', event);
      if (options !== undefined) checkKeys('publish', options, PUBLISH_KEYS);
      await this.handler.services.publishFrom(this, event, data, { ...options, ...this.passedOn() });
    } catch (error) {
      if (this.isOpen) this.#openState().refusal ??= { error };
      throw error;
    }
  }

  /**
   * A handler that does not await what it sends must not end the process by a refusal. So a refusal has someone who
   * handles it; not before it comes, since a promise that two wait for cuts the stack traces of both.
   */
  #send<T>(send: () => Promise<T>): Promise<T> {
    let sent: Promise<T> | undefined;
    let isRefused = false;
    const run = async (): Promise<T> => {
      try {
        return await send();
      } catch (error) {
        if (!this.isOpen) this.handler.services.reportRefusal(this, error);
        isRefused = true;
        sent?.catch(ignore);
        throw error;
      }
    };
    sent = run();
    if (isRefused) sent.catch(ignore);
    return sent;
  }

  #call(method: PortMethod, data: unknown, options: SentOptions): Promise<Result<unknown>> {
    this.#touchToSend();
    return this.#send(async () => {
      this.#checkOpen('a call');
      this.#openState().hasSent = true;
      return this.handler.services.requestFrom(this, method, data, { ...this.passedOn(), ...options });
    });
  }

  async #value<Value>(
    kind: 'command' | 'query',
    contract: CommandContract | QueryContract,
    data: unknown,
    terms: DispatchTerms | undefined,
  ): Promise<Value> {
    const answer = await this.#answer(kind, contract, data, terms);
    // The request bus has checked the result against the contract's schema.
    return resultValue(contract.name, answer) as Value;
  }

  async #answer<Answer extends Result<unknown>>(
    kind: 'command' | 'query',
    contract: CommandContract | QueryContract,
    data: unknown,
    terms: DispatchTerms | undefined,
  ): Promise<Answer> {
    const isCommand = kind === 'command';
    this.#checkOpen(isCommand ? 'dispatch' : 'ask');
    checkKind(kind, contract);
    if (isCommand) {
      this.#checkMayWrite('dispatch', contract);
      this.#openState().hasSent = true;
    }
    checkDeclared(this.handler, isCommand ? 'dispatches' : 'asks', contract.name);
    if (terms !== undefined) checkTerms(kind, terms);
    const options = { ...terms, ...this.passedOn() };
    return (await this.handler.services.requestFrom(this, contract, data, options)) as Answer;
  }

  #checkMayWrite(verb: string, contract: Contract | undefined): void {
    if (!this.handler.isReadOnly) return;
    throw new MortarError('MORTAR_QUERY_WRITES', {
      rule: 'The handler of a query answers and changes nothing.',
      expected: 'a query that asks other queries at most',
      got: `${verb}${contract === undefined ? '' : ` ${contract.name}`} in ${this.handler.name}`,
    });
  }

  #checkOpen(verb: string): void {
    if (this.isOpen) return;
    throw new MortarError('MORTAR_CONTEXT_CLOSED', {
      rule: 'What a handler sends is a part of its work, so it sends before it ends.',
      expected: 'await on every promise of the handler before it returns; later, the verbs of the app or bus',
      got: `${verb} in ${this.handler.name} after it had ended`,
    });
  }
}

function storeMissing(verb: string, handler: string): MortarError {
  return new MortarError('MORTAR_STORE_MISSING', {
    rule: 'What is committed or scheduled is kept in a durable store.',
    expected: 'an app with the option store',
    got: `${verb} in ${handler}, of an app without one`,
  });
}

function ignore(): void {}
