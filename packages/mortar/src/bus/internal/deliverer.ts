import type { Clock, Envelope } from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import type { DeadDelivery, DeadReason } from '../dead-letter-sink.js';
import { decide, type FinalAction, type RetryPolicy } from '../failure-policy.js';
import { isThenable } from '../handler.js';
import type { Outcome } from '../outcome.js';
import type { DeadLetterbox } from './dead-letterbox.js';
import { Delivery } from './delivery.js';
import { Gathering } from './gathering.js';
import { HandlerContext } from './handler-context.js';
import { callWithin } from './limits.js';
import { Batcher } from './queues/batcher.js';
import { Gate, type GateSurroundings, type Refusal } from './queues/gate.js';
import { OpenList } from './queues/open-list.js';
import { Slots } from './queues/slots.js';
import type { Registration } from './routing/registration.js';
import type { Route } from './routing/router.js';
import { settleMortarHandler } from './settle-handler.js';

/** What a deliverer works with. */
export interface DelivererParts {
  readonly clock: Clock;
  readonly deadLetters: DeadLetterbox;
  /** The handle middleware around a registration's handler, if there is any. */
  readonly call: ((context: HandlerContext) => unknown) | undefined;
  /** How many handlers may run at once. */
  readonly concurrency: number | undefined;
  /** Hands on what a handler published, when it has succeeded. Throws if there is no room. */
  readonly sendPublished: (envelopes: readonly Envelope[]) => void;
  /** A subscription that asked for no more events takes more. */
  readonly letGo: () => void;
  /** Something ended or a queue became shorter: whoever waits may look again. */
  readonly changed: () => void;
}

const ONE_ATTEMPT: RetryPolicy = { attempts: 1 };

/** How `callEach` ended, if not with what a handler answered: at a handler whose turn it may not be, or at the end. */
const NOT_FREE = Symbol('not free');
const ALL_RETURNED = Symbol('all returned');
const TOUCHED = Symbol('touched');

/**
 * Brings events to handlers. A handler that needs nothing around it is called at once; everything else becomes a
 * delivery, which waits at its subscription's gate, is attempted until its policy ends it, and is settled once.
 */
export class Deliverer implements GateSurroundings {
  readonly #parts: DelivererParts;
  readonly #slots: Slots | undefined;
  readonly #batchers = new WeakMap<Registration, Batcher>();
  /** Deliveries that are not settled. */
  readonly open: OpenList = new OpenList();
  #underWay = 0;
  #pressedGates = 0;
  #isFlushing = false;
  #isStopped = false;
  /** The call of a handler that is on top of the stack right now. */
  current: HandlerContext | undefined = undefined;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
    this.#slots =
      parts.concurrency === undefined
        ? undefined
        : new Slots(parts.concurrency, (delivery) => this.#beginInSlot(delivery));
  }

  /** Whether something goes on without a handler: a rest, the keeping of a dead letter, a batch between two calls. */
  get isUnderWay(): boolean {
    return this.#underWay > 0;
  }

  /** Whether the bus's limit asks for no more events. */
  get isBlocked(): boolean {
    return this.#slots !== undefined && this.#slots.waiting > 0;
  }

  /** Whether any subscription asks for no more events. */
  get isPressed(): boolean {
    return this.#pressedGates > 0;
  }

  /** Whether a subscription of this route asks for no more events. */
  isHeldBack({ registrations }: Route): boolean {
    return registrations.some(({ gate }) => gate?.isPressed === true);
  }

  pressed(change: 1 | -1): void {
    this.#pressedGates += change;
    if (change < 0) this.#parts.letGo();
  }

  /** Something begins (+1) or ceases (-1) to go on without a handler. */
  underWay(change: 1 | -1): void {
    this.#underWay += change;
    if (change < 0) this.#parts.changed();
  }

