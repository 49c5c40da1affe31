import type { Clock } from '../../contracts/index.js';
import type { Deliveries, OpenStore } from '../../delivery/index.js';
import { MortarError, messageOf } from '../../errors/index.js';
import type { Position } from '../../event-store/index.js';
import type { Logger } from '../../logging/logger.js';
import { type Generation, type GenerationName, subscriptionOf } from '../../read-models/index.js';
import type { AnyProjection, ProjectionRun } from '../projection-run.js';
import { GenerationWork } from './generation-work.js';
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
  #all: readonly Generation[] = [];
  #paused: ReadonlySet<string> = new Set();
  /** The number of the generation that is read, by projection. */
  readonly #reading = new Map<string, number>();
  /** Up to where somebody was told that a projection has come. */
  readonly #promised = new Map<string, Position>();
  readonly #comparisons = new Map<string, number>();
  #refreshing: Promise<void> | undefined = undefined;
  #isAsked = false;
  #isStopped = false;
  #hasFailed = false;
  #cancelPoll: () => void = () => undefined;
  #cancelSoon: (() => void) | undefined = undefined;
  #endWatch: () => void = () => undefined;

  constructor(parts: GenerationsParts) {
    this.#parts = parts;
    const { store, deliveries, retiredMs = HOUR_MS, logger } = parts;
    this.#removal = new Removal({ store, owner: deliveries.owner, retiredMs, logger });
  }

  get projections(): readonly FollowingProjection[] {
    return this.#parts.projections;
  }

  /** Begins what code of these projections needs, and resolves when it is known which generations are read, and there are their places. */
  async prepare(): Promise<void> {
    await this.#lookAtAll();
    for (const { name, runOf, projection } of this.#parts.projections) {
      const { number, fingerprint } = this.read(name);
      if (fingerprint === projection.fingerprint) await runOf(number).prepare();
    }
  }

  /** Begins to keep them up to date, by deliveries that were started. */
  async start(): Promise<void> {
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
    if (this.#isStopped) return;
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
    this.#all = await store.projections.generations();
    for (const { name, projection } of projections)
      if (!this.of(name).some((one) => one.fingerprint === projection.fingerprint && isUsable(one))) {
        await store.projections.begin(name, projection.fingerprint);
        this.#all = await store.projections.generations();
      }
    for (const { name, projection } of projections)
      await this.#choose(name, preferred(this.of(name), projection.fingerprint));
  }

  /** Goes over to another generation when it has come as far as the one that is read, and as anybody was told. */
  async #choose(name: string, wanted: Generation | undefined): Promise<void> {
    const before = this.of(name).find(({ number }) => number === this.#reading.get(name));
    if (wanted === undefined || wanted.number === before?.number) return;
    const isKept = before !== undefined && before.state !== 'removing' && before.state !== 'cancelled';
    if (isKept && !(await this.#hasComeAsFar(wanted, before))) this.#refreshSoon();
    else this.#reading.set(name, wanted.number);
  }

  /** Both are looked at in one moment. */
  async #hasComeAsFar(wanted: Generation, before: Generation): Promise<boolean> {
    const checkpoints = await this.#parts.store.deliveries.checkpoints();
    const lowOf = (one: Generation): number =>
      checkpoints.find(({ subscription }) => subscription === subscriptionOf(one))?.low ?? 0;
    return lowOf(wanted) >= Math.max(lowOf(before), this.#promised.get(wanted.projection) ?? 0);
  }

  /** Works at the generations of its own code that are or may be read, and lets go of the others. */
  async #arrange(followed: FollowingProjection): Promise<void> {
    const { name, projection } = followed;
    const all = this.of(name);
    const own = all.filter(({ fingerprint }) => fingerprint === projection.fingerprint);
    const isRead = ({ number }: Generation): boolean => number === this.#reading.get(name);
    const wanted = own.filter((one) => isWorkedAt(one, own) || (isRead(one) && one.state === 'retired'));
    for (const one of wanted) this.#workAt(followed, one);
    const names = new Set(wanted.map(subscriptionOf));
    for (const [subscription, work] of this.#works) {
      if (!subscription.startsWith(`${name}#`) || names.has(subscription)) continue;
      this.#works.delete(subscription);
      this.#comparisons.delete(subscription);
      await work.stop();
    }
    for (const one of wanted)
      if (one.state === 'building' && this.workAt(one)?.activity === 'delivering') await this.#compare(one);
    await this.#removal.tidy(followed, all, names);
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

  /** Whether a generation that has come to the end of the log may become the active one a moment later. */
  async #reachedEnd(name: GenerationName): Promise<boolean> {
    const subscription = subscriptionOf(name);
    const isBuilding = this.of(name.projection).some(
      ({ number, state }) => number === name.number && state === 'building',
    );
    if (!isBuilding || this.#isStopped) return false;
    const count = (this.#comparisons.get(subscription) ?? 0) + 1;
    this.#comparisons.set(subscription, count);
    const kind = await this.#compare(name);
    return kind === 'behind' && count < COMPARISONS;
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
      expected: `one of ${this.#parts.projections.map((one) => one.name).join(', ') || 'no projections'}`,
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
