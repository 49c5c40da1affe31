import type { Clock } from '../../contracts/index.js';
import type { OpenStore } from '../../delivery/index.js';
import { describeValue, MortarError } from '../../errors/index.js';
import type { Position } from '../../event-store/index.js';
import { type Activation, type Generation, INLINE_OWNER, subscriptionOf } from '../../read-models/index.js';
import type { AnyProjection } from '../projection-run.js';
import { gapAfter } from './caught-up.js';
import { makePlace } from './generation-place.js';
import type { FollowingProjection, Generations } from './generations.js';
import type { GenerationStatus, ProjectionStatus } from './projection-status.js';

/** Who asks for something. */
export interface OperationOptions {
  /** On record with what was done. */
  readonly actor?: string;
}

/** What operators ask of the projections of an app. Names are `<module>/<projection>`. */
export interface ProjectionOperations {
  /** How each stands, and each of its generations. */
  status(): Promise<readonly ProjectionStatus[]>;
  /**
   * Makes the read model anew from the log, beside the one that is read, and switches to it when it has come as far. Resolves when
   * that has begun; `status` tells how it goes.
   * @throws MortarError `MORTAR_GENERATION_STATE` where it is being built already
   */
  rebuild(name: string, options?: OperationOptions): Promise<void>;
  /** Stops what is being built; it may be gone on with, from where it was. @throws MortarError `MORTAR_GENERATION_STATE` where nothing is */
  cancel(name: string, options?: OperationOptions): Promise<void>;
  /** Goes on with what was paused, and with the building that was cancelled last, of the code of this process. */
  resume(name: string, options?: OperationOptions): Promise<void>;
  /** Brings no generation on, in any process, until it is resumed. They are read as they are. */
  pause(name: string, options?: OperationOptions): Promise<void>;
  /**
   * Switches to the generation of the code of this process: the one that is built, or else one that was read before. Answers why
   * not, if not; with `force`, what waits for a retry or an operator does not count.
   * @throws MortarError `MORTAR_GENERATION_MISSING` where there is none to switch to
   */
  activate(name: string, options?: OperationOptions & { readonly force?: boolean }): Promise<Activation>;
  /**
   * Makes the read model anew from the log, and reads it at once in this process, as empty as it is; other processes go over to it
   * when it has come as far as the one before, which is kept for a while.
   */
  reset(name: string, options?: OperationOptions): Promise<void>;
  /**
   * Removes a generation that is retired or cancelled, with all that it holds, rather than when its time is over. With `force`, also
   * one that a process still has the code of: that one reads the active one from then on, and begins another of its own.
   * @throws MortarError `MORTAR_GENERATION_MISSING`; `MORTAR_GENERATION_STATE` for one that is active or building, and unless
   * forced for one that a process has the code of
   */
  remove(
    name: string,
    number: number,
    options?: OperationOptions & { readonly force?: boolean },
  ): Promise<void>;
}

/** What the operations are made of. */
export interface OperationsParts {
  readonly store: OpenStore;
  readonly generations: Generations;
  /** Those that are folded when they are read. */
  readonly live: readonly Pick<FollowingProjection, 'name' | 'projection'>[];
  readonly clock: Clock;
}

/** The operations on the projections of a process. */
export class GenerationOperations implements ProjectionOperations {
  readonly #parts: OperationsParts;

  constructor(parts: OperationsParts) {
    this.#parts = parts;
  }

