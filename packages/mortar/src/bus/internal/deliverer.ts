import type { Clock, Envelope } from '../../contracts/index.js';
import { MortarError } from '../../errors/index.js';
import type { DeadDelivery, DeadReason } from '../dead-letter-sink.js';
import { decide, type FinalAction, type RetryPolicy } from '../failure-policy.js';
import { type Awaitable, isThenable } from '../handler.js';
import type { Outcome } from '../outcome.js';
import type { DeadLetterbox } from './dead-letterbox.js';
import { Delivery } from './delivery.js';
import { Gathering } from './gathering.js';
import { HandlerContext, type Message } from './handler-context.js';
import { callWithin } from './limits.js';
import { Batcher } from './queues/batcher.js';
import { Gate, type GateSurroundings, type Refusal } from './queues/gate.js';
import { Slots } from './queues/slots.js';
import type { Registration } from './routing/registration.js';
import type { Route } from './routing/router.js';
import { RunningList } from './running-list.js';
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
  /** Something ended or a queue became shorter: whoever waits may look again. */
  readonly changed: () => void;
}

const ONE_ATTEMPT: RetryPolicy = { attempts: 1 };

/**
 * Brings events to handlers. A handler that needs nothing around it is called at once; everything else becomes a
 * delivery, which waits at its subscription's gate, is attempted until its policy ends it, and is settled once.
 */
export class Deliverer implements GateSurroundings {
  readonly #parts: DelivererParts;
  readonly #slots: Slots | undefined;
  readonly #batchers = new Map<Registration, Batcher>();
  /** Deliveries whose handler is running and may still be running after this turn of the event loop. */
  readonly #running = new RunningList();
  #open = 0;
  #pressedGates = 0;
  #isStopped = false;
  /** The message whose handler is being called right now, on top of the stack. */
  current: Message | undefined = undefined;