  /**
   * Brings an event to all handlers of its type. Answers with nothing if all have succeeded by then, else with the
   * only delivery, or what gathers their outcomes.
   *
   * The hot path: where all handlers are known to do no more than return, they are called in one tight loop. The first
   * that does more leaves it, and those after it go the general way.
   */
  startAll(route: Route, envelope: Envelope): Delivery | Gathering | undefined {
    const { registrations } = route;
    const [first] = registrations;
    if (!route.isSimple || first === undefined) return this.#startFrom(0, route, envelope, undefined);
    const context = new HandlerContext<Envelope, Registration>(first, envelope, 1);
    const outer = this.current;
    this.current = context;
    let work: unknown;
    let delivery: Delivery | undefined;
    try {
      work = callEach(registrations, context);
      if (work !== NOT_FREE && work !== ALL_RETURNED) delivery = this.#goOn(context.handler, context, work);
    } catch (error) {
      delivery = this.#failAtOnce(context.handler, context, error);
    }
    this.current = outer;
    context.closeUntouched();
    if (work === ALL_RETURNED) return undefined;
    route.isSimple = delivery === undefined;
    const place = registrations.indexOf(context.handler);
    return this.#startFrom(work === NOT_FREE ? place : place + 1, route, envelope, delivery);
  }