  async status(): Promise<readonly ProjectionStatus[]> {
    const { store, generations, live } = this.#parts;
    await generations.refresh();
    const head = await store.events.head();
    const { bySubscription } = await store.deadLetters.statistics();
    const all: ProjectionStatus[] = live.map(({ name, projection: { fingerprint } }) => ({
      name,
      placement: 'live',
      fingerprint,
      generations: [],
    }));
    for (const followed of generations.projections) {
      const { name, projection } = followed;
      const statuses: GenerationStatus[] = [];
      for (const one of generations.of(name))
        statuses.push(await this.#statusOf(followed, one, head, bySubscription[subscriptionOf(one)] ?? 0));
      const { placement, fingerprint } = projection;
      all.push({ name, placement, fingerprint, generations: statuses });
    }
    return all.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async rebuild(name: string, { actor }: OperationOptions = {}): Promise<void> {
    const { projection } = this.#followed(name);
    await this.#parts.store.projections.renew(name, projection.fingerprint, 'building', actor);
    await this.#parts.generations.refresh();
  }

  async reset(name: string, { actor }: OperationOptions = {}): Promise<void> {
    const { projection, runOf } = this.#followed(name);
    const { store, generations } = this.#parts;
    const made = await store.projections.renew(name, projection.fingerprint, 'active', actor);
    // Whoever reads it from now on finds its place.
    await makePlace(store, made, runOf(made.number));
    await generations.readAnyhow(made);
  }

  async cancel(name: string, { actor }: OperationOptions = {}): Promise<void> {
    const { store, generations } = this.#parts;
    const building = (await this.#all(name)).filter(({ state }) => state === 'building');
    if (building.length === 0) throw nothingBuilt(name);
    for (const one of building) await store.projections.cancel(one, actor);
    await generations.refresh();
  }

  async resume(name: string, { actor }: OperationOptions = {}): Promise<void> {
    const { store, generations } = this.#parts;
    const { fingerprint } = this.#followed(name).projection;
    const all = await this.#all(name);
    for (const { name: subscription } of await this.#paused(all))
      await store.deliveries.setPaused(subscription, false, actor);
    for (const one of all) generations.promotions.hurry(one);
    const cancelled = all.findLast((one) => one.state === 'cancelled' && one.fingerprint === fingerprint);
    if (cancelled !== undefined) await store.projections.resume(cancelled, actor);
    await generations.refresh();
  }

  async pause(name: string, { actor }: OperationOptions = {}): Promise<void> {
    const { store, generations } = this.#parts;
    for (const one of await this.#all(name)) {
      if (one.state === 'cancelled' || one.state === 'removing') continue;
      await store.deliveries.register(subscriptionOf(one), 'beginning', 1);
      await store.deliveries.setPaused(subscriptionOf(one), true, actor);
      // Afterwards, so that nobody makes it inline again.
      await store.projections.demote(one);
    }
    await generations.refresh();
  }

  async activate(
    name: string,
    { force = false, actor }: OperationOptions & { readonly force?: boolean } = {},
  ): Promise<Activation> {
    const { store, generations } = this.#parts;
    const { fingerprint } = this.#followed(name).projection;
    const own = (await this.#all(name)).filter((one) => one.fingerprint === fingerprint);
    const wanted =
      own.findLast(({ state }) => state === 'building') ??
      own.find(({ state }) => state === 'active') ??
      own.findLast(({ state }) => state === 'retired');
    if (wanted === undefined) throw nothingBuilt(name);
    const given = actor === undefined ? { force } : { force, actor };
    const activation = await store.projections.activate(wanted, given);
    await generations.refresh();
    return activation;
  }

  async remove(
    name: string,
    number: number,
    { force = false, actor }: OperationOptions & { readonly force?: boolean } = {},
  ): Promise<void> {
    const { store, generations } = this.#parts;
    await generations.refresh();
    const one = (await this.#all(name)).find((known) => known.number === number);
    if (one === undefined) throw noSuch(name, number);
    const isOut = one.state === 'retired' || one.state === 'cancelled';
    if (isOut && !force && (await generations.isInUse(one))) throw inUse(one);
    await store.projections.remove(one, actor);
    await generations.refresh();
  }

  #followed(name: string): FollowingProjection {
    const found = this.#parts.generations.projections.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new MortarError('MORTAR_GENERATION_MISSING', {
      rule: 'Operators name projections of this app that follow the log.',
      expected:
        this.#parts.generations.projections.map((one) => one.name).join(', ') || 'an app that has one',
      got: String(name),
    });
  }

  #all(name: string): Promise<readonly Generation[]> {
    this.#followed(name);
    return this.#parts.store.projections.generations(name);
  }

  async #paused(all: readonly Generation[]): Promise<readonly { readonly name: string }[]> {
    const names = new Set(all.map(subscriptionOf));
    const subscriptions = await this.#parts.store.deliveries.subscriptions();
    return subscriptions.filter(({ name, paused }) => paused !== undefined && names.has(name));
  }

  #obstacleTo({ placement, fingerprint }: AnyProjection, one: Generation): GenerationStatus['notInline'] {
    const { generations } = this.#parts;
    if (placement !== 'inline' || one.state !== 'active') return undefined;
    if (one.fingerprint !== fingerprint) return 'otherCode';
    if (generations.isPaused(one)) return 'paused';
    const obstacle = generations.promotions.obstacleTo(one);
    return obstacle === undefined || obstacle === 'inline' ? 'behind' : obstacle;
  }

  async #statusOf(
    { name, projection }: FollowingProjection,
    one: Generation,
    head: Position,
    deadLetters: number,
  ): Promise<GenerationStatus> {
    const { store, generations, clock } = this.#parts;
    const { number, state, fingerprint, begunAt } = one;
    const [checkpoint] = await store.deliveries.checkpoints(subscriptionOf(one));
    const isInline = checkpoint?.owner === INLINE_OWNER;
    const position = isInline ? head : (checkpoint?.low ?? (0 as Position));
    const isOwn = fingerprint === projection.fingerprint;
    const { first } = await gapAfter(store, position, projection.types, head);
    const work = generations.workAt(one);
    const { eventsPerSecond, leftMs } = work?.progress ?? {};
    return {
      number,
      state,
      fingerprint,
      isOwn,
      isRead: generations.read(name).number === number,
      activity: work === undefined || work.activity === 'ended' ? 'idle' : work.activity,
      isPaused: generations.isPaused(one),
      isInline,
      notInline: isInline ? undefined : this.#obstacleTo(projection, one),
      position,
      lagEvents: first === undefined ? 0 : head - position,
      lagMs: first === undefined ? 0 : Math.max(0, clock.now() - first.recordedAt),
      eventsPerSecond,
      leftMs,
      heldKeys: checkpoint?.heldKeys ?? 0,
      deadLetters,
      begunAt,
    };
  }
}

function noSuch(projection: string, number: number): MortarError {
  return new MortarError('MORTAR_GENERATION_MISSING', {
    rule: 'Operators name generations that are there.',
    expected: `the number of a generation of ${projection}, as the status says it`,
    got: describeValue(number),
    details: { projection, number },
  });
}

function inUse({ projection, number, state }: Generation): MortarError {
  return new MortarError('MORTAR_GENERATION_STATE', {
    rule: 'A generation is removed when no process has its code any more, unless that is forced.',
    expected: 'one that no process keeps up to date',
    got: `generation ${number} of ${projection}, which is ${state} and kept up to date`,
    details: { projection, number, state },
  });
}

function nothingBuilt(name: string): MortarError {
  return new MortarError('MORTAR_GENERATION_STATE', {
    rule: 'There is a generation to do something to.',
    expected: `one of ${name} that is being built, of the code of this process or, to cancel it, of any`,
    got: 'none',
    details: { projection: name },
  });
}
