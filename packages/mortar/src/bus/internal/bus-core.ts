import {
  type Clock,
  createEnvelope,
  type Envelope,
  type EnvelopeOptions,
  type EventContract,
  moduleOf,
} from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import { type LogFields, type Logger, silentLogger } from '../../logging/logger.js';
import { type BusOptions, checkBusOptions, systemClock } from '../bus-options.js';
import { type Awaitable, isThenable } from '../handler.js';
import {
  composeHandle,
  composePublish,
  type PublishMiddleware,
  type PublishNext,
} from '../middleware/middleware.js';
import type { Outcome } from '../outcome.js';
import { checkDeclared } from '../sends.js';
import { type Alarm, alarmOf } from './alarm.js';
import { DeadLetterbox } from './dead-letterbox.js';
import { Deliverer } from './deliverer.js';
import { EventWatch } from './event-watch.js';
import type { AnyRequest, ContextServices, HandlerContext, Message } from './handler-context.js';
import { Intake } from './queues/intake.js';
import { OpenCalls } from './requests/open-calls.js';
import { checkKind } from './routing/kind.js';
import { Route, Router } from './routing/router.js';
import type { ThreadPool } from './threads/thread-pool.js';
import type { UnitServices } from './units/unit-services.js';

/** What sends commands and queries for a handler. */
export type RequestSender = ContextServices['requestFrom'];

const NO_OUTCOMES: readonly Outcome[] = Object.freeze([]);
const DEFAULT_MAX_DEPTH = 100;
/** How long a stop waits for the dead-letter sink, beyond its own time. */
const KEEP_LETTERS_MS = 5_000;

/** The parts of an event bus, joined. */
export class BusCore implements ContextServices {
  readonly router: Router = new Router();
  readonly deliverer: Deliverer;
  readonly intake: Intake;
  readonly clock: Clock;
  /** Says when events occurred; absent where it is the machine's, which envelopes ask by themselves. */
  readonly envelopeClock: Clock | undefined;
  readonly logger: Logger;
  readonly requestFrom: RequestSender;
  /** What is collected and committed; absent where nothing is durable. */
  readonly units: UnitServices | undefined = undefined;
  /** The handle middleware around a handler. */
  readonly callHandler: (context: HandlerContext) => unknown;
  /** From the moment a drain begins: nothing from outside is accepted. */
  isClosed = false;
  /** What is accepted waits. */
  isPaused = false;
  threads: ThreadPool | undefined = undefined;
  /** Who wants to know of events that are accepted, and handled. */
  readonly eventWatch: EventWatch = new EventWatch();
  /** Registrations ever made. */
  registrations = 0;
  readonly calls: OpenCalls = new OpenCalls();
  /** Deliveries, and requests that no handler sent, ever given up by a drain. */
  givenUp = 0;
  /** From the moment a drain has given up what still ran, or the bus was stopped: nothing is sent any more. */
  #hasEnded = false;
  /** Deliveries asked for by a handler on the stack, which begin when the stack is empty. */
  #deferred = 0;
  readonly #alarm: Alarm;
  readonly #deadLetters: DeadLetterbox;
  readonly #publishChain: readonly PublishMiddleware[];
  readonly #deliver: PublishNext;
  readonly #deliverInTurn: PublishNext;
  readonly #deliverSync: PublishNext;
  readonly #enqueue: PublishNext;
  readonly #maxDepth: number;
  /** How many handlers lie between an event and the outside; absent for those from outside. */
  readonly #depths = new WeakMap<object, number>();
  readonly #onClose = new Set<() => void>();
  /** Events that wait and whose outcomes someone waits for. */
  readonly #awaited = new Map<Envelope, (outcomes: Promise<readonly Outcome[]>) => void>();
  readonly #watchers = new Set<() => void>();
  #isLooking = false;

