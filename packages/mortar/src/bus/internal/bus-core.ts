import {
  type Clock,
  type CommandContract,
  createEnvelope,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  moduleOf,
  type QueryContract,
} from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import { type LogFields, type Logger, silentLogger } from '../../logging/logger.js';
import { type BusOptions, checkBusOptions, systemClock } from '../bus-options.js';
import type { Awaitable } from '../handler.js';
import {
  composeHandle,
  composePublish,
  type PublishMiddleware,
  type PublishNext,
} from '../middleware/middleware.js';
import type { Outcome } from '../outcome.js';
import { DeadLetterbox } from './dead-letterbox.js';
import { Deliverer } from './deliverer.js';
import type { ContextServices, HandlerContext, Message } from './handler-context.js';
import { Intake } from './queues/intake.js';
import { Route, Router } from './routing/router.js';
import type { ThreadPool } from './threads/thread-pool.js';

/** What sends commands and queries for a handler. */
export type RequestSender = ContextServices['requestFrom'];

const NO_OUTCOMES: readonly Outcome[] = Object.freeze([]);
const DEFAULT_MAX_DEPTH = 100;

/** The parts of an event bus, joined. */
export class BusCore implements ContextServices {
  readonly router: Router = new Router();
  readonly deliverer: Deliverer;
  readonly intake: Intake;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly requestFrom: RequestSender;
  /** The handle middleware around a handler. */
  readonly callHandler: (context: HandlerContext) => unknown;
  /** From the moment a drain begins. */
  isClosed = false;
  threads: ThreadPool | undefined = undefined;
  /** Registrations ever made. */
  registrations = 0;
  /** Commands and queries under way. */
  requests = 0;
  readonly #deadLetters: DeadLetterbox;
  readonly #publishChain: readonly PublishMiddleware[];
  readonly #deliver: PublishNext;
  readonly #deliverSync: PublishNext;
  readonly #enqueue: PublishNext;
  readonly #maxDepth: number;
  /** How many handlers lie between an event and the outside; absent for those from outside. */
  readonly #depths = new WeakMap<object, number>();
  readonly #onClose = new Set<() => void>();
  #watchers: (() => void)[] = [];

  constructor(options: BusOptions, requests: RequestSender = refuseRequest) {
    checkBusOptions(options);
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? silentLogger;
    this.requestFrom = requests;
    this.#maxDepth = options.maxPublishDepth ?? DEFAULT_MAX_DEPTH;
    this.#deadLetters = new DeadLetterbox(options.deadLetters, options.logger ?? warningLogger);
    this.#publishChain = options.middleware?.publish ?? [];
    const handleChain = options.middleware?.handle ?? [];
    this.callHandler = composeHandle(handleChain, (context) => context.handler.handler(context));
    this.#deliver = composePublish(this.#publishChain, (envelope) => this.#deliverNow(envelope));
    this.#deliverSync = composePublish(this.#publishChain, (envelope) => this.#deliverNowSync(envelope));
    this.#enqueue = composePublish(this.#publishChain, (envelope) => this.#enqueueNow(envelope));
    this.intake = new Intake({
      queue: options.queue ?? {},
      route: (envelope) => void this.deliverer.startAll(this.router.routeOf(envelope.type), envelope),
      isBlocked: () => this.deliverer.isPressed,
      paused: () => this.#callWatchers(),
      dropped: (envelope) => void this.#dropped(envelope),
    });
    this.deliverer = new Deliverer({
      clock: this.clock,
      deadLetters: this.#deadLetters,
      call: handleChain.length === 0 ? undefined : this.callHandler,
      concurrency: options.concurrency,
      sendPublished: (envelopes) => this.intake.pushPublished(envelopes),
      changed: () => this.changed(),
    });
  }

  /** Events, deliveries and requests that are accepted and not settled. */
  get open(): number {
    return this.intake.waiting + this.deliverer.open + this.requests;
  }

