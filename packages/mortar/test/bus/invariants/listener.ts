import type { EventContext } from '../../../src/bus/index.js';
import { MortarError } from '../../../src/errors/index.js';
import { contractOf, type Item, Keyed, Loose } from './contracts.js';
import type { ListenerPlan } from './plan.js';
import type { World } from './world.js';

type Context = EventContext<typeof Keyed> | EventContext<typeof Loose>;

/** What a listener saw of one event. */
export interface Sighting {
  readonly item: Item;
  /** As the bus should count them: a batch that failed counts for none of its members. */
  calls: number;
  /**
   * How the last call ended. Uncertain: as a batch and well, but what it published may find no room; then it counts for
   * nothing, and its events are attempted alone.
   */
  last: 'none' | 'running' | 'done' | 'uncertain' | 'thrown' | 'hopeless';
  /** Calls that ended well while the event was not given up. */
  done: number;
  /** How it was given up, and after how many attempts. */
  readonly ends: { readonly how: 'letter' | 'lost'; readonly attempts: number; readonly calls: number }[];
}

/** A handler that behaves as planned, and watches whether it is called as it should be. */
export class Listener {
  readonly name: string;
  readonly plan: ListenerPlan;
  readonly sightings = new Map<string, Sighting>();
  readonly #world: World;
  readonly #index: number;
  /** By key: the event that was called last. */
  readonly #latest = new Map<string, Item>();
  /** By key: the event that is being handled. */
  readonly #current = new Map<string, Item>();
  #running = 0;

  constructor(world: World, plan: ListenerPlan, index: number) {
    this.#world = world;
    this.plan = plan;
    this.#index = index;
    this.name = `listener-${index}`;
    this.#subscribe();
  }

  listensTo(item: Item): boolean {
    const { to } = this.plan;
    return to === 'both' || to === 'pattern' || (to === 'keyed') === (item.plan.key !== undefined);
  }

  sightingOf(item: Item): Sighting {
    const known = this.sightings.get(item.name) ?? { item, calls: 0, last: 'none', done: 0, ends: [] };
    this.sightings.set(item.name, known);
    return known;
  }

  givenUp(item: Item, how: 'letter' | 'lost', attempts: number): void {
    const sighting = this.sightingOf(item);
    sighting.ends.push({ how, attempts, calls: sighting.calls });
  }

  #subscribe(): void {
    const { to, policy, ifHopeless, concurrency, queue, batch, isAsync } = this.plan;
    const selector = { keyed: Keyed, loose: Loose, both: [Keyed, Loose], pattern: 'invariants.*' }[to];
    const options = {
      name: this.name,
      retry: { ...policy, on: { validation: ifHopeless } },
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(queue === undefined ? {} : { queue }),
      ...(batch === undefined ? {} : { batch }),
    };
    const call = (contexts: readonly Context[]): Promise<void> | void =>
      isAsync ? this.#handleLater(contexts) : this.#handle(contexts);
    const handler = (given: Context | readonly Context[]): Promise<void> | void =>
      call('attempt' in given ? [given] : given);
    Reflect.apply(this.#world.bus.subscribe, this.#world.bus, [selector, options, handler]);
  }

