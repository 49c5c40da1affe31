import type { Envelope, EventContract } from '../../contracts/index.js';
import { onAbort } from '../../resilience/abort.js';
import type { Unit } from '../../unit-of-work/index.js';
import { isThenable } from '../handler.js';
import type { BusCore } from '../internal/bus-core.js';
import { HandlerContext } from '../internal/handler-context.js';
import { register } from '../internal/routing/register.js';
import type { Registration } from '../internal/routing/registration.js';
import { awaitMortarAttempt } from '../internal/settle-handler.js';
import { Unconfirmed } from '../internal/units/unconfirmed.js';
import type { UnitCommitter } from '../internal/units/unit-committer.js';
import type { UnitServices } from '../internal/units/unit-services.js';
import type { AnySubscribeOptions, Subscription } from '../subscription.js';

/** One attempt to handle one event. */
export interface Attempt {
  readonly envelope: Envelope;
  /** Which call of the handler for this event this is, from 1. */
  readonly attempt: number;
}

/** A handler that is called by whoever brings it its events. */
export interface LogHandler {
  readonly subscription: Subscription;
  /**
   * Calls the handler once, inside its timeout, guards and middleware: for one event, or for those of a batch. Resolves with
   * what it has done, nothing if there is nothing to commit; rejects with its error, or with the signal's reason.
   */
  readonly attempt: (
    attempts: readonly Attempt[],
    signal: AbortSignal,
  ) => Promise<Omit<Unit, 'id'> | undefined>;
}

/** Handlers of events that come from a durable log. Nothing is queued or retried here. */
export class LogHandlers {
  readonly #core: BusCore;
  readonly #committer: UnitCommitter;
  readonly #unconfirmed: Unconfirmed | undefined;

  constructor(core: BusCore, { committer }: UnitServices) {
    this.#core = core;
    this.#committer = committer;
    this.#unconfirmed = core.hearsOfWithdrawals ? new Unconfirmed() : undefined;
  }

  /** @throws MortarError as `EventBus.subscribe` */
  subscribe(
    events: EventContract | readonly EventContract[],
    options: AnySubscribeOptions,
    handler: unknown,
  ): LogHandler {
    const registration = register(this.#core, events, [options, handler]);
    return {
      subscription: registration,
      attempt: (attempts, signal) => this.#attempt(registration, attempts, signal),
    };
  }

  /**
   * Registers a handler that is called while the unit of work that publishes an event is collected, and becomes a part of it.
   * @throws MortarError as `EventBus.subscribe`
   */
  subscribeWithin(
    events: EventContract | readonly EventContract[],
    options: AnySubscribeOptions,
    handler: unknown,
  ): void {
    this.#committer.addWithin(register(this.#core, events, [options, handler]));
  }

  async #attempt(
    registration: Registration,
    attempts: readonly Attempt[],
    signal: AbortSignal,
  ): Promise<Omit<Unit, 'id'> | undefined> {
    const { calls } = this.#core;
    this.#core.checkRunning();
    signal.throwIfAborted();
    const contexts = attempts.map(
      ({ envelope, attempt }) => new HandlerContext(registration, envelope, attempt),
    );
    const [leader] = contexts;
    if (leader === undefined) return undefined;
    if (registration.options.batch !== undefined) for (const context of contexts) context.joinBatch(contexts);
    this.#withdrawEarlier(registration, attempts);
    calls.attempts.add(leader);
    const unlisten = onAbort(signal, () => {
      for (const context of contexts) context.abort(signal.reason);
      calls.breakOff(leader, signal.reason);
    });
    try {
      return await this.#workOf(registration, leader, contexts);
    } catch (error) {
      for (const context of contexts) context.discard();
      throw error;
    } finally {
      unlisten?.();
      this.#core.endCall(leader);
    }
  }

  /** What an attempt before this one has published, and was not committed. A batch is known by its first. */
  #withdrawEarlier({ name }: Registration, attempts: readonly Attempt[]): void {
    if (this.#unconfirmed === undefined) return;
    for (const { envelope } of attempts) {
      const published = this.#unconfirmed.take(deliveryOf(envelope, name));
      if (published !== undefined) this.#core.withdraw(published);
    }
  }

  async #workOf(
    registration: Registration,
    leader: HandlerContext,
    contexts: readonly HandlerContext[],
  ): Promise<Omit<Unit, 'id'> | undefined> {
    const { calls, deliverer } = this.#core;
    const work = deliverer.callWithin(leader, registration);
    if (isThenable(work)) await awaitMortarAttempt(calls.orGivenUp(leader, work));
    else for (const context of contexts) context.throwRefusal();
    const draft = leader.hasDraft ? leader.draft : undefined;
    for (const context of contexts) {
      context.close();
      context.tellRefusal();
    }
    if (draft === undefined) return undefined;
    const done = await this.#committer.finish(draft);
    if (this.#unconfirmed !== undefined && draft.envelopes.length > 0)
      this.#unconfirmed.add(deliveryOf(leader.envelope, registration.name), draft.envelopes);
    return draft.isEmpty ? undefined : done;
  }
}

function deliveryOf({ id }: { readonly id: string }, subscription: string): string {
  return `${id}:${subscription}`;
}
