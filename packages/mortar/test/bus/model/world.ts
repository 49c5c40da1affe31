import {
  createEventBus,
  type DeadDelivery,
  type DeadLetterSink,
  type EventBus,
  type Outcome,
} from '../../../src/bus/index.js';
import { createEnvelope, type Envelope } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { silentLogger } from '../../../src/logging/logger.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';
import { Keyed, Loose, type ModelEvent } from './contracts.js';
import { HandlerModel } from './handler-model.js';
import type { EventPlan, Plan, Step } from './plan.js';

/** A bus under a clock of our own, and everything seen of it. */
export class World {
  readonly clock: VirtualClock = new VirtualClock();
  readonly bus: EventBus;
  readonly handlers: readonly HandlerModel[];
  /** By event and subscription: the dead letters that were to be kept. */
  readonly ends = new Map<string, DeadDelivery[]>();
  readonly accepted = new Map<number, ModelEvent>();
  readonly outcomes = new Map<number, readonly Outcome[]>();
  /** Direct deliveries that have not been answered. */
  readonly awaited = new Set<number>();
  readonly plan: Plan;
  #running = 0;
  #seq = 0;

  constructor(plan: Plan) {
    this.plan = plan;
    this.bus = createEventBus({
      clock: this.clock,
      logger: silentLogger,
      deadLetters: this.#sink(),
      ...(plan.concurrency === undefined ? {} : { concurrency: plan.concurrency }),
      ...(plan.queue === undefined ? {} : { queue: plan.queue }),
    });
    this.handlers = plan.subscriptions.map((one, index) => new HandlerModel(this, one, index));
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'advance') await this.clock.advance(step.ms);
      else if (step.kind === 'dispose') this.handlers[step.subscription]?.dispose();
      else this.#send(step.kind, step.event);
    }
    await settled();
  }

  /** Lets everything come to its end. */
  async finish(): Promise<void> {
    let isIdle = false;
    this.bus.idle().then(() => {
      isIdle = true;
    });
    // The sink may take a turn of the event loop for each dead letter.
    for (let round = 0; round < 100 && !isIdle; round += 1) await this.clock.runOut();
    if (!isIdle) throw new Error('The bus is not idle though nothing can happen any more.');
    if (this.awaited.size > 0) throw new Error(`Never answered: ${[...this.awaited]}`);
  }

  /** What a handler publishes when it succeeds, under a key of its own. */
  childrenOf({ seq, plan }: ModelEvent, handler: number): readonly ModelEvent[] {
    const childPlan = { ...plan, children: 0, failures: [0] };
    return Array.from({ length: plan.children }, () => ({
      seq: this.#next(),
      key: `child of ${seq} by ${handler}`,
      plan: childPlan,
    }));
  }

  /** Calls of handlers so far. */
  calls = 0;

  started(): void {
    this.calls += 1;
    this.#running += 1;
    if (this.#running > (this.plan.concurrency ?? Number.POSITIVE_INFINITY)) {
      throw new Error('More handlers run than the bus allows.');
    }
  }

  ended(): void {
    this.#running -= 1;
  }

  endsOf(seq: number, subscription: string): readonly DeadDelivery[] {
    return this.ends.get(`${seq} ${subscription}`) ?? [];
  }

  #next(): number {
    this.#seq += 1;
    return this.#seq;
  }

  #send(verb: 'enqueue' | 'deliver', plan: EventPlan): void {
    // Direct deliveries don't stand in the queue, so their order is not that of enqueued ones.
    const item = { seq: this.#next(), key: `${plan.key}`, plan };
    const contract = plan.key === undefined ? Loose : Keyed;
    const envelope = createEnvelope(contract, item, { priority: plan.priority });
    this.accepted.set(item.seq, item);
    const sent = verb === 'enqueue' ? this.bus.enqueue(envelope) : this.#deliver(item, envelope);
    sent.catch((error: unknown) => {
      if (!(error instanceof MortarError)) throw error;
      this.accepted.delete(item.seq);
    });
  }

  async #deliver({ seq }: ModelEvent, envelope: Envelope): Promise<void> {
    this.awaited.add(seq);
    try {
      this.outcomes.set(seq, await this.bus.deliver(envelope));
    } finally {
      this.awaited.delete(seq);
    }
  }

  #sink(): DeadLetterSink {
    const { sink } = this.plan;
    const add = (dead: DeadDelivery): string => {
      const id = `${(dead.envelope.data as ModelEvent).seq} ${dead.subscription}`;
      this.ends.set(id, [...(this.ends.get(id) ?? []), dead]);
      if (sink === 'fails') throw new Error('The sink is full.');
      return id;
    };
    if (sink !== 'later') return { add };
    return {
      add: async (dead) => {
        const id = add(dead);
        await new Promise<void>((resolve) => setImmediate(resolve));
        return id;
      },
    };
  }
}
