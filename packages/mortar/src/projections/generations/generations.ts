import type { Clock } from '../../contracts/index.js';
import type { Deliveries, OpenStore } from '../../delivery/index.js';
import { MortarError, messageOf } from '../../errors/index.js';
import type { Position } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import {
  type Generation,
  type GenerationName,
  INLINE_OWNER,
  subscriptionOf,
} from '../../read-models/index.js';
import type { AnyProjection, ProjectionRun } from '../projection-run.js';
import type { AtEnd } from './catch-up.js';
import { makePlace } from './generation-place.js';
import { GenerationWork } from './generation-work.js';
import { type Attempt, Promotions } from './promotions.js';
import { Removal } from './removal.js';

/** A projection that follows the log, of a module. */
export interface FollowingProjection {
  /** `<module>/<projection>`. */
  readonly name: string;
  readonly projection: AnyProjection;
  /** What a generation of it needs. */
  readonly runOf: (number: number) => ProjectionRun;
}

/** What generations are kept with. */
export interface GenerationsParts {
  readonly store: OpenStore;
  /** Started. */
  readonly deliveries: Pick<Deliveries, 'owner' | 'add' | 'remove'>;
  readonly projections: readonly FollowingProjection[];
  readonly pulse: Clock;
  readonly logger: Logger;
  /** It may be that another generation is read, or that one is caught up. */
  readonly changed?: () => void;
  /** How often it is looked for what other processes have changed; 1,000 unless said. */
  readonly pollMs?: number;
  /** As that of the deliveries; 6,000 unless said. */
  readonly leaseTtlMs?: number;
  /** How long a generation is kept that is not read any more; an hour unless said. */
  readonly retiredMs?: number;
  /** How many events are folded at once while one is caught up, at most; 5,000 unless said. */
  readonly pageEvents?: number;
  /** Other generations are inline than before: `InlineAppends.refresh`. */
  readonly promoted?: () => Promise<void>;
  /** See `PromotionsParts.promotionMs`. */
  readonly promotionMs?: number;
}

const DEFAULT_POLL_MS = 1_000;
const DEFAULT_TTL_MS = 6_000;
const HOUR_MS = 3_600_000;
const PAGE_EVENTS = 5_000;
const HEARD_MS = 10;
/** How often a generation that is at the end of the log is compared with the active one before it is left to the delivery. */
const COMPARISONS = 20;
const OVER: readonly string[] = ['MORTAR_STORE_CLOSED', 'MORTAR_STORE_BROKEN'];

/**
 * The generations of an app's projections, in this process: keeps those of its own code up to date, makes the one that it
 * builds the active one when it has come as far, knows which one is read, and removes those that nobody has any more.
 */
export class Generations {
  readonly #parts: GenerationsParts;
  readonly #works = new Map<string, GenerationWork>();
  readonly #removal: Removal;
  readonly promotions: Promotions;
  #all: readonly Generation[] = [];
  #paused: ReadonlySet<string> = new Set();
  /** The names of all subscriptions, from before `all` were looked at. */
  #subscriptions: readonly string[] = [];
  /** The number of the generation that is read, by projection. */
  readonly #reading = new Map<string, number>();
  /** Up to where somebody was told that a projection has come. */
  readonly #promised = new Map<string, Position>();
  readonly #comparisons = new Map<string, number>();
  #refreshing: Promise<void> | undefined = undefined;
  #isAsked = false;
  #isStarted = false;
  #isStopped = false;
  #hasFailed = false;
  #cancelPoll: () => void = () => undefined;
  #cancelSoon: (() => void) | undefined = undefined;
  #endWatch: () => void = () => undefined;

  constructor(parts: GenerationsParts) {
    this.#parts = parts;
    const { store, deliveries, retiredMs = HOUR_MS, logger, pulse, promotionMs } = parts;
    const promoted = parts.promoted ?? (async () => undefined);
    this.promotions = new Promotions({ store, pulse, logger, promoted, promotionMs });
    this.#removal = new Removal({ store, owner: deliveries.owner, retiredMs, logger });
  }

  get projections(): readonly FollowingProjection[] {
    return this.#parts.projections;
  }

