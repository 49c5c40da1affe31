/// <reference lib="esnext.disposable" preserve="true" />
import type { Envelope, EnvelopeOptions, EventContract } from '../contracts/index.js';
import { describeValue, MortarError } from '../errors/index.js';
import type { BusOptions } from './bus-options.js';
import type { BatchHandler, EventContext, EventHandler, Handler } from './handler.js';
import { BusCore } from './internal/bus-core.js';
import { drain } from './internal/drain.js';
import type { HandlerContext } from './internal/handler-context.js';
import { openStream, type StreamOptions } from './internal/readers/stream.js';
import { type WaitOptions, waitForEvent } from './internal/readers/wait-for.js';
import { invocationOf } from './internal/routing/invocation.js';
import { register } from './internal/routing/register.js';
import { checkEnvelope, toEnvelope } from './internal/routing/sendable.js';
import type { Outcome } from './outcome.js';
import type {
  BatchSubscribeOptions,
  Selector,
  SubscribeOptions,
  Subscription,
  ThreadSubscribeOptions,
} from './subscription.js';

/** The events that a selector stands for. */
type Selected<S extends Selector> = S extends EventContract
  ? S
  : S extends readonly (infer C extends EventContract)[]
    ? C
    : EventContract;

/** What became of a drain. */
export interface DrainReport {
  /** Whether everything that was accepted had been handled, or kept as a dead letter by its own policy, in time. */
  readonly isDrained: boolean;
  /**
   * Deliveries that were kept as dead letters, and requests from outside that were refused, because the time was up. Those
   * that ran may yet end.
   */
  readonly givenUp: number;
}

/** How long a drain waits. */
export interface DrainOptions {
  /** 30,000 unless said; 0 gives up at once. */
  readonly timeoutMs?: number;
}

/**
 * The in-process event bus: brings events to handlers by priority, in the order of each key, within limits, and
 * keeps what fails. One handler's error never reaches another handler, the publisher or the bus.
 */
export class EventBus implements AsyncDisposable {
  readonly #core: BusCore;

  constructor(core: BusCore) {
    this.#core = core;
  }

  /**
   * Registers a handler for a contract, several contracts, or a pattern such as `shop.*`; `**` for every event.
   * @throws MortarError `MORTAR_HANDLER_DUPLICATE` for one handler twice, or one name twice; `MORTAR_HANDLER_INVALID`,
   * `MORTAR_OPTIONS_INVALID`, `MORTAR_PATTERN_INVALID`
   */
  subscribe<const S extends Selector>(selector: S, handler: Handler<EventHandler<Selected<S>>>): Subscription;
  subscribe<const S extends Selector>(
    selector: S,
    options: ThreadSubscribeOptions,
    module: URL,
  ): Subscription;
  subscribe<const S extends Selector>(
    selector: S,
    options: BatchSubscribeOptions,
    handler: Handler<BatchHandler<Selected<S>>>,
  ): Subscription;
  subscribe<const S extends Selector>(
    selector: S,
    options: SubscribeOptions,
    handler: Handler<EventHandler<Selected<S>>>,
  ): Subscription;
  subscribe(selector: Selector, ...rest: readonly unknown[]): Subscription {
    return register(this.#core, selector, rest);
  }

  /** Registers a handler for the next event only, however often that one has to be attempted. */
  once<const S extends Selector>(selector: S, handler: Handler<EventHandler<Selected<S>>>): Subscription {
    const call = invocationOf(handler);
    let first: Envelope | undefined;
    const subscription = register(this.#core, selector, [
      (context: HandlerContext<Envelope>) => {
        first ??= context.envelope;
        if (context.envelope !== first) return undefined;
        subscription[Symbol.dispose]();
        return call(context);
      },
    ]);
    return subscription;
  }

