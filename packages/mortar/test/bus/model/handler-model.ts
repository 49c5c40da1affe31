import type { EventContext, Subscription } from '../../../src/bus/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { Keyed, Loose, type ModelEvent } from './contracts.js';
import type { SubscriptionPlan } from './plan.js';
import type { World } from './world.js';

type Context = EventContext<typeof Keyed> | EventContext<typeof Loose>;

/** How a delivery ends if nothing gets in its way: no full queue, no stop. */
export interface Prediction {
  readonly status: 'handled' | 'dead' | 'skipped';
  readonly attempts: number;
}

/** What was seen of the delivery of one event to one subscription. */
export interface Sighting {
  /** Calls of the handler with this event alone, and others of a batch that succeeded. */
  calls: number;
  successes: number;
  /** A dead letter was there before the handler succeeded. */
  wasGivenUp: boolean;
  /** What the handler published when it succeeded last. */
  children: readonly ModelEvent[];
}

/** A handler that behaves as planned, and sees to it that it is called as it should be. */
export class HandlerModel {
  readonly name: string;
  readonly sightings = new Map<number, Sighting>();
  isDisposed = false;
  readonly #world: World;
  readonly #plan: SubscriptionPlan;
  readonly #index: number;
  readonly #subscription: Subscription;
  /** By key: whom it belongs to. */
  readonly #occupants = new Map<string, { readonly seq: number; isOver: boolean }>();
  #running = 0;

  constructor(world: World, plan: SubscriptionPlan, index: number) {
    this.#world = world;
    this.#plan = plan;
    this.#index = index;
    this.name = `s${index}`;
    this.#subscription = this.#subscribe();
  }

  dispose(): void {
    this.isDisposed = true;
    this.#subscription[Symbol.dispose]();
  }

  predict({ plan }: ModelEvent): Prediction {
    const { attempts, whenHopeless } = this.#plan;
    const failures = this.#failuresOf(plan.failures);
    if (this.#isTooSlow(plan.tookMs)) return { status: 'dead', attempts };
    if (failures === 0) return { status: 'handled', attempts: 1 };
    if (plan.isHopeless) return { status: whenHopeless === 'skip' ? 'skipped' : 'dead', attempts: 1 };
    if (failures >= attempts) return { status: 'dead', attempts };
    return { status: 'handled', attempts: failures + 1 };
  }

  /**
   * Whether no full queue can refuse what is published: then a handler, or its batch, fails where no one planned it.
   */
  isPredictable({ plan }: ModelEvent): boolean {
    return this.#world.plan.queue === undefined || (plan.children === 0 && this.#plan.batch === undefined);
  }

  sightingOf(seq: number): Sighting {
    const sighting = this.sightings.get(seq) ?? { calls: 0, successes: 0, wasGivenUp: false, children: [] };
    this.sightings.set(seq, sighting);
    return sighting;
  }

  #subscribe(): Subscription {
    const { bus } = this.#world;
    const { batch, concurrency, attempts, restMs, timeoutMs, queue, whenHopeless } = this.#plan;
    const options = {
      name: this.name,
      retry: {
        attempts,
        backoff: { kind: 'fixed', delayMs: restMs, jitter: false },
        on: { validation: whenHopeless },
      },
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(queue === undefined ? {} : { queue }),
    } as const;
    const call = (contexts: readonly Context[]): Promise<void> | undefined =>
      this.#plan.isAsync ? this.#callAsync(contexts) : this.#callSync(contexts);
    return batch === undefined
      ? bus.subscribe([Keyed, Loose], options, (context) => call([context]))
      : bus.subscribe([Keyed, Loose], { ...options, batch }, call);
  }