  constructor(parts: DelivererParts) {
    this.#parts = parts;
    this.#slots =
      parts.concurrency === undefined
        ? undefined
        : new Slots(parts.concurrency, (delivery) => this.#beginInSlot(delivery));
  }

  /** Deliveries that are not settled. */
  get open(): number {
    return this.#open;
  }

  /** Whether something downstream asks for no more events. */
  get isPressed(): boolean {
    return this.#pressedGates > 0 || (this.#slots !== undefined && this.#slots.waiting > 0);
  }

  pressed(change: 1 | -1): void {
    this.#pressedGates += change;
    if (change < 0) this.#parts.changed();
  }

  /**
   * Brings an event to all handlers of its type. Answers with nothing if all have succeeded by then, else with the
   * only delivery, or what gathers their outcomes. The hot path: a handler that needs nothing around it is called
   * right here.
   *
   * A context that a synchronous handler has left untouched goes on to the next synchronous handler: with a hundred
   * handlers, making a hundred contexts would cost more than calling them. Asynchronous ones each have their own.
   */
  startAll(route: Route, envelope: Envelope): Delivery | Gathering | undefined {
    const { registrations } = route;
    const slots = this.#slots;
    const { call } = this.#parts;
    const outer = this.current;
    this.current = envelope;
    let gathering: Gathering | undefined;
    let context: HandlerContext | undefined;
    for (let place = 0; place < registrations.length; place += 1) {
      const registration = registrations[place] as Registration;
      const { isPlain, gate } = registration;
      let delivery: Delivery | undefined;
      if (isPlain && slots === undefined && (gate === undefined || gate.isFree(envelope.key))) {
        if (context === undefined || registration.isAsync)
          context = new HandlerContext(registration, envelope, 1);
        else context.passTo(registration);
        try {
          const work = call === undefined ? registration.handler(context) : call(context);
          if (work === undefined && context.state === undefined) continue;
          delivery = this.#goOn(registration, context, work);
        } catch (error) {
          delivery = this.#failAtOnce(registration, context, error);
        }
        context = undefined;
      } else {
        delivery = this.#add(registration, envelope);
      }
      if (delivery === undefined) continue;
      if (registrations.length === 1) {
        this.current = outer;
        return delivery;
      }
      gathering ??= new Gathering(route);
      gathering.expect(delivery, place);
    }
    context?.close();
    this.current = outer;
    return gathering;
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
        context.close();
        const decision = decide(policy, error, attempt);
        if (decision.kind === 'retry') continue;
        if (decision.kind === 'stop') registration[Symbol.dispose]();
        if (decision.kind === 'skip') return skipped(registration, attempt, error);
        return this.#parts.deadLetters.postSync(deadOf(registration, envelope, attempt, error, 'failed'));
      }
    }
  }

  /** Gives up, as dead letters, all that waits and all that still runs. Nothing is retried from now on. */
  giveUp(registrations: Iterable<Registration>, error: MortarError): Promise<readonly Outcome[]> {
    this.#isStopped = true;
    const waiting = [...registrations].flatMap(({ gate }) => gate?.clear() ?? []);
    for (const batcher of this.#batchers.values()) waiting.push(...batcher.clear());
    waiting.push(...(this.#slots?.clear() ?? []));
    const all = waiting.concat(this.#running.all());
    for (const { context } of all) context?.abort(error);
    return Promise.all(all.map((delivery) => this.#bury(delivery, error, 'stopped')));
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
      if (isThenable(work)) this.#await(delivery, context, work);
      else this.succeeded(delivery, context);
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
    return this.#call(context, () =>
      callWithin(options, context, (called) => this.#handle(called), this.#parts.clock),
    );
  }

  /** An attempt of a delivery has succeeded: what it published is sent, and it is settled. */
  succeeded(delivery: Delivery, context: HandlerContext): void {
    if (delivery.context !== context || delivery.outcome !== undefined) return;
    try {
      this.complete(delivery, context);
    } catch (error) {
      this.failed(delivery, context, error);
    }
  }

  /** Sends what a successful attempt published, and settles its delivery. Throws if there is no room to send. */
  complete(delivery: Delivery, context: HandlerContext): void {
    this.#succeed(context);
    this.#settle(delivery, delivery.registration.handledOutcome(delivery.attempts));
  }

  /** A batch has ended. */
  leaveSlot(): void {
    this.#slots?.leave();
  }

  /** An attempt of a delivery has failed: its policy says what happens. */
  failed(delivery: Delivery, context: HandlerContext, error: unknown): void {
    if (delivery.context !== context || delivery.outcome !== undefined) return;
    context.close();
    this.#running.delete(delivery);
    const restMs = this.conclude(delivery, error);
    if (restMs !== undefined) this.#rest(delivery, restMs);
  }

  /** Asks the policy about a failed attempt: settles the delivery, or answers how long to wait for the next attempt. */
  conclude(delivery: Delivery, error: unknown): number | undefined {
    const decision = decide(delivery.registration.options.retry ?? ONE_ATTEMPT, error, delivery.attempts);
    if (this.#isStopped) this.#bury(delivery, error, 'stopped');
    else if (decision.kind === 'retry') return decision.afterMs;
    else this.#end(delivery, error, decision.kind);
    return undefined;
  }

  /** A handler has returned, and either goes on or has used its context. Answers with the delivery if it goes on. */
  #goOn(registration: Registration, context: HandlerContext, work: unknown): Delivery | undefined {
    if (!isThenable(work)) {
      this.#succeed(context);
      return undefined;
    }
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
    this.#open += 1;
    if (delivery.key !== undefined || registration.gate !== undefined) {
      delivery.gate = this.#gateOf(registration);
      delivery.gate.enter(delivery);
    }
    return delivery;
  }

  #add(registration: Registration, envelope: Envelope): Delivery {
    const delivery = new Delivery(registration, envelope, 0);
    this.#open += 1;
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
    const batcher = this.#batchers.get(delivery.registration);
    delivery.hasSlot = this.#slots !== undefined && batcher === undefined;
    if (batcher === undefined) this.attempt(delivery);
    else batcher.run();
  }

  #await(delivery: Delivery, context: HandlerContext, work: PromiseLike<unknown>): void {
    this.#running.add(delivery);
    delivery.settling = settleMortarHandler(this, delivery, context, work);
  }

  #call(context: HandlerContext, work: () => unknown): unknown {
    const outer = this.current;
    this.current = context.envelope;
    try {
      return work();
    } finally {
      this.current = outer;
    }
  }

  #handle(context: HandlerContext): unknown {
    return this.#parts.call === undefined ? context.handler.handler(context) : this.#parts.call(context);
  }

  #callSync(registration: Registration, context: HandlerContext): void {
    const work = registration.isPlain ? this.#call(context, () => this.#handle(context)) : Promise.resolve();
    if (!isThenable(work)) return;
    Promise.resolve(work).catch(() => undefined);
    throw new MortarError('MORTAR_HANDLER_ASYNC', {
      rule: 'deliverSync is for handlers that end before they return.',
      expected: `${registration.name} to be synchronous, or deliver instead of deliverSync`,
      got: 'a handler that goes on asynchronously',
    });
  }

  #succeed(context: HandlerContext): void {
    context.close();
    if (context.published !== undefined) this.#parts.sendPublished(context.published);
  }

  #rest(delivery: Delivery, afterMs: number): void {
    this.#leaveSlot(delivery);
    if (delivery.gate === undefined) {
      delivery.gate = this.#gateOf(delivery.registration);
      delivery.gate.enter(delivery);
    }
    delivery.gate.rest(delivery, (resume) => this.#parts.clock.after(afterMs, resume));
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
  #bury(delivery: Delivery, error: unknown, reason: DeadReason): Awaitable<Outcome> {
    const { registration, envelope, attempts } = delivery;
    const outcome = this.#parts.deadLetters.post(deadOf(registration, envelope, attempts, error, reason));
    if (!isThenable(outcome)) return this.#settle(delivery, outcome);
    return outcome.then((settled) => this.#settle(delivery, settled));
  }

  #settle(delivery: Delivery, outcome: Outcome): Outcome {
    if (delivery.outcome !== undefined) return delivery.outcome;
    this.#open -= 1;
    this.#running.delete(delivery);
    delivery.settle(outcome);
    this.#leaveSlot(delivery);
    const { gate } = delivery;
    delivery.gate = undefined;
    gate?.leave(delivery);
    this.#parts.changed();
    return outcome;
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
    this.#batchers.set(registration, batcher);
    return batcher;
  }
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