  deliver(envelope: Envelope): Awaitable<readonly Outcome[]> {
    this.checkOpen();
    const { current } = this.deliverer;
    if (current === undefined) return this.#deliver(envelope);
    // Called by a handler on the stack: a recursion would overflow it, so the delivery waits until the stack is empty.
    this.link(envelope, current);
    return Promise.resolve().then(() => this.#deliver(envelope));
  }

  deliverSync(envelope: Envelope): readonly Outcome[] {
    this.checkOpen();
    const { current } = this.deliverer;
    if (current !== undefined) this.link(envelope, current);
    const outcomes = this.#deliverSync(envelope);
    if (Array.isArray(outcomes)) return outcomes;
    throw new MortarError('MORTAR_HANDLER_ASYNC', {
      rule: 'deliverSync is for buses whose publish middleware is synchronous.',
      expected: 'middleware that answers with outcomes, or deliver instead of deliverSync',
      got: 'a promise from publish middleware',
    });
  }

  async enqueue(envelope: Envelope): Promise<void> {
    this.checkOpen();
    if (this.#publishChain.length === 0) return this.intake.push(envelope);
    await this.#enqueue(envelope);
  }

  async redeliver(envelope: Envelope, subscription: string): Promise<Outcome> {
    this.checkOpen();
    const registration = this.router.find(subscription);
    if (registration === undefined) {
      throw new MortarError('MORTAR_HANDLER_MISSING', {
        rule: 'A redelivery goes to a subscription that is registered.',
        expected: [...this.router.all()].map(({ name }) => name).join(', ') || 'a subscription',
        got: subscription,
      });
    }
    const route = new Route([registration]);
    const gathering = this.deliverer.startAll(route, envelope);
    const [outcome] = gathering === undefined ? route.handled : await gathering.whenSettled();
    return outcome as Outcome;
  }

  async publishFrom(
    context: HandlerContext,
    event: EventContract,
    data: unknown,
    options: EnvelopeOptions,
  ): Promise<void> {
    await this.publishEnvelope(context, createEnvelope(event, data, options));
  }

  /** Runs an event that a handler publishes through the publish middleware, and has it collected. */
  async publishEnvelope(context: HandlerContext, envelope: Envelope): Promise<void> {
    checkOwner(context, envelope.type);
    this.link(envelope, context.envelope);
    if (this.#publishChain.length === 0) return context.collect(envelope);
    await composePublish(this.#publishChain, (sent) => {
      context.collect(sent);
      return NO_OUTCOMES;
    })(envelope);
  }

  /** Notes that a message was sent by the handler of another, so that a chain that feeds itself comes to an end. */
  link(message: Message, cause: Message): void {
    const depth = (this.#depths.get(cause) ?? 0) + 1;
    if (depth <= this.#maxDepth) {
      this.#depths.set(message, depth);
      return;
    }
    throw new MortarError('MORTAR_PUBLISH_DEPTH', {
      rule: 'A chain of messages in which each is sent by the handler of the one before comes to an end.',
      expected: `at most ${this.#maxDepth} links`,
      got: `${message.type} as link ${depth}`,
    });
  }

  /** Resolves as soon as the condition holds; it is looked at whenever something ends. */
  whenQuiet(isQuiet: () => boolean): Promise<void> {
    if (isQuiet()) return Promise.resolve();
    return new Promise((resolve) => {
      const watcher = (): void => {
        if (!isQuiet()) return;
        this.#watchers = this.#watchers.filter((other) => other !== watcher);
        resolve();
      };
      this.#watchers.push(watcher);
    });
  }

  /** Gives up all that is open, as dead letters. Answers with how many deliveries that were. */
  async giveUp(error: MortarError): Promise<number> {
    const events = this.intake.clear();
    const [waiting, ...posted] = await Promise.all([
      this.deliverer.giveUp(this.router.all(), error),
      ...events.map((envelope) => this.#postAll(envelope, error, 'stopped')),
    ]);
    return waiting.length + posted.flat().length;
  }

  /** Calls back when the bus ends, unless the returned function is called before. */
  onClose(callback: () => void): () => void {
    this.#onClose.add(callback);
    return () => this.#onClose.delete(callback);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const callback of this.#onClose) callback();
    for (const registration of this.router.all()) registration[Symbol.dispose]();
    await this.threads?.close();
  }

  #callWatchers(): void {
    if (this.#watchers.length > 0) for (const watcher of this.#watchers) watcher();
  }

  #deliverNow(envelope: Envelope): Awaitable<readonly Outcome[]> {
    const route = this.router.routeOf(envelope.type);
    const gathering = this.deliverer.startAll(route, envelope);
    return gathering === undefined ? route.settled : gathering.whenSettled();
  }

  #deliverNowSync(envelope: Envelope): readonly Outcome[] {
    const { registrations } = this.router.routeOf(envelope.type);
    return registrations.map((registration) => this.deliverer.startSync(registration, envelope));
  }

  async #enqueueNow(envelope: Envelope): Promise<readonly Outcome[]> {
    await this.intake.push(envelope);
    return NO_OUTCOMES;
  }

  #dropped(envelope: Envelope): Promise<readonly Outcome[]> {
    const error = new MortarError('MORTAR_QUEUE_FULL', {
      rule: 'Queues are bounded.',
      expected: 'room in the queue of the bus',
      got: 'an event of higher priority',
    });
    return this.#postAll(envelope, error, 'dropped');
  }

  /** Posts an event that never came to its handlers, for each of them. */
  #postAll(
    envelope: Envelope,
    error: MortarError,
    reason: 'dropped' | 'stopped',
  ): Promise<readonly Outcome[]> {
    const { registrations } = this.router.routeOf(envelope.type);
    return Promise.all(
      registrations.map(({ name }) =>
        this.#deadLetters.post({ subscription: name, envelope, reason, attempts: 0, error }),
      ),
    );
  }

  changed(): void {
    this.intake.wake();
    this.#callWatchers();
  }

  checkOpen(): void {
    if (!this.isClosed) return;
    throw new MortarError('MORTAR_BUS_STOPPED', {
      rule: 'A bus that drains or has stopped accepts nothing.',
      expected: 'a running bus',
      got: 'one that drains or has stopped',
    });
  }
}

/** For a bus without a logger: what is lost must still be seen. */
const warningLogger: Logger = {
  ...silentLogger,
  error(fields: LogFields | string, message?: string) {
    const { error } = typeof fields === 'string' ? { error: fields } : fields;
    process.emitWarning(`${message}: ${error}`, 'MortarWarning');
  },
};

function checkOwner({ handler }: HandlerContext, type: string): void {
  if (handler.module === undefined || handler.module === moduleOf(type)) return;
  throw new MortarError('MORTAR_NOT_OWNER', {
    rule: 'Only the module named in the prefix of an event publishes it.',
    expected: `an event of module ${handler.module}`,
    got: `${type}, published by ${handler.name}`,
  });
}

async function refuseRequest(_: unknown, contract: CommandContract | QueryContract): Promise<never> {
  throw new MortarError('MORTAR_HANDLER_MISSING', {
    rule: 'Commands and queries go through a request bus.',
    expected: 'an event bus that was made together with one',
    got: `${contract.kind} ${contract.name} on an event bus of its own`,
  });
}