  constructor(options: BusOptions, requests: RequestSender = refuseRequest) {
    checkBusOptions(options);
    this.clock = options.clock ?? systemClock;
    this.envelopeClock = this.clock === systemClock ? undefined : this.clock;
    this.logger = options.logger ?? silentLogger;
    this.requestFrom = requests;
    this.#maxDepth = options.maxPublishDepth ?? DEFAULT_MAX_DEPTH;
    this.#alarm = alarmOf(options.logger);
    this.#deadLetters = new DeadLetterbox(options.deadLetters, this.#alarm);
    this.#publishChain = options.middleware?.publish ?? [];
    const handleChain = options.middleware?.handle ?? [];
    this.callHandler = composeHandle(handleChain, (context) => context.handler.handler(context));
    this.#deliver = this.#behindChain((envelope) => this.#deliverNow(envelope));
    this.#deliverSync = this.#behindChain((envelope) => this.#deliverNowSync(envelope));
    this.#deliverInTurn = this.#behindChain((envelope) => this.#deliverInTurnNow(envelope));
    this.#enqueue = this.#behindChain((envelope) => this.#enqueueNow(envelope));
    this.intake = new Intake({
      queue: options.queue ?? {},
      route: (envelope) => this.#route(envelope),
      isBlocked: () => this.isPaused || this.deliverer.isBlocked,
      isHeldBack: ({ type }) =>
        this.deliverer.isPressed && this.deliverer.isHeldBack(this.router.routeOf(type)),
      paused: () => this.#callWatchers(),
      dropped: (envelope) => void this.#dropped(envelope),
    });
    this.deliverer = new Deliverer({
      clock: this.clock,
      deadLetters: this.#deadLetters,
      call: handleChain.length === 0 ? undefined : this.callHandler,
      concurrency: options.concurrency,
      sendPublished: (envelopes) => this.sendPublished(envelopes),
      letGo: () => this.letGo(),
      changed: () => this.changed(),
    });
  }

  /** Events, deliveries and requests that are accepted and not settled. */
  get open(): number {
    const { intake, deliverer, calls, units } = this;
    return intake.waiting + deliverer.open.size + calls.size + (units?.committer.open ?? 0) + this.#deferred;
  }

  /** Whether something goes on that needs no handler to end first. */
  get isUnderWay(): boolean {
    const { intake, deliverer } = this;
    return this.#deferred > 0 || deliverer.isUnderWay || intake.isUnderWay;
  }

  deliver(envelope: Envelope): Awaitable<readonly Outcome[]> {
    this.checkOpen();
    const { current } = this.deliverer;
    if (current === undefined) return this.#deliver(envelope);
    this.link(envelope, current.envelope);
    return this.#defer(() => this.#passOn(envelope, (sent) => this.#deliverNow(sent)));
  }

  deliverSync(envelope: Envelope): readonly Outcome[] {
    this.checkOpen();
    const { current } = this.deliverer;
    if (current !== undefined) this.link(envelope, current.envelope);
    const outcomes =
      current === undefined
        ? this.#deliverSync(envelope)
        : this.#passOn(envelope, (sent) => this.#deliverNowSync(sent));
    if (Array.isArray(outcomes)) return outcomes;
    throw new MortarError('MORTAR_HANDLER_ASYNC', {
      rule: 'deliverSync is for buses whose publish middleware is synchronous.',
      expected: 'middleware that answers with outcomes, or deliver instead of deliverSync',
      got: 'a promise from publish middleware',
    });
  }

  enqueue(envelope: Envelope): Promise<void> {
    this.checkOpen();
    return this.#publishChain.length === 0 ? this.#accept(envelope) : this.#enqueueThroughChain(envelope);
  }

  /** Accepts an event as `enqueue` does, and resolves with the outcomes of its handlers. */
  async deliverInTurn(envelope: Envelope): Promise<readonly Outcome[]> {
    this.checkOpen();
    return this.#deliverInTurn(envelope);
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
    const { current } = this.deliverer;
    if (current !== undefined) this.link(envelope, current.envelope);
    const outcomes =
      current === undefined ? this.#start(route, envelope) : this.#defer(() => this.#start(route, envelope));
    const [outcome] = await outcomes;
    return outcome as Outcome;
  }