  /**
   * Begins what code of these projections needs, and resolves when it is known which generations are read, and there are their places.
   * Those that are to be inline and are near the end of the log are so from then on.
   */
  async prepare(): Promise<void> {
    const collections = await this.#parts.store.documents.collections();
    await this.#lookAtAll();
    for (const followed of this.#parts.projections) {
      const { name, runOf, projection } = followed;
      const generation = this.read(name);
      if (generation.fingerprint === projection.fingerprint) {
        await makePlace(this.#parts.store, generation, runOf(generation.number));
        await this.#promoteEarly(followed, generation);
      }
      const places = collections.map((collection) => collection.name);
      await this.#removal.sweep(followed, this.of(name), places);
    }
  }

  async #promoteEarly(followed: FollowingProjection, generation: Generation): Promise<void> {
    if (!isPromotable(followed, generation)) return;
    await this.#promote(followed, generation);
  }

  /** Begins to keep them up to date, by deliveries that were started. */
  async start(): Promise<void> {
    this.#isStarted = true;
    await this.#look();
    if (this.#isStopped) return;
    this.#endWatch = this.#parts.store.deliveries.watch(() => this.#refreshSoon());
    this.#poll();
  }

  /** Begins nothing more, and resolves when pages that are being folded are committed. What is delivered goes on. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelPoll();
    this.#cancelSoon?.();
    this.#endWatch();
    await this.#refreshing;
    await Promise.all([...this.#works.values()].map((work) => work.stopCatchingUp()));
  }

  /** Those of a projection that are known here, by number. */
  of(name: string): readonly Generation[] {
    return this.#all.filter(({ projection }) => projection === name);
  }

  workAt(name: GenerationName): GenerationWork | undefined {
    return this.#works.get(subscriptionOf(name));
  }

  /** Whether a process that is there, this one or another, keeps it up to date or reads it. */
  async isInUse(one: Generation): Promise<boolean> {
    const isOwn = this.workAt(one) !== undefined || this.#reading.get(one.projection) === one.number;
    return isOwn || this.#removal.isInUse(one);
  }

  isPaused(name: GenerationName): boolean {
    return this.#paused.has(subscriptionOf(name));
  }

  /**
   * Which generation of a projection this process reads: of its own code where that is or was the active one, else the active
   * one. Another one than before is read only once it has come as far.
   * @throws MortarError `MORTAR_GENERATION_MISSING`
   */
  read(name: string): Generation {
    this.#followed(name);
    const read = this.of(name).find(({ number }) => number === this.#reading.get(name));
    if (read !== undefined) return read;
    throw new MortarError('MORTAR_GENERATION_MISSING', {
      rule: 'A projection is read between the start and the stop of its app.',
      expected: `an active generation of ${name}`,
      got: 'none',
      details: { projection: name },
    });
  }

  /** Somebody was told that what he reads of a projection has come so far. */
  promise(name: string, position: Position): void {
    this.#promised.set(name, Math.max(position, this.#promised.get(name) ?? 0) as Position);
  }

  /** Reads a generation from now on, however far it has come. */
  async readAnyhow({ projection, number }: GenerationName): Promise<void> {
    await this.refresh();
    this.#reading.set(projection, number);
    this.#promised.delete(projection);
    await this.refresh();
  }

  /** Looks at what other processes may have changed. Resolves when it is known; never rejects. */
  refresh(): Promise<void> {
    if (this.#refreshing !== undefined) {
      this.#isAsked = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refreshAll().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshAll(): Promise<void> {
    do {
      this.#isAsked = false;
      if (this.#isStopped) return;
      try {
        await this.#look();
        this.#hasFailed = false;
      } catch (error) {
        if (!this.#hasFailed && !isOver(error))
          this.#parts.logger.warn({ error: messageOf(error) }, 'It is not known how read models stand');
        this.#hasFailed = true;
      }
    } while (this.#isAsked);
  }

  /** Resolves when no generation is being caught up by this process. Rejects with the reason of the signal. */
  async ready(signal: AbortSignal | undefined): Promise<void> {
    const abort = new Promise<never>((_, reject) => {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    abort.catch(() => undefined);
    for (const work of this.#works.values()) await Promise.race([work.caughtUp, abort]);
  }

  /** The types of a subscription, if it is that of a generation that is worked at here. */
  typesOf(subscription: string): readonly string[] | undefined {
    return this.#works.get(subscription)?.projection.types;
  }

  async #look(): Promise<void> {
    await this.#lookAtAll();
    // What is caught up is handed over to deliveries, which are to be there.
    if (!this.#isStarted || this.#isStopped) return;
    for (const followed of this.#parts.projections) await this.#arrange(followed);
    for (const work of this.#works.values()) work.wake();
    this.#parts.changed?.();
  }

  async #lookAtAll(): Promise<void> {
    const { store, projections } = this.#parts;
    const subscriptions = await store.deliveries.subscriptions();
    this.#paused = new Set(
      subscriptions.filter(({ paused }) => paused !== undefined).map(({ name }) => name),
    );
    this.#subscriptions = subscriptions.map(({ name }) => name);
    let all = await store.projections.generations();
    for (const { name, projection } of projections)
      if (!all.some((one) => one.projection === name && isOfCode(one, projection) && isUsable(one))) {
        await store.projections.begin(name, projection.fingerprint);
        all = await store.projections.generations();
      }
    this.promotions.observe(all, (one) => this.isPaused(one));
    const chosen = new Map<string, number>();
    for (const { name, projection } of projections) {
      const wanted = await this.#choose(
        name,
        all.filter((one) => one.projection === name),
        projection,
      );
      if (wanted !== undefined) chosen.set(name, wanted.number);
    }
    // Both at once, so that there is always one that is read.
    this.#all = all;
    for (const [name, number] of chosen) this.#reading.set(name, number);
  }

  /** Another generation to go over to, if there is one: when it has come as far as the one that is read, and as anybody was told. */
  async #choose(
    name: string,
    all: readonly Generation[],
    { fingerprint }: AnyProjection,
  ): Promise<Generation | undefined> {
    const wanted = preferred(all, fingerprint);
    const before = all.find(({ number }) => number === this.#reading.get(name));
    if (wanted === undefined || wanted.number === before?.number) return undefined;
    const isKept = before !== undefined && before.state !== 'removing' && before.state !== 'cancelled';
    if (!isKept || (await this.#hasComeAsFar(wanted, before))) return wanted;
    this.#refreshSoon();
    return undefined;
  }

  /** Both are looked at in one moment; one that is inline has all that there was before. */
  async #hasComeAsFar(wanted: Generation, before: Generation): Promise<boolean> {
    const { events, deliveries } = this.#parts.store;
    const head = await events.head();
    const checkpoints = await deliveries.checkpoints();
    const lowOf = (one: Generation): number => {
      const found = checkpoints.find(({ subscription }) => subscription === subscriptionOf(one));
      return found?.owner === INLINE_OWNER ? head : (found?.low ?? 0);
    };
    return lowOf(wanted) >= Math.max(lowOf(before), this.#promised.get(wanted.projection) ?? 0);
  }

  /** Works at the generations of its own code that are or may be read, and lets go of the others. */
  async #arrange(followed: FollowingProjection): Promise<void> {
    const { name, projection } = followed;
    const all = this.of(name);
    const own = all.filter(({ fingerprint }) => fingerprint === projection.fingerprint);
    const isRead = ({ number }: Generation): boolean => number === this.#reading.get(name);
    const wanted = own.filter(
      (one) => !one.isInline && (isWorkedAt(one, own) || (isRead(one) && one.state === 'retired')),
    );
    for (const one of wanted) this.#workAt(followed, one);
    const names = new Set(wanted.map(subscriptionOf));
    for (const [subscription, work] of this.#works) {
      if (!subscription.startsWith(`${name}#`) || names.has(subscription)) continue;
      this.#works.delete(subscription);
      this.#comparisons.delete(subscription);
      await work.stop();
    }
    for (const one of own) if (one.isInline && projection.placement !== 'inline') await this.#demote(one);
    for (const one of wanted) {
      if (this.workAt(one)?.activity !== 'delivering') continue;
      const isInline = isPromotable(followed, one) && (await this.#promote(followed, one)) === 'inline';
      if (one.state === 'building' && !isInline) await this.#compare(one);
    }
    await this.#removal.tidy(followed, all, names);
    await this.#removal.sweep(followed, all, this.#subscriptions);
  }

  #workAt({ projection, runOf }: FollowingProjection, generation: Generation): void {
    const subscription = subscriptionOf(generation);
    const present = this.#works.get(subscription);
    if (present !== undefined && present.activity !== 'ended') return;
    const {
      store,
      deliveries,
      leaseTtlMs = DEFAULT_TTL_MS,
      pageEvents = PAGE_EVENTS,
      pulse,
      logger,
    } = this.#parts;
    const work = new GenerationWork({
      generation,
      projection,
      run: runOf(generation.number),
      store,
      deliveries,
      leaseTtlMs,
      pageEvents,
      pulse,
      logger,
      isPaused: () => this.#paused.has(subscription),
      reachedEnd: () => this.#reachedEnd(generation),
    });
    this.#works.set(subscription, work);
  }

  /** Whether a generation that has come to the end of the log may become the active one, or inline, a moment later. */
  async #reachedEnd(name: GenerationName): Promise<AtEnd> {
    if (this.#isStopped) return 'handOver';
    const known = this.of(name.projection).find(({ number }) => number === name.number);
    const followed = this.#followed(name.projection);
    if (known === undefined) return 'handOver';
    if (isPromotable(followed, known) && (await this.#promote(followed, known)) === 'inline') return 'end';
    if (known.state !== 'building') return 'handOver';
    const subscription = subscriptionOf(name);
    const count = (this.#comparisons.get(subscription) ?? 0) + 1;
    this.#comparisons.set(subscription, count);
    const kind = await this.#compare(name);
    return kind === 'behind' && count < COMPARISONS ? 'goOn' : 'handOver';
  }

  async #promote({ projection, runOf }: FollowingProjection, generation: Generation): Promise<Attempt> {
    const { number } = generation;
    if (this.isPaused(generation)) return 'paused';
    const attempt = await this.promotions.attempt({ generation, projection, run: runOf(number) });
    if (attempt === 'inline') void this.refresh();
    return attempt;
  }

  /** Code that is placed elsewhere by now has no use for that; others may. */
  async #demote(name: GenerationName): Promise<void> {
    const { store, logger } = this.#parts;
    try {
      await store.projections.demote(name);
    } catch (error) {
      logger.debug({ ...name, error: messageOf(error) }, 'A generation was not demoted');
    }
  }

  async #compare(name: GenerationName): Promise<'ok' | 'behind' | 'unresolved' | 'failed'> {
    const { store, logger } = this.#parts;
    try {
      const { kind } = await store.projections.activate(name);
      if (kind === 'ok') {
        logger.info({ projection: name.projection, number: name.number }, 'A generation is active');
        void this.refresh();
      }
      return kind;
    } catch (error) {
      if (!isOver(error))
        logger.debug({ ...name, error: messageOf(error) }, 'A generation was not made the active one');
      return 'failed';
    }
  }

  /** Once for all that is heard within a moment: it is heard of all that changes about deliveries. */
  #refreshSoon(): void {
    if (this.#isStopped) return;
    this.#cancelSoon ??= this.#parts.pulse.after(HEARD_MS, () => {
      this.#cancelSoon = undefined;
      void this.refresh();
    });
  }

  #poll(): void {
    const { pulse, pollMs = DEFAULT_POLL_MS } = this.#parts;
    this.#cancelPoll = pulse.after(pollMs, () => {
      void this.refresh().finally(() => {
        if (!this.#isStopped) this.#poll();
      });
    });
  }

  #followed(name: string): FollowingProjection {
    const found = this.#parts.projections.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new MortarError('MORTAR_GENERATION_MISSING', {
      rule: 'A projection of this app follows the log.',
      expected: this.#parts.projections.map((one) => one.name).join(', ') || 'a module that has one',
      got: name,
    });
  }
}

/** Its own where that is or was the active one, else the active one. */
function preferred(all: readonly Generation[], fingerprint: string): Generation | undefined {
  const own = all.filter((one) => one.fingerprint === fingerprint);
  return (
    own.find(({ state }) => state === 'active') ??
    own.findLast(({ state }) => state === 'retired') ??
    all.find(({ state }) => state === 'active')
  );
}

function isPromotable({ projection }: FollowingProjection, { state, isInline }: Generation): boolean {
  return projection.placement === 'inline' && !isInline && (state === 'active' || state === 'building');
}

function isOfCode({ fingerprint }: Generation, projection: AnyProjection): boolean {
  return fingerprint === projection.fingerprint;
}

function isUsable({ state }: Generation): boolean {
  return state !== 'removing';
}

/** One that was replaced by another of the same code is read by nobody once that is known. */
function isWorkedAt({ state }: Generation, own: readonly Generation[]): boolean {
  if (state === 'active' || state === 'building') return true;
  return state === 'retired' && !own.some((other) => other.state === 'active');
}

function isOver(error: unknown): boolean {
  return error instanceof MortarError && OVER.includes(error.code);
}
