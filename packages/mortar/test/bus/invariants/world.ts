import { z } from 'zod';
import {
  createEventBus,
  type DeadDelivery,
  type DeadLetterSink,
  type DrainReport,
  type EventBus,
  type Outcome,
} from '../../../src/bus/index.js';
import { createEnvelope, event, newId } from '../../../src/contracts/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { type LogFields, type Logger, silentLogger } from '../../../src/logging/logger.js';
import { settled, VirtualClock } from '../../support/virtual-clock.js';
import { contractOf, type Item } from './contracts.js';
import { Listener } from './listener.js';
import type { Action, EventPlan, Plan, Verb } from './plan.js';

const Probe = event('probe.sent', { data: z.string() });

/** A bus under a virtual clock, its listeners, and what was seen from outside. */
export class World {
  readonly plan: Plan;
  readonly clock: VirtualClock = new VirtualClock();
  readonly bus: EventBus;
  readonly listeners: readonly Listener[];
  /** What must never happen and has. */
  readonly violations: string[] = [];
  /** Events from outside that were not refused. */
  readonly accepted = new Map<string, Item>();
  readonly outcomes = new Map<string, readonly Outcome[]>();
  readonly reports: DrainReport[] = [];
  stopped = 0;
  readonly #byId = new Map<string, Item>();
  readonly #ids = new Map<string, string>();
  #open = 0;
  #running = 0;
  #ranks = 0;
  #isDraining = false;