  publishFrom(
    context: HandlerContext,
    event: EventContract,
    data: unknown,
    options: EnvelopeOptions,
  ): Awaitable<void> {
    checkKind('event', event);
    const envelope = createEnvelope(event, data, options, this.envelopeClock);
    return this.publishEnvelope(context, envelope, event);
  }

  /** Has an event collected that a handler publishes. */
  publishEnvelope(context: HandlerContext, envelope: Envelope, event?: EventContract): Awaitable<void> {
    return this.sendFrom(context, envelope, (sent) => context.collect(sent, event));
  }

  /**
   * Runs an event that a handler publishes through the publish middleware. Throws at once where it can: a synchronous
   * handler would not hear of a rejection in time.
   */
  sendFrom(context: HandlerContext, envelope: Envelope, send: (envelope: Envelope) => void): Awaitable<void> {
    this.checkRunning();
    checkOwner(context, envelope.type);
    checkDeclared(context.handler, 'publishes', envelope.type);
    this.link(envelope, context.envelope);
    if (this.#publishChain.length === 0) return send(envelope);
    return this.sendThrough(envelope, send);
  }

  /** Runs an event through the publish middleware. */
  sendThrough(envelope: Envelope, send: (envelope: Envelope) => void): Awaitable<void> {
    const passed = this.#passOn(envelope, (sent) => {
      send(sent);
      return NO_OUTCOMES;
    });
    if (isThenable(passed)) return passed.then(() => undefined);
  }

  /** Accepts what a handler published, now that it has succeeded: all of it or nothing. */
  sendPublished(envelopes: readonly Envelope[]): void {
    this.checkRunning();
    this.intake.pushPublished(envelopes);
    for (const envelope of envelopes) this.eventWatch.accepted(envelope);
  }

  /** Whether any publish middleware wants to hear of what is withdrawn. */
  get hearsOfWithdrawals(): boolean {
    return this.#publishChain.some(({ withdrawn }) => withdrawn !== undefined);
  }

  withdraw(envelopes: readonly Envelope[]): void {
    for (const { withdrawn } of this.#publishChain) {
      if (withdrawn !== undefined) for (const envelope of envelopes) this.#withdrawOne(withdrawn, envelope);
    }
  }

  #withdrawOne(withdrawn: (envelope: Envelope) => void, envelope: Envelope): void {
    try {
      withdrawn(envelope);
    } catch (error) {
      this.#alarm.error(
        { error, messageId: envelope.id, type: envelope.type },
        'A publish middleware failed',
      );
    }
  }

  reportRefusal({ handler, envelope }: HandlerContext, error: unknown): void {
    this.#alarm.warn(
      { error, handler: handler.name, messageId: envelope.id, type: envelope.type },
      'What a handler sent was refused, and it has not failed for that',
    );
  }

  /** Says what an operator should know, and nobody else is told. */
  warn(fields: LogFields, message: string): void {
    this.#alarm.warn(fields, message);
  }

  /** Calls the handler of a command or query. */
  callRequest(context: HandlerContext): unknown {
    return this.deliverer.callAs(context, () => this.callHandler(context));
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

  /**
   * Calls back as soon as the condition holds, unless the returned function is called before. It is looked at whenever
   * something has ended, when the stack is empty: in the middle of an event, some of its handlers have not begun yet.
   */
  watch(isQuiet: () => boolean, callback: () => void): () => void {
    const watcher = (): void => {
      if (!isQuiet()) return;
      this.#watchers.delete(watcher);
      callback();
    };
    this.#watchers.add(watcher);
    this.#callWatchers();
    return () => this.#watchers.delete(watcher);
  }

  /**
   * Gives up, as dead letters, all that waits and, once the time is up, all that still runs. Resolves when every
   * letter is kept.
   */
  async giveUp(error: MortarError, isTimeUp: boolean): Promise<void> {
    if (isTimeUp) this.#end();
    const posts = this.intake.clear().flatMap((envelope) => this.#postAll(envelope, error, 'stopped'));
    this.givenUp += posts.length + this.deliverer.giveUp(error, isTimeUp);
    if (isTimeUp) this.givenUp += this.calls.giveUp(error);
    await this.#whenKept([...posts, ...Array.from(this.deliverer.open, ({ burial }) => burial)]);
  }

  /** A call is no longer under way. */
  endCall(context: HandlerContext): void {
    if (this.calls.end(context)) this.changed();
  }

  /** Resolves when all letters are kept, or a sink that does not answer has had its time. */
  #whenKept(letters: readonly unknown[]): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.clock.after(KEEP_LETTERS_MS, () => {
        this.#alarm.error({ letters: letters.length }, 'The bus stops before all dead letters are kept');
        resolve();
      });
      Promise.all(letters).finally(() => {
        cancel();
        resolve();
      });
    });
  }

  /** Calls back when the bus ends, unless the returned function is called before. */
  onClose(callback: () => void): () => void {
    this.#onClose.add(callback);
    return () => this.#onClose.delete(callback);
  }

  async close(): Promise<void> {
    this.#end();
    // A handler that waited for this itself may have published since.
    await this.giveUp(stopped('has stopped'), false);
    for (const callback of this.#onClose) callback();
    for (const registration of this.router.all()) registration[Symbol.dispose]();
    await this.threads?.close();
  }

  #end(): void {
    this.isClosed = true;
    this.#hasEnded = true;
    this.deliverer.end();
  }

  #callWatchers(): void {
    if (this.#watchers.size === 0 || this.#isLooking) return;
    this.#isLooking = true;
    queueMicrotask(() => {
      this.#isLooking = false;
      for (const watcher of [...this.#watchers]) watcher();
    });
  }

  #deliverNow(envelope: Envelope): Awaitable<readonly Outcome[]> {
    if (this.intake.isAhead(envelope.key)) return this.#deliverInTurnNow(envelope);
    return this.#start(this.router.routeOf(envelope.type), envelope);
  }

  async #deliverInTurnNow(envelope: Envelope): Promise<readonly Outcome[]> {
    const outcomes = new Promise<readonly Outcome[]>((resolve) => {
      const earlier = this.#awaited.get(envelope);
      this.#awaited.set(envelope, (settled) => {
        earlier?.(settled);
        resolve(settled);
      });
    });
    try {
      await this.#accept(envelope);
    } catch (error) {
      this.#awaited.delete(envelope);
      throw error;
    }
    return outcomes;
  }

  /** Takes an event into the queue, when there is room for it. */
  #accept(envelope: Envelope): Promise<void> {
    // A handler on the stack, or a pause, may have to end before there is room.
    const mayWait = this.deliverer.current === undefined && !this.isPaused;
    const entered = this.intake.push(envelope, mayWait);
    if (!this.eventWatch.isFor(envelope.type)) return entered;
    return entered.then(() => this.eventWatch.accepted(envelope));
  }

  /** Brings an event that waited to its handlers. */
  #route(envelope: Envelope): void {
    const route = this.router.routeOf(envelope.type);
    const started = this.deliverer.startAll(route, envelope);
    if (this.eventWatch.isFor(envelope.type)) {
      const outcomes = this.#watchEnd(envelope, started?.whenSettled() ?? route.settled);
      if (this.#awaited.size > 0) this.#tell(envelope, () => outcomes);
    } else if (this.#awaited.size > 0) {
      this.#tell(envelope, () => started?.whenSettled() ?? route.settled);
    }
  }

  async #watchEnd(envelope: Envelope, outcomes: Promise<readonly Outcome[]>): Promise<readonly Outcome[]> {
    const settled = await outcomes;
    this.eventWatch.settled(envelope);
    return settled;
  }

  /** Tells those who wait for the outcomes of an event that waited. */
  #tell(envelope: Envelope, outcomes: () => Promise<readonly Outcome[]>): void {
    const resolve = this.#awaited.get(envelope);
    this.#awaited.delete(envelope);
    resolve?.(outcomes());
  }

  #start(route: Route, envelope: Envelope): Promise<readonly Outcome[]> {
    const isWatched = this.eventWatch.isFor(envelope.type);
    if (isWatched) this.eventWatch.accepted(envelope);
    const started = this.deliverer.startAll(route, envelope);
    const outcomes = started === undefined ? route.settled : started.whenSettled();
    return isWatched ? this.#watchEnd(envelope, outcomes) : outcomes;
  }

  /** For a handler on the stack, which a recursion would overflow: begins when the stack is empty. */
  async #defer<T>(begin: () => Awaitable<T>): Promise<T> {
    this.#deferred += 1;
    await undefined;
    this.#deferred -= 1;
    try {
      return await begin();
    } finally {
      this.changed();
    }
  }

  /** Puts the publish middleware in front of a verb. It may take so long that the bus has stopped meanwhile. */
  #behindChain(send: PublishNext): PublishNext {
    if (this.#publishChain.length === 0) return send;
    return composePublish(this.#publishChain, (envelope) => {
      this.checkRunning();
      return send(envelope);
    });
  }

  /** Runs a linked message through the publish middleware: what comes out is as deep in its chain as what went in. */
  #passOn(envelope: Envelope, send: PublishNext): Awaitable<readonly Outcome[]> {
    return composePublish(this.#publishChain, (sent) => {
      const depth = this.#depths.get(envelope);
      if (sent !== envelope && depth !== undefined) this.#depths.set(sent, depth);
      return send(sent);
    })(envelope);
  }

  #deliverNowSync(envelope: Envelope): readonly Outcome[] {
    const { registrations } = this.router.routeOf(envelope.type);
    this.eventWatch.accepted(envelope);
    const outcomes = registrations.map((registration) => this.deliverer.startSync(registration, envelope));
    this.eventWatch.settled(envelope);
    return outcomes;
  }

  async #enqueueNow(envelope: Envelope): Promise<readonly Outcome[]> {
    await this.#accept(envelope);
    return NO_OUTCOMES;
  }

  async #enqueueThroughChain(envelope: Envelope): Promise<void> {
    await this.#enqueue(envelope);
  }

  #dropped(envelope: Envelope): void {
    const error = new MortarError('MORTAR_QUEUE_FULL', {
      rule: 'Queues are bounded.',
      expected: 'room in the queue of the bus',
      got: 'an event of higher priority',
    });
    this.#postAll(envelope, error, 'dropped');
    this.withdraw([envelope]);
  }

  /** Posts an event that never came to its handlers, for each of them. */
  #postAll(
    envelope: Envelope,
    error: MortarError,
    reason: 'dropped' | 'stopped',
  ): readonly Awaitable<Outcome>[] {
    const { registrations } = this.router.routeOf(envelope.type);
    const posts = registrations.map(({ name }) =>
      this.#deadLetters.post({ subscription: name, envelope, reason, attempts: 0, error }),
    );
    this.#tell(envelope, () => Promise.all(posts));
    return posts;
  }

  changed(): void {
    this.intake.wake();
    this.#callWatchers();
  }

  /** A subscription that held events back takes more, or has ended. */
  letGo(): void {
    this.intake.letGo();
  }

  /** For what comes from outside. */
  checkOpen(): void {
    if (this.isClosed) throw stopped('drains or has stopped');
  }

  /** For what comes from handlers, which may send while the bus drains. */
  checkRunning(): void {
    if (this.#hasEnded) throw stopped('has stopped');
  }
}

function stopped(what: string): MortarError {
  return new MortarError('MORTAR_BUS_STOPPED', {
    rule: 'A bus that drains or has stopped accepts nothing.',
    expected: 'a running bus',
    got: `one that ${what}`,
  });
}

function checkOwner({ handler }: HandlerContext, type: string): void {
  if (handler.module === undefined || handler.module === moduleOf(type)) return;
  throw new MortarError('MORTAR_NOT_OWNER', {
    rule: 'Only the module named in the prefix of an event publishes it.',
    expected: `an event of module ${handler.module}`,
    got: `${type}, published by ${handler.name}`,
  });
}

async function refuseRequest(_: unknown, contract: AnyRequest): Promise<never> {
  throw new MortarError('MORTAR_HANDLER_MISSING', {
    rule: 'Commands and queries go through a request bus.',
    expected: 'an event bus that was made together with one',
    got: `${contract.kind} ${contract.name} on an event bus of its own`,
  });
}