  #handle(contexts: readonly Context[]): void {
    this.#begin(contexts);
    try {
      this.#failAsPlanned(contexts);
      for (const context of contexts) void this.#publish(context);
    } catch (error) {
      this.#end(contexts, error instanceof MortarError ? 'hopeless' : 'thrown');
      throw error;
    }
    this.#end(contexts, 'done');
  }

  async #handleLater(contexts: readonly Context[]): Promise<void> {
    this.#begin(contexts);
    try {
      await this.#takeTime(Math.max(...contexts.map(({ data }) => data.plan.tookMs)));
      this.#failAsPlanned(contexts);
      for (const context of contexts) await this.#publish(context);
    } catch (error) {
      this.#end(contexts, error instanceof MortarError ? 'hopeless' : 'thrown');
      throw error;
    }
    this.#end(contexts, 'done');
  }

  #takeTime(tookMs: number): Promise<void> | undefined {
    if (tookMs === 0) return undefined;
    return new Promise((resolve) => this.#world.clock.after(tookMs, resolve));
  }

  #failAsPlanned(contexts: readonly Context[]): void {
    for (const { data, attempt } of contexts) {
      const { failures, isHopeless } = data.plan;
      if (attempt > (failures[this.#index % failures.length] ?? 0)) continue;
      if (!isHopeless) throw new Error('planned');
      throw new MortarError('MORTAR_DATA_INVALID', { rule: 'None.', expected: 'a', got: 'b' });
    }
  }

  async #publish({ data, publish }: Context): Promise<void> {
    if (!data.plan.hasFollowUp) return;
    const next = this.#world.followUpOf(data, this.name);
    await publish(contractOf(next), next, { id: this.#world.idOf(next), priority: next.plan.priority });
  }

  #begin(contexts: readonly Context[]): void {
    const [first] = contexts;
    if (first === undefined) {
      this.#violated('It was called with an empty batch.');
      return;
    }
    this.#world.runs(first.data, 1);
    if (first.data.sentBy !== 'deliverSync') this.#running += 1;
    const { concurrency = Number.POSITIVE_INFINITY, batch, policy } = this.plan;
    if (this.#running > (batch === undefined ? concurrency : 1)) this.#violated('Too many of it run.');
    if (contexts.length > (batch?.size ?? 1)) this.#violated('A batch is too large.');
    for (const { data, attempt } of contexts) {
      const sighting = this.sightingOf(data);
      if (sighting.last === 'uncertain') this.#takeBack(data);
      sighting.calls += 1;
      sighting.last = 'running';
      if (sighting.ends.length > 0) this.#violated(`${data.name} is attempted after it was given up.`);
      if (attempt !== sighting.calls)
        this.#violated(`${data.name}: attempt ${attempt} is call ${sighting.calls}.`);
      if (attempt > policy.attempts)
        this.#violated(`${data.name}: attempt ${attempt} of ${policy.attempts}.`);
    }
    this.#takeKeys(contexts);
  }

  /** The batch counted for nothing: neither for this event, nor for those of its key that came behind it. */
  #takeBack({ name, key, rank, plan }: Item): void {
    for (const sighting of this.sightings.values()) {
      const { item, last } = sighting;
      const isBehind = plan.key !== undefined && item.key === key && item.rank > rank;
      if (last !== 'uncertain' || !(isBehind || item.name === name)) continue;
      sighting.last = 'none';
      sighting.calls -= 1;
      sighting.done -= 1;
    }
  }

  /** Events of one key come one at a time, or together in their order, and none after a later one. */
  #takeKeys(contexts: readonly Context[]): void {
    const ranks = new Map<string, number>();
    for (const { data } of contexts) {
      const { key, rank, plan, name } = data;
      if (plan.key === undefined) continue;
      const current = this.#current.get(key);
      // An asynchronous handler that deliverSync has called fails at once, though it goes on by itself.
      const isOver = current === undefined || current.sentBy === 'deliverSync';
      if (!isOver && !this.#isTogether(current, contexts)) {
        this.#violated(`${name} is called while ${current.name} is handled.`);
      }
      const before = Math.max(ranks.get(key) ?? 0, this.#latest.get(key)?.rank ?? 0);
      if (rank < before) this.#violated(`${name} is called after a later event of its key.`);
      ranks.set(key, rank);
      this.#current.set(key, data);
    }
    if (contexts.length === 1) this.#remember(contexts);
  }

  #isTogether(item: Item, contexts: readonly Context[]): boolean {
    return contexts.some(({ data }) => data.name === item.name);
  }

  #remember(contexts: readonly Context[]): void {
    for (const { data } of contexts) this.#latest.set(data.key, data);
  }

  #end(contexts: readonly Context[], how: 'done' | 'thrown' | 'hopeless'): void {
    const [first] = contexts;
    if (first === undefined) return;
    this.#world.runs(first.data, -1);
    if (first.data.sentBy !== 'deliverSync') this.#running -= 1;
    const mayFindNoRoom =
      contexts.some(({ data }) => data.plan.hasFollowUp) && this.#world.plan.queue !== undefined;
    const end = how === 'done' && contexts.length > 1 && mayFindNoRoom ? 'uncertain' : how;
    if (contexts.length > 1 && end === 'done') this.#remember(contexts);
    for (const { data } of contexts) {
      const sighting = this.sightingOf(data);
      if (this.#current.get(data.key) === data) this.#current.delete(data.key);
      if (sighting.ends.length > 0) continue;
      sighting.last = end;
      if (how === 'done') sighting.done += 1;
      else if (contexts.length > 1) sighting.calls -= 1;
    }
  }

  #violated(message: string): void {
    this.#world.violations.push(`${this.name}: ${message}`);
  }
}