  #callSync(contexts: readonly Context[]): undefined {
    this.#begin(contexts);
    try {
      this.#behave(contexts);
    } finally {
      this.#end();
    }
  }

  async #callAsync(contexts: readonly Context[]): Promise<void> {
    this.#begin(contexts);
    await this.#work(contexts);
    this.#behave(contexts);
  }

  /** Takes its time, unless it is called off. Counts as running for just so long. */
  #work(contexts: readonly Context[]): Promise<void> {
    const tookMs = Math.max(...contexts.map(({ data }) => data.plan.tookMs));
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#end();
        resolve();
      };
      const cancel = tookMs === 0 ? () => undefined : this.#world.clock.after(tookMs, end);
      contexts[0]?.signal.addEventListener('abort', () => {
        if (tookMs > 0) this.#end();
        cancel();
        for (const { data, attempt } of contexts) if (attempt >= this.#plan.attempts) this.#leaveKey(data);
        reject(new Error('called off'));
      });
      if (tookMs === 0) end();
    });
  }

  #begin(contexts: readonly Context[]): void {
    this.#world.started();
    this.#running += 1;
    const { concurrency = Number.POSITIVE_INFINITY, batch } = this.#plan;
    if (this.#running > (batch === undefined ? concurrency : 1)) throw fatal('Too many run at once.');
    if (contexts.length > (batch?.size ?? 1)) throw fatal('The batch is too large.');
    const [context] = contexts;
    if (context === undefined) throw fatal('The batch is empty.');
    if (contexts.length > 1) return;
    const sighting = this.sightingOf(context.data.seq);
    // A batch whose events found no room counts for none of its members.
    if (batch !== undefined && context.attempt === 1) sighting.calls = 0;
    sighting.calls += 1;
    if (context.attempt !== sighting.calls) throw fatal('An attempt was not counted.');
    if (context.attempt > this.#plan.attempts) throw fatal('There are more attempts than the policy has.');
    this.#takeKey(context);
  }

  #end(): void {
    this.#running -= 1;
    this.#world.ended();
  }

  #behave(contexts: readonly Context[]): void {
    for (const { data, attempt } of contexts) this.#failAsPlanned(data, attempt);
    for (const context of contexts) this.#succeed(context, contexts.length > 1);
  }

  #failAsPlanned(data: ModelEvent, attempt: number): void {
    const { seq, plan } = data;
    if (attempt > this.#failuresOf(plan.failures)) return;
    const isLast = attempt >= this.#plan.attempts || plan.isHopeless;
    if (isLast) this.#leaveKey(data);
    if (plan.isHopeless) {
      throw new MortarError('MORTAR_DATA_INVALID', { rule: 'r', expected: 'e', got: 'g' });
    }
    throw [new Error('planned'), undefined, 'text', Object.freeze({})][seq % 4];
  }

  #succeed({ data, publish }: Context, isBatch: boolean): void {
    const sighting = this.sightingOf(data.seq);
    sighting.wasGivenUp = this.#world.endsOf(data.seq, this.name).length > 0;
    if (isBatch) sighting.calls += 1;
    sighting.successes += 1;
    if (isBatch && this.isPredictable(data)) this.#takeKey({ data });
    this.#leaveKey(data);
    sighting.children = this.#world.childrenOf(data, this.#index);
    for (const child of sighting.children) publish(Keyed, child, { priority: child.plan.priority });
  }

  /** Of one key, one event at a time, in the order in which they were sent. */
  #takeKey({ data }: Pick<Context, 'data'>): void {
    if (data.plan.key === undefined && !data.key.startsWith('child')) return;
    const present = this.#occupants.get(data.key);
    if (present?.seq === data.seq) return;
    const isOver =
      present === undefined || present.isOver || this.#world.endsOf(present.seq, this.name).length > 0;
    if (!isOver) throw fatal('Two events of one key are handled at once.');
    if (present !== undefined && present.seq > data.seq) throw fatal('Events of one key are out of order.');
    this.#occupants.set(data.key, { seq: data.seq, isOver: !this.isPredictable(data) });
  }

  #leaveKey({ key, seq }: ModelEvent): void {
    const occupant = this.#occupants.get(key);
    if (occupant?.seq === seq) occupant.isOver = true;
  }

  #failuresOf(failures: readonly number[]): number {
    return failures[this.#index % failures.length] ?? 0;
  }

  #isTooSlow(tookMs: number): boolean {
    return this.#plan.isAsync && this.#plan.timeoutMs !== undefined && tookMs > this.#plan.timeoutMs;
  }
}

/** Violations are thrown inside handlers, where the bus would take them for failures: so they are kept. */
export const violations: Error[] = [];

function fatal(message: string): Error {
  const error = new Error(message);
  violations.push(error);
  return error;
}