  /**
   * Resolves with the next event of a contract, or the next for which `where` holds.
   * @throws MortarError `MORTAR_WAIT_TIMEOUT`, by default after 30,000 ms; `MORTAR_BUS_STOPPED`
   */
  waitFor<C extends EventContract>(
    contract: C,
    options: WaitOptions<C> = {},
  ): Promise<EventContext<C>['envelope']> {
    return waitForEvent(this.#core, contract, options);
  }

  /**
   * The events of a contract from now on. A reader that is slower than the events holds them back, once `maxBuffered`
   * (1,000 unless said) are waiting for it. Leaving the loop ends the subscription; the bus's stop ends the loop.
   */
  stream<C extends EventContract>(
    contract: C,
    options: StreamOptions = {},
  ): AsyncIterableIterator<EventContext<C>['envelope']> {
    return openStream(this.#core, contract, options);
  }

  /**
   * Brings an event to its handlers, now, and resolves when all have finished, with the outcome of each. Rejects only
   * if the event is refused (`MORTAR_DATA_INVALID`, `MORTAR_BUS_STOPPED`, …), never for a handler's error. It passes
   * the queue of enqueued events, unless one of the same key waits there.
   */
  deliver<In>(
    event: EventContract<string, unknown, In>,
    data: NoInfer<In>,
    options?: EnvelopeOptions,
  ): Promise<readonly Outcome[]>;
  deliver(envelope: Envelope): Promise<readonly Outcome[]>;
  deliver(
    event: EventContract | Envelope,
    data?: unknown,
    options?: EnvelopeOptions,
  ): Promise<readonly Outcome[]> {
    try {
      const outcomes = this.#core.deliver(toEnvelope(event, data, options, this.#core.envelopeClock));
      return outcomes instanceof Promise ? outcomes : Promise.resolve(outcomes);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Accepts an event as `enqueue` does, by priority and within the queue's bound; then resolves as `deliver` does. */
  deliverInTurn<In>(
    event: EventContract<string, unknown, In>,
    data: NoInfer<In>,
    options?: EnvelopeOptions,
  ): Promise<readonly Outcome[]>;
  deliverInTurn(envelope: Envelope): Promise<readonly Outcome[]>;
  async deliverInTurn(
    event: EventContract | Envelope,
    data?: unknown,
    options?: EnvelopeOptions,
  ): Promise<readonly Outcome[]> {
    return this.#core.deliverInTurn(toEnvelope(event, data, options, this.#core.envelopeClock));
  }

  /**
   * Brings an event to its handlers, which must be synchronous, and answers with the outcome of each. Retries follow
   * at once. A handler that goes on asynchronously has failed with `MORTAR_HANDLER_ASYNC`.
   */
  deliverSync<In>(
    event: EventContract<string, unknown, In>,
    data: NoInfer<In>,
    options?: EnvelopeOptions,
  ): readonly Outcome[];
  deliverSync(envelope: Envelope): readonly Outcome[];
  deliverSync(
    event: EventContract | Envelope,
    data?: unknown,
    options?: EnvelopeOptions,
  ): readonly Outcome[] {
    return this.#core.deliverSync(toEnvelope(event, data, options, this.#core.envelopeClock));
  }

  /**
   * Accepts an event and returns at once; it is brought to its handlers by priority. The promise resolves when the
   * queue has room for it, which is at once unless it is full.
   * @throws MortarError `MORTAR_QUEUE_FULL`, by the queue's policy
   */
  enqueue<In>(
    event: EventContract<string, unknown, In>,
    data: NoInfer<In>,
    options?: EnvelopeOptions,
  ): Promise<void>;
  enqueue(envelope: Envelope): Promise<void>;
  enqueue(event: EventContract | Envelope, data?: unknown, options?: EnvelopeOptions): Promise<void> {
    try {
      return this.#core.enqueue(toEnvelope(event, data, options, this.#core.envelopeClock));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Delivers several events, started in their order, and resolves with the outcomes of each when all have finished.
   * Rejects, also then, if one of them was refused by publish middleware.
   */
  async deliverBatch(envelopes: readonly Envelope[]): Promise<readonly (readonly Outcome[])[]> {
    if (!Array.isArray(envelopes)) {
      throw new MortarError('MORTAR_ENVELOPE_INVALID', {
        rule: 'A batch is a list of events.',
        expected: 'an array of envelopes',
        got: describeValue(envelopes),
      });
    }
    for (const envelope of envelopes) checkEnvelope(envelope);
    const deliveries = envelopes.map((envelope) => this.deliver(envelope));
    await Promise.allSettled(deliveries);
    return Promise.all(deliveries);
  }

  /**
   * Brings an event to one subscription only, as a replay of a dead letter does.
   * @throws MortarError `MORTAR_HANDLER_MISSING`
   */
  async redeliver(envelope: Envelope, subscription: string): Promise<Outcome> {
    return this.#core.redeliver(checkEnvelope(envelope), subscription);
  }

  /** Every registration, in no particular order. */
  subscriptions(): readonly Subscription[] {
    return [...this.#core.router.all()];
  }

  /**
   * What is enqueued or published from now on waits, up to twice the bound of the queue, until `resume`. Calls of
   * `deliver` go on. A paused bus that is drained gives up what waits when the time is up.
   */
  pause(): void {
    this.#core.isPaused = true;
  }

  /** Goes on with what waits. */
  resume(): void {
    this.#core.isPaused = false;
    this.#core.changed();
  }

  /** Gives up all that waits: as dead letters, if there is a sink for them. Resolves when they are kept. */
  giveUpWaiting(reason: MortarError): Promise<void> {
    return this.#core.giveUp(reason, false);
  }

  /** Resolves as soon as nothing waits and nothing runs. Not for handlers, which would wait for themselves. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#core.watch(() => this.#core.open === 0, resolve);
    });
  }

  /**
   * Accepts nothing more and waits for everything accepted, including what handlers publish meanwhile. When the time
   * is up, handlers get their signal, and what is unfinished is kept as dead letters. May be called by a handler,
   * which is then not waited for, and more than once.
   */
  drain(options: DrainOptions = {}): Promise<DrainReport> {
    return drain(this.#core, options);
  }

  /** Drains and ends the bus: worker threads are ended and every registration is closed. */
  async stop(options: DrainOptions = {}): Promise<DrainReport> {
    const report = await this.drain(options);
    await this.#core.close();
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * An event bus of its own, whose handlers can't dispatch or ask; `createMessageBus` makes one whose handlers can.
 * @throws MortarError `MORTAR_OPTIONS_INVALID`
 */
export function createEventBus(options: BusOptions = {}): EventBus {
  return new EventBus(new BusCore(options));
}