  /**
   * The general way, from one of the handlers on; `before` is the delivery of the handler before it, if it made one.
   *
   * A context that a synchronous handler has left untouched goes on to the next synchronous handler: with a hundred
   * handlers, making a hundred contexts would cost more than calling them. Asynchronous ones each have their own, and
   * so has one that was never seen to end: else a handler that kept its context could speak for the one after it.
   */
  #startFrom(
    from: number,
    route: Route,
    envelope: Envelope,
    before: Delivery | undefined,
  ): Delivery | Gathering | undefined {
    const { registrations } = route;
    const outer = this.current;
    let gathering: Gathering | undefined;
    let last = before;
    if (before !== undefined) gathering = gather(gathering, route, before, from - 1);
    let context: HandlerContext | undefined;
    for (let place = from; place < registrations.length; place += 1) {
      const registration = registrations[place] as Registration;
      let delivery: Delivery | undefined;
      if (this.#isAtOnce(registration, envelope)) {
        context = nextContext(context, registration, envelope);
        this.current = context;
        delivery = this.#callAtOnce(registration, context);
      } else {
        delivery = this.#add(registration, envelope);
      }
      if (delivery === undefined) continue;
      last = delivery;
      gathering = gather(gathering, route, delivery, place);
    }
    context?.closeUntouched();
    this.current = outer;
    if (last === undefined) route.isSimple = this.#isSimple(registrations);
    return gathering ?? last;
  }

  /** Whether all of these may be called by `callEach`. */
  #isSimple(registrations: readonly Registration[]): boolean {
    const isBare = this.#slots === undefined && this.#parts.call === undefined;
    return isBare && registrations.every(({ isPlain, isAsync }) => isPlain && isAsync === false);
  }

  #isAtOnce({ isPlain, gate }: Registration, { key }: Envelope): boolean {
    return isPlain && this.#slots === undefined && (gate === undefined || gate.isFree(key));
  }

  #callAtOnce(registration: Registration, context: HandlerContext): Delivery | undefined {
    try {
      const work = this.#handle(context);
      if (work !== undefined || context.state !== undefined) return this.#goOn(registration, context, work);
      registration.isAsync ??= false;
      return undefined;
    } catch (error) {
      return this.#failAtOnce(registration, context, error);
    }
  }

  /** Calls a handler that must end before this returns; its retries follow at once. */
  startSync(registration: Registration, envelope: Envelope): Outcome {
    const policy = registration.options.retry ?? ONE_ATTEMPT;
    for (let attempt = 1; ; attempt += 1) {
      const context = new HandlerContext(registration, envelope, attempt);
      try {
        this.#callSync(registration, context);
        this.#succeed(context);
        return registration.handledOutcome(attempt);
      } catch (error) {
        context.discard();
        const decision = decide(policy, error, attempt);
        if (decision.kind === 'retry') continue;
        if (decision.kind === 'stop') registration[Symbol.dispose]();
        if (decision.kind === 'skip') return skipped(registration, attempt, error);
        return this.#parts.deadLetters.postSync(deadOf(registration, envelope, attempt, error, 'failed'));
      }
    }
  }

  /**
   * Gives up, as dead letters, all that waits and, once the time is up, all that still runs. Nothing is retried from
   * then on. Answers with how many deliveries that were.
   */
  giveUp(error: MortarError, isTimeUp: boolean): number {
    const givenUp = [...this.open].filter(
      ({ context, isOver }) => !isOver && (isTimeUp || context === undefined),
    );
    if (isTimeUp || givenUp.length > 0) this.#isStopped = true;
    for (const registration of new Set(givenUp.map((delivery) => delivery.registration))) {
      registration.gate?.clear();
      this.#batchers.get(registration)?.clear();
    }
    if (givenUp.length > 0) this.#slots?.clear();
    for (const delivery of givenUp) {
      delivery.context?.abort(error);
      delivery.context?.discard();
      this.#bury(delivery, error, 'stopped');
    }
    return givenUp.length;
  }

  /** The bus has ended: nothing is retried from now on. */
  end(): void {
    this.#isStopped = true;
  }

  /** Batches no longer wait to become full. */
  flush(): void {
    this.#isFlushing = true;
    for (const { registration } of this.open) this.#batchers.get(registration)?.flush();
  }

  /** A gate lets a delivery through. */
  begin(delivery: Delivery): void {
    const { registration } = delivery;
    delivery.gate = registration.gate;
    if (registration.options.batch !== undefined) this.#batcherOf(registration).add(delivery);
    else this.takeSlot(delivery);
  }

  /** Calls the handler of a delivery. */
  attempt(delivery: Delivery): void {
    const context = this.contextFor(delivery);
    try {
      const work = this.callWithin(context, delivery.registration);
      if (isThenable(work)) {
        this.#await(delivery, context, work);
      } else {
        context.throwRefusal();
        this.succeeded(delivery, context);
      }
    } catch (error) {
      this.failed(delivery, context, error);
    }
  }

  /** The context of a delivery's next attempt. */
  contextFor(delivery: Delivery): HandlerContext {
    delivery.attempts += 1;
    const context = new HandlerContext(delivery.registration, delivery.envelope, delivery.attempts);
    delivery.context = context;
    return context;
  }

  /** Calls a handler inside its timeout, guards and middleware. */
  callWithin(context: HandlerContext, { options }: Registration): unknown {
    return this.callAs(context, () =>
      callWithin(options, context, (called) => this.#handle(called), this.#parts.clock),
    );
  }

  /** An attempt of a delivery has succeeded: what it published is sent, and it is settled. */
  succeeded(delivery: Delivery, context: HandlerContext): void {
    try {
      this.complete(delivery, context);
    } catch (error) {
      this.failed(delivery, context, error);
    }
  }

  /**
   * Sends what a successful attempt published, and settles its delivery, unless it was given up. Throws if there is no
   * room to send.
   */
  complete(delivery: Delivery, context: HandlerContext): void {
    if (delivery.context !== context) return;
    this.#succeed(context);
    this.#settle(delivery, delivery.registration.handledOutcome(delivery.attempts));
  }

  /** A batch has ended. */
  leaveSlot(): void {
    this.#slots?.leave();
  }

  /** An attempt of a delivery has failed: its policy says what happens. */
  failed(delivery: Delivery, context: HandlerContext, error: unknown): void {
    if (delivery.context !== context) return;
    context.discard();
    const restMs = this.conclude(delivery, error);
    if (restMs !== undefined) this.#rest(delivery, restMs);
  }

  /** Asks the policy about a failed attempt: settles the delivery, or answers how long to wait for the next attempt. */
  conclude(delivery: Delivery, error: unknown): number | undefined {
    delivery.context = undefined;
    const decision = decide(delivery.registration.options.retry ?? ONE_ATTEMPT, error, delivery.attempts);
    if (this.#isStopped) this.#bury(delivery, error, 'stopped');
    else if (decision.kind === 'retry') return decision.afterMs;
    else this.#end(delivery, error, decision.kind);
    return undefined;
  }

  /** A handler has returned, and either goes on or has used its context. Answers with the delivery if it goes on. */
  #goOn(registration: Registration, context: HandlerContext, work: unknown): Delivery | undefined {
    if (!isThenable(work)) {
      context.throwRefusal();
      this.#succeed(context);
      return undefined;
    }
    registration.isAsync = true;
    context.hold();
    const delivery = this.#enter(registration, context);
    this.#await(delivery, context, work);
    return delivery;
  }

  #failAtOnce(registration: Registration, context: HandlerContext, error: unknown): Delivery {
    const delivery = this.#enter(registration, context);
    this.failed(delivery, context, error);
    return delivery;
  }

  /** Makes a delivery of a call that goes on: it holds its key from now on. */
  #enter(registration: Registration, context: HandlerContext): Delivery {
    const delivery = new Delivery(registration, context.envelope as Envelope, 1);
    delivery.context = context;
    this.open.add(delivery);
    if (delivery.key !== undefined || registration.gate !== undefined) {
      delivery.gate = this.#gateOf(registration);
      delivery.gate.enter(delivery);
    }
    return delivery;
  }

  #add(registration: Registration, envelope: Envelope): Delivery {
    const delivery = new Delivery(registration, envelope, 0);
    this.open.add(delivery);
    const refusal = this.#gateOf(registration).add(delivery);
    if (refusal !== undefined) this.#refuse(refusal);
    return delivery;
  }

  /** Begins a delivery, or the batch that it leads, when the bus has a slot for it. */
  takeSlot(delivery: Delivery): void {
    if (this.#slots === undefined) this.#beginInSlot(delivery);
    else this.#slots.add(delivery);
  }

  #beginInSlot(delivery: Delivery): void {
    const { registration } = delivery;
    const isBatch = registration.options.batch !== undefined;
    delivery.hasSlot = this.#slots !== undefined && !isBatch;
    if (isBatch) this.#batcherOf(registration).run();
    else this.attempt(delivery);
  }

  #await(delivery: Delivery, context: HandlerContext, work: PromiseLike<unknown>): void {
    settleMortarHandler(this, delivery, context, work);
  }

  /** Notes, while it calls a handler, on whose behalf the stack runs. */
  callAs(context: HandlerContext, work: () => unknown): unknown {
    const outer = this.current;
    this.current = context;
    try {
      return work();
    } finally {
      this.current = outer;
    }
  }

  #handle(context: HandlerContext): unknown {
    return this.#parts.call === undefined ? context.handler.handler(context) : this.#parts.call(context);
  }

  #callSync(registration: Registration, context: HandlerContext<Envelope>): void {
    const { name, isPlain, isAsync, gate } = registration;
    if (!isPlain) throw notSync(name, 'a subscription with a limit, a timeout, guards, batches or threads');
    if (isAsync === true) throw notSync(name, 'an asynchronous handler');
    if (gate?.isFree(context.envelope.key) === false)
      throw notSync(name, 'earlier events that must be handled first');
    const work = this.callAs(context, () => this.#handle(context));
    if (!isThenable(work)) {
      context.throwRefusal();
      return;
    }
    registration.isAsync = true;
    Promise.resolve(work).catch((error) => context.handler.services.reportRefusal(context, error));
    throw notSync(name, 'a handler that goes on asynchronously');
  }

  #succeed(context: HandlerContext): void {
    context.close();
    context.tellRefusal();
    if (context.published !== undefined) this.#parts.sendPublished(context.published);
  }

  #rest(delivery: Delivery, afterMs: number): void {
    this.#leaveSlot(delivery);
    if (delivery.gate === undefined) {
      delivery.gate = this.#gateOf(delivery.registration);
      delivery.gate.enter(delivery);
    }
    delivery.gate.rest(delivery, (resume) => this.restFor(afterMs, resume));
    this.#parts.changed();
  }

  /** Calls back after a while, unless the returned function is called before. */
  restFor(afterMs: number, resume: () => void): () => void {
    this.underWay(1);
    const cancel = this.#parts.clock.after(afterMs, () => {
      resume();
      this.underWay(-1);
    });
    return () => {
      cancel();
      this.underWay(-1);
    };
  }

  #end(delivery: Delivery, error: unknown, kind: FinalAction): void {
    const { registration, attempts } = delivery;
    if (kind === 'stop') registration[Symbol.dispose]();
    if (kind === 'skip') this.#settle(delivery, skipped(registration, attempts, error));
    else this.#bury(delivery, error, 'failed');
  }

  #refuse({ delivery, reason }: Refusal): void {
    const error = new MortarError('MORTAR_QUEUE_FULL', {
      rule: 'Queues are bounded.',
      expected: `room in the queue of ${delivery.registration.name}`,
      got: reason === 'dropped' ? 'an event of higher priority' : 'a full queue',
    });
    this.#bury(delivery, error, reason);
  }

  /** Settles a delivery as a dead letter; it holds its key until the letter is kept. */
  #bury(delivery: Delivery, error: unknown, reason: DeadReason): void {
    const { registration, envelope, attempts } = delivery;
    delivery.context = undefined;
    const outcome = this.#parts.deadLetters.post(deadOf(registration, envelope, attempts, error, reason));
    if (!isThenable(outcome)) {
      this.#settle(delivery, outcome);
      return;
    }
    this.underWay(1);
    delivery.burial = Promise.resolve(outcome).then((settled) => {
      this.#settle(delivery, settled);
      this.underWay(-1);
      return settled;
    });
  }

  #settle(delivery: Delivery, outcome: Outcome): void {
    if (delivery.outcome !== undefined) return;
    this.open.delete(delivery);
    delivery.context = undefined;
    delivery.settle(outcome);
    this.#leaveSlot(delivery);
    const { gate } = delivery;
    delivery.gate = undefined;
    gate?.leave(delivery);
    this.#parts.changed();
  }

  #leaveSlot(delivery: Delivery): void {
    if (!delivery.hasSlot) return;
    delivery.hasSlot = false;
    this.#slots?.leave();
  }

  #gateOf(registration: Registration): Gate {
    registration.gate ??= new Gate(this, registration.gateOptions);
    return registration.gate;
  }

  #batcherOf(registration: Registration): Batcher {
    const known = this.#batchers.get(registration);
    if (known !== undefined) return known;
    const batcher = new Batcher(this, this.#parts.clock, registration);
    if (this.#isFlushing) batcher.flush();
    this.#batchers.set(registration, batcher);
    return batcher;
  }
}