  constructor(plan: Plan) {
    const { concurrency, queue, sink, listeners } = plan;
    this.plan = plan;
    this.bus = createEventBus({
      clock: this.clock,
      logger: this.#logger(),
      ...(sink === 'none' ? {} : { deadLetters: this.#sink() }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(queue === undefined ? {} : { queue }),
    });
    this.listeners = listeners.map((one, index) => new Listener(this, one, index));
  }

  async run(): Promise<void> {
    for (const action of this.plan.actions) await this.#act(action);
    let isIdle = false;
    this.bus.idle().then(() => {
      isIdle = true;
    });
    for (let round = 0; round < 200 && !(isIdle && this.#open === 0); round += 1) await this.clock.runOut();
    if (!isIdle) this.violations.push('The bus never becomes idle.');
    if (this.#open > 0) this.violations.push(`${this.#open} calls of the bus were never answered.`);
  }

  /** It does what it did before: delivers, or refuses since it was drained. */
  async probe(): Promise<void> {
    const seen: string[] = [];
    const work = async (): Promise<string> => {
      this.bus.subscribe(Probe, { name: 'probe' }, async ({ data: text }) => void seen.push(text));
      const [outcome] = await this.bus.deliver(Probe, 'still there');
      return `${outcome?.status} ${seen}`;
    };
    const answer = work().catch((error: unknown) => (error instanceof MortarError ? error.code : error));
    await this.clock.runOut();
    const found = await answer;
    const expected = this.#isDraining ? 'MORTAR_BUS_STOPPED' : 'handled still there';
    if (found !== expected) this.violations.push(`At the end, a delivery was answered by ${found}.`);
  }

  /** A handler begins (+1) or ends (-1). What `deliverSync` calls takes part in no limit. */
  runs({ sentBy }: Item, change: 1 | -1): void {
    if (sentBy === 'deliverSync') return;
    this.#running += change;
    const { concurrency = Number.POSITIVE_INFINITY } = this.plan;
    if (this.#running > concurrency) this.violations.push('More handlers run than the bus allows.');
  }

  /** The one event that a handler of an item publishes, the same at each attempt. */
  followUpOf({ name, key, rank, plan }: Item, listener: string): Item {
    return {
      name: `${name} by ${listener}`,
      sentBy: 'handler',
      rank,
      key: `${key} by ${listener}`,
      plan: { ...plan, hasFollowUp: false, isHopeless: false, tookMs: 0 },
    };
  }

  /** The id under which an item is published. */
  idOf(item: Item): string {
    const id = this.#ids.get(item.name) ?? newId();
    this.#ids.set(item.name, id);
    this.#byId.set(id, item);
    return id;
  }

  async #act(action: Action): Promise<void> {
    if (action.kind === 'advance') await this.clock.advance(action.ms);
    else if (action.kind === 'drain') this.#drain(action.timeoutMs);
    else this.#send(action.verb, action.event);
  }

  #drain(timeoutMs: number | undefined): void {
    this.#isDraining = true;
    this.#await(this.bus.drain(timeoutMs === undefined ? {} : { timeoutMs }), (report) => {
      this.reports.push(report);
    });
  }

  #send(verb: Verb, plan: EventPlan): void {
    this.#ranks += 1;
    // Verbs keep the order of a key among themselves only: what is delivered does not stand in the queue.
    // One key space for the verbs that keep the order; deliverSync refuses where it can not.
    const key = verb === 'deliverSync' ? `sync ${plan.key}` : `${plan.key}`;
    const item: Item = { name: `${verb} ${this.#ranks}`, sentBy: verb, rank: this.#ranks, key, plan };
    const envelope = createEnvelope(contractOf(item), item, { priority: plan.priority, id: this.idOf(item) });
    this.accepted.set(item.name, item);
    try {
      if (verb === 'deliverSync') this.outcomes.set(item.name, this.bus.deliverSync(envelope));
      else if (verb === 'enqueue') this.#await(this.bus.enqueue(envelope), () => undefined, item);
      else
        this.#await(this.bus.deliver(envelope), (outcomes) => this.outcomes.set(item.name, outcomes), item);
    } catch (error) {
      this.#refused(item, error);
    }
  }

  #await<T>(answer: Promise<T>, take: (value: T) => unknown, item?: Item): void {
    this.#open += 1;
    answer
      .then(take, (error: unknown) => this.#refused(item, error))
      .finally(() => {
        this.#open -= 1;
      });
  }

  #refused(item: Item | undefined, error: unknown): void {
    const code = error instanceof MortarError ? error.code : String(error);
    const isDue = code === 'MORTAR_QUEUE_FULL' || (code === 'MORTAR_BUS_STOPPED' && this.#isDraining);
    if (item === undefined || !isDue)
      this.violations.push(`${item?.name ?? 'A drain'} answered with ${code}.`);
    else this.accepted.delete(item.name);
  }

  #logger(): Logger {
    const error = (fields: LogFields | string): void => {
      if (typeof fields === 'string' || fields['subscription'] === undefined) return;
      const item = this.#byId.get(String(fields['messageId']));
      this.#given(item, String(fields['subscription']), 'lost', Number(fields['attempts']));
      if (fields['reason'] === 'stopped') this.stopped += 1;
    };
    const logger: Logger = { ...silentLogger, error, child: () => logger };
    return logger;
  }

  #sink(): DeadLetterSink {
    const { sink } = this.plan;
    const keep = ({ subscription, envelope, reason, attempts }: DeadDelivery): string => {
      if (sink === 'broken') throw new Error('The disk is full.');
      this.#given(this.#byId.get(envelope.id), subscription, 'letter', attempts);
      if (reason === 'stopped') this.stopped += 1;
      return envelope.id;
    };
    if (sink !== 'slow') return { add: keep };
    // It is given up from the moment that the sink is asked.
    return {
      add: async (dead) => {
        const id = keep(dead);
        await settled();
        return id;
      },
    };
  }

  #given(item: Item | undefined, subscription: string, how: 'letter' | 'lost', attempts: number): void {
    const listener = this.listeners.find(({ name }) => name === subscription);
    if (item === undefined || listener === undefined)
      this.violations.push(`A ${how} of no one, ${subscription}.`);
    else listener.givenUp(item, how, attempts);
  }
}