/**
 * Calls one handler after the other with one context, and ends early at the first that does more than return: its
 * answer is answered, and the context is left with it. What a handler throws passes through. For handlers that are
 * plain and known to be synchronous; there may be a hundred, so each costs a call and little else.
 */
function callEach(
  registrations: readonly Registration[],
  context: HandlerContext<Envelope, Registration>,
): unknown {
  for (let place = 0; place < registrations.length; place += 1) {
    const registration = registrations[place] as Registration;
    context.passTo(registration);
    if (registration.gate !== undefined) return NOT_FREE;
    const work = registration.handler(context);
    if (work !== undefined) return work;
    if (context.state !== undefined) return TOUCHED;
  }
  return ALL_RETURNED;
}

/** The context for the next handler: the one before's, if that was left untouched and the next is synchronous. */
function nextContext(
  before: HandlerContext | undefined,
  registration: Registration,
  envelope: Envelope,
): HandlerContext {
  if (before === undefined || before.state !== undefined || registration.isAsync !== false) {
    before?.closeUntouched();
    return new HandlerContext(registration, envelope, 1);
  }
  before.passTo(registration);
  return before;
}

/** Has the outcome of a delivery gathered, where the event has several handlers. */
function gather(
  gathering: Gathering | undefined,
  route: Route,
  delivery: Delivery,
  place: number,
): Gathering | undefined {
  if (route.registrations.length === 1) return undefined;
  const gathers = gathering ?? new Gathering(route);
  gathers.expect(delivery, place);
  return gathers;
}

function notSync(name: string, got: string): MortarError {
  return new MortarError('MORTAR_HANDLER_ASYNC', {
    rule: 'deliverSync is for handlers that end before they return.',
    expected: `${name} to be synchronous and free, or deliver instead of deliverSync`,
    got,
  });
}

function skipped({ name }: Registration, attempts: number, error: unknown): Outcome {
  return { subscription: name, status: 'skipped', attempts, error };
}

function deadOf(
  { name }: Registration,
  envelope: Envelope,
  attempts: number,
  error: unknown,
  reason: DeadReason,
): DeadDelivery {
  return { subscription: name, envelope, reason, attempts, error };
}
